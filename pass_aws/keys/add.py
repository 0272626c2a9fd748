"""Adds an access key: reads, checks and tests it, stores it, and adds the profile to the config file."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from pass_aws.aws.refusal_rows import BAD_SECRET, NETWORK, UNKNOWN_KEY
from pass_aws.aws.refusals import AwsError
from pass_aws.config import appending
from pass_aws.config.writing import NotTextError
from pass_aws.credentials import profile_lookup
from pass_aws.errors import FAILED, UncommittedError, UserError
from pass_aws.keys import access_key, drop_sessions, journal
from pass_aws.keys.stored import Stored, stored
from pass_aws.model import Credentials, tail
from pass_aws.store import entry
from pass_aws.system import user_dirs
from pass_aws.text.quoting import quote

if TYPE_CHECKING:
    from pass_aws.config.profiles import Section
    from pass_aws.config.settings import Settings
    from pass_aws.context import Context
    from pass_aws.keys.add_request import Request


MISTYPED = {
    UNKNOWN_KEY: "check the key id; it may be inactive, in another partition, or very new",
    BAD_SECRET: "copy the whole secret again",
}
"""Hints for a key that AWS does not accept and that is not stored yet."""


def add(request: Request, context: Context) -> None:
    """Stores a key; writes nothing before the key is tested.

    Raises:
        UserError: with the reason; the store then has its old content, or the complete new key.
    """
    user_dirs.state_folder(context.env)  # fails without HOME, before the first prompt
    before = _before(request, context)
    context.store.check_writable(request.name)  # reports obstacles before the user types a key
    credentials = _key(request, context)
    serial = request.mfa_serial or _prove(request, credentials, context)
    text = entry.render(request.name, credentials.access_key_id, credentials.secret_access_key, before)
    message = f"Add given password for {context.store.label(request.name)} to store."
    uncommitted = None
    with drop_sessions.around(context, request.name):
        try:
            context.store.write(request.name, text, message)
        except UncommittedError as error:
            uncommitted = error  # the key is stored nevertheless, so the next steps are done, too
    context.tell(f"stored the key {tail(credentials.access_key_id)} for profile {request.name}")
    _write_config(request, serial, context)
    if uncommitted:
        raise uncommitted


def _before(request: Request, context: Context) -> entry.Entry | None:
    """The entry to replace, after the user has agreed."""
    section = _section(request, context)
    source = section.values.get("source_profile") if section else None
    if source is not None and not request.force:
        raise UserError(
            f"profile {request.name} gets its credentials from {source.text}",
            hint=f"run pass aws add {quote(source.text)}; for its own key, run {request.again('--force')}",
        )
    present = stored(request.name, context)
    if present is None:
        return None
    if not request.force:
        _agree(request, present, context)
    return present.entry and journal.without(present.entry)


def _agree(request: Request, present: Stored, context: Context) -> None:
    """Returns only if the stored key may be replaced."""
    if present.unread and not context.store.prefix:
        raise UserError(  # it may be a password
            f"the entry {request.name} exists, but cannot be read: {present.unread}", hint=present.unread.hint
        )
    if not context.confirm(
        f"{present.what} for profile {request.name}. Replace it?",
        instead=f"to replace it, run {request.again('--force')}",
    ):
        raise UserError(
            f"kept the stored key of profile {request.name}",
            hint=f"{request.again('--force')} replaces it",
            code=FAILED,
        )


def _section(request: Request, context: Context) -> Section | None:
    """The profile's section; fails first if it cannot be written into the config file."""
    if not request.write_config:
        context.files.ignore_unreadable_config()
    try:
        section = context.files.config().profile(request.name)
        if section is None and request.write_config:
            context.files.with_profile(request.name, request.section(request.mfa_serial))
    except NotTextError as error:
        raise UserError(
            f"cannot add the profile: {error}",
            hint=f"{request.again('--no-config')} does not change that file",
        ) from None
    return section


def _key(request: Request, context: Context) -> Credentials:
    key_id, secret = _given(request, context)
    access_key.refuse_impossible(key_id, secret)
    odd = access_key.oddities(key_id, secret)
    if odd and request.verify:
        text = "; ".join(odd)
        if not context.confirm(
            f"This looks wrong: {text}. Use it anyway?",
            instead=f"if this is not AWS, run {request.again('--no-verify')}",
        ):
            raise UserError(
                f"not stored: {text}",
                hint=f"copy the key again; if this is not AWS, run {request.again('--no-verify')}",
                code=FAILED,
            )
    return Credentials(key_id, secret)


def _given(request: Request, context: Context) -> tuple[str, str]:
    if request.source == "stdin":
        return access_key.handed_over(sys.stdin.buffer.read().decode("utf-8", "replace"))
    if request.source == "env":
        names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
        if missing := [name for name in names if not context.parent.get(name)]:
            raise UserError(
                f"{' and '.join(missing)} not set in the environment",
                hint=f"export {' and '.join(missing)}, or type the key: pass aws add {quote(request.name)}",
            )
        if context.parent.get("AWS_SESSION_TOKEN"):
            raise UserError(
                "AWS_SESSION_TOKEN is set: these credentials expire; the store is for long-lived keys",
                hint="run unset AWS_SESSION_TOKEN if they are a long-lived key",
            )
        return context.parent[names[0]].strip(), context.parent[names[1]].strip()
    context.may_ask(f"the key of profile {request.name}", instead=f"run {request.again('--stdin')}")
    return context.tty.ask("Access key id: "), context.tty.ask_secret("Secret access key (not shown): ")


def _prove(request: Request, credentials: Credentials, context: Context) -> str:
    """Asks AWS for the owner of the key; returns the MFA device for a new section, or empty."""
    if not request.verify:
        return ""
    settings = profile_lookup.settings_of(request.name, context, stored=True)
    try:
        who = context.aws.caller_identity(credentials, settings.endpoint())
    except AwsError as error:
        hint = MISTYPED.get(error.cause, error.hint)
        if error.cause == NETWORK:
            hint = f"{hint}; to store it without a check, run {request.again('--no-verify')}".lstrip("; ")
        raise error.with_hint(hint) from None
    if who.arn.endswith(":root") and not request.allow_root:
        raise UserError(
            f"this is a key of the root user of account {who.account}",
            hint=f"use an IAM user's key instead; {request.again('--allow-root')} stores it anyway",
        )
    context.tell(f"the key belongs to {who.arn} in account {who.account}")
    return _device(request, credentials, settings, context)


def _device(request: Request, credentials: Credentials, settings: Settings, context: Context) -> str:
    if settings.get("mfa_serial"):
        return ""
    try:
        serials = context.aws.mfa_serials(credentials, settings.endpoint("iam"))
    except UserError:
        return ""  # many users have no permission to list their devices; the key is tested nevertheless
    if not serials:
        return ""
    new = request.write_config and context.files.config().profile(request.name) is None
    asks = new and request.source == "terminal" and not context.quiet and context.tty.available()
    if asks and context.tty.confirm(f"The user has the MFA device {serials[0]}. Use it for this profile?"):
        return serials[0]
    context.warn(
        "warning: the user has an MFA device, but the profile has no mfa_serial;"
        f" it may need mfa_serial = {serials[0]}"
    )
    return ""


def _write_config(request: Request, serial: str, context: Context) -> None:
    section = context.files.config().profile(request.name)
    if section is not None:
        if request.mfa_serial:
            context.warn(
                f"warning: profile {request.name} already exists; add mfa_serial = {request.mfa_serial} to it"
            )
        return
    if not request.write_config:
        return
    if not context.files.config_is_file():
        context.warn(f"the profile was not added: {context.files.config_path} is not a regular file")
        return
    values = request.section(serial)
    try:
        context.files.add_profile(request.name, values)
    except UserError as error:
        section_text = appending.adding("", request.name, values).splitlines()
        raise UserError(
            f"the key is stored, but the profile was not added: {error}",
            hint=f"add it yourself: {'; '.join(section_text)}",
        ) from None
    context.tell(f"added the profile {request.name} to {context.files.config_path}")
