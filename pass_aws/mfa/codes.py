"""One-time codes without typing: from an otpauth line in the store, mfa_process, or a YubiKey."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pass_aws.errors import UserError
from pass_aws.mfa import totp
from pass_aws.mfa.drivers import PROCESS
from pass_aws.text.quoting import quote

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pass_aws.config.settings import Settings
    from pass_aws.context import Context
    from pass_aws.mfa.totp import Otpauth

PREFIX = "aws-mfa"
"""The default prefix of otpauth entries, PREFIX/ACCOUNT/NAME; PASS_AWS_MFA_PREFIX sets another."""
OLD_YKMAN = ("1", "2", "3")
"""Values of AWS_VAULT_YKMAN_VERSION with a shorter command."""


def entry(serial: str, settings: Settings, context: Context) -> str:
    """The store entry with a device's otpauth line: the one that the profile names, else the default one.

    Returns:
        A path below the store's root, or an empty text.
    """
    if named := settings.get("mfa_entry"):
        return named
    found = place(serial, context)
    return found if found and context.store.path_exists(found) else ""


def place(serial: str, context: Context) -> str:
    """The default entry for an ARN; empty for hardware tokens and for unsafe names."""
    prefix = context.env.get("PASS_AWS_MFA_PREFIX", PREFIX)
    parts = serial.split(":", 5)
    if parts[0] != "arn" or len(parts) < 6 or not parts[5].startswith("mfa/"):
        return ""
    found = "/".join(part for part in (prefix.strip("/"), parts[4], parts[5].removeprefix("mfa/")) if part)
    return "" if {"", ".", ".."} & set(found.split("/")) else found


def otpauth(name: str, context: Context) -> Otpauth:
    """Parses the otpauth line of a store entry.

    Raises:
        UserError: the entry does not exist, is not readable, has no such line, or is not for AWS.
    """
    try:
        text = context.store.read_path(name).decode(errors="replace")
    except UserError as error:
        edit = f"it should contain an otpauth line: check mfa_entry, or run pass edit {quote(name)}"
        raise error.with_hint(error.hint if context.store.path_exists(name) else edit) from None
    try:
        found = totp.find(text)
    except ValueError as error:
        raise UserError(
            f"the store entry {name} gives no MFA code: {error}", hint=f"run pass edit {quote(name)}"
        ) from None
    if found.digits != 6:
        raise UserError(
            f"the store entry {name} gives no MFA code: its codes have {found.digits} digits, AWS needs 6",
            hint=f"run pass edit {quote(name)}",
        )
    return found


def printed(driver: str, serial: str, settings: Settings, context: Context) -> str:
    """The code from mfa_process or ykman.

    Raises:
        UserError: it fails, or prints something else; the output is not shown.
    """
    out = _process(settings, context) if driver == PROCESS else _ykman(serial, context)
    try:
        return totp.code(out.decode(errors="replace"))
    except ValueError:
        raise UserError(
            f"{driver} of profile {settings.name} did not print a code of six digits",
            hint="run it in a terminal to see why",
        ) from None


def _process(settings: Settings, context: Context) -> bytes:
    from pass_aws.system import profile_commands

    may_ask = not context.quiet and context.tty.available()
    with context.tty.lent():
        return profile_commands.shell(
            settings.get("mfa_process"),
            context.programs_env,
            f"mfa_process of profile {settings.name}",
            on_terminal=may_ask,
        )


def _ykman(serial: str, context: Context) -> bytes:
    """Runs ykman, which asks for a touch on the terminal; without a terminal, we print that message."""
    from pass_aws.system import programs

    if not context.tty.available():
        context.warn("touch the YubiKey if it blinks")
    with context.tty.lent() as terminal:
        done = programs.run(
            _ykman_words(serial, context.env),
            context.env,
            stdin=terminal,
            stderr=programs.STDERR if terminal is None else terminal,
        )
    if done.code:
        raise UserError(
            f"ykman did not print a code for the account {_account(serial, context.env)}",
            hint="run ykman oath accounts list, and set YKMAN_OATH_CREDENTIAL_NAME to an account",
        )
    return done.out


def _account(serial: str, env: Mapping[str, str]) -> str:
    return env.get("YKMAN_OATH_CREDENTIAL_NAME") or serial


def _ykman_words(serial: str, env: Mapping[str, str]) -> list[str]:
    """The command line of ykman, as in aws-vault, which defines these variables."""
    device = env.get("YKMAN_OATH_DEVICE_SERIAL")
    accounts = [] if env.get("AWS_VAULT_YKMAN_VERSION") in OLD_YKMAN else ["accounts"]
    return [
        "ykman",
        *(["--device", device] if device else []),
        "oath", *accounts, "code", "--single", _account(serial, env),
    ]  # fmt: skip
