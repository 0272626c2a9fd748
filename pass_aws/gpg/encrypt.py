"""Encrypts entries with python-gnupg, pass's options and pass's result; why gpg refuses a recipient."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from pass_aws.errors import UserError
from pass_aws.gpg.keys import DISABLED, ELSEWHERE, EXPIRED, REVOKED, Key, keys, renewal
from pass_aws.gpg.status import Status
from pass_aws.text.quoting import command

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pass_aws.gpg.process import Program

UNTRUSTED = "10"
"""The reason code of INV_RECP. Source: GnuPG doc/DETAILS."""
SETS_TRUST = (2, 4, 6)
"""The first gpg with --quick-set-ownertrust. Source: GnuPG's NEWS."""


def library(gpg: Program) -> Any:  # noqa: ANN401 - python-gnupg has no types
    """python-gnupg's object for this gpg; it runs gpg at once to get its version.

    Raises:
        UserError: gpg is not installed, or does not run.
    """
    import gnupg

    if "/" not in gpg.path:
        raise UserError(f"{gpg.path} is not on PATH", hint="install gnupg")
    try:
        return gnupg.GPG(gpgbinary=gpg.path, options=gpg.options, env=gpg.env)
    except (OSError, ValueError) as error:
        raise UserError(f"cannot run {gpg.path}: {error}", hint="install gnupg") from None


def encrypt(
    gpg: Program,
    door: Any,  # noqa: ANN401
    plain: bytes,
    recipients: Sequence[str],
    source: str,
) -> bytes:
    """Encrypts an entry; see `Gpg.encrypt`.

    Raises:
        UserError: one for each reason why a recipient cannot be used.
    """
    result = door.encrypt(plain, recipients=list(recipients), armor=False)
    if not result.ok or result.returncode or not result.data:
        raise _all(
            refusal(gpg, door.version or (), Status(messages), messages.decode("utf-8", "replace"), source)
            for messages in _complaints(door, result, recipients)
        )
    return bytes(result.data)


def _complaints(
    door: Any,  # noqa: ANN401 - python-gnupg has no types
    result: Any,  # noqa: ANN401
    recipients: Sequence[str],
) -> list[bytes]:
    """What gpg says of each recipient that it refuses; by itself it stops at the first."""
    refused = [result]
    if len(recipients) > 1:
        tried = [door.encrypt(b"", recipients=[one], armor=False) for one in recipients]
        refused = [one for one in tried if one.returncode] or refused
    return [one.stderr.encode("latin-1") for one in refused]  # as which python-gnupg has read it


def _all(errors: Iterable[UserError]) -> UserError:
    """One error for all recipients that cannot be used, each named once."""
    found = list({str(error): error for error in errors}.values())
    hints = dict.fromkeys(error.hint for error in found)
    return UserError("; ".join(map(str, found)), hint="; ".join(hints))


class _Refused(NamedTuple):
    """A recipient that gpg refused.

    Args:
        recipient: as given.
        source: the file or variable that names it.
        listed: its key and subkeys; empty if gpg has none.
        ours: whether we have its secret key.
    """

    recipient: str
    source: str
    listed: Sequence[Key]
    ours: bool

    @property
    def key(self) -> str:
        """The fingerprint of its key."""
        return self.listed[0].primary if self.listed else self.recipient


def refusal(
    gpg: Program, version: tuple[int, ...], status: Status, messages: str, source: str = ""
) -> UserError:
    """The error for gpg's `INV_RECP reason id`; since the reason is often 0, this examines the key itself.

    Args:
        gpg: the program.
        version: of gpg; empty if unknown.
        status: what it said about a recipient.
        messages: its stderr.
        source: what names the recipients: a file or a variable.
    """
    bad = [fields for fields in status.fields("INV_RECP") if len(fields) > 1]
    if not bad:
        said = [line for line in messages.split("\n") if line.startswith("gpg: ")]
        why = said[-1].removeprefix("gpg: ") if said else "it gave no reason"
        return UserError(f"gpg did not encrypt: {why}", hint="check PASSWORD_STORE_GPG_OPTS and gpg.conf")
    recipient = " ".join(bad[0][1:]).rstrip(" ")
    listed = keys(gpg, "--list-keys", recipient)
    secret = keys(gpg, "--list-secret-keys", recipient) if listed else []
    refused = _Refused(recipient, source, listed, any(key.token != ELSEWHERE for key in secret))
    if bad[0][0] == UNTRUSTED and listed:
        return _untrusted(refused, version)
    return _unfit(refused)


def _untrusted(refused: _Refused, version: tuple[int, ...]) -> UserError:
    what = f"the key of recipient {refused.recipient} is not trusted"
    if not refused.ours:
        return UserError(
            what, hint=f"check that it is genuine, then run {command('gpg', '--lsign-key', refused.key)}"
        )
    quick = ("gpg", "--quick-set-ownertrust", refused.key, "ultimate")
    slow = ("gpg", "--edit-key", refused.key, "trust", "quit")
    return UserError(
        what, hint=f"it is your own key: run {command(*(quick if version >= SETS_TRUST else slow))}"
    )


def _unfit(refused: _Refused) -> UserError:
    """The error for a key that cannot be used for encryption, most certain cause first."""
    what, listed = f"the key of recipient {refused.recipient}", refused.listed
    if not listed:
        place = f", or correct {refused.source}" if refused.source else ""
        return UserError(
            f"gpg has no key for recipient {refused.recipient}"
            + (f", which {refused.source} names" if refused.source else ""),
            hint=f"get the key and run gpg --import with its file{place}",
        )
    encrypting = [key for key in listed if key.encrypts]
    telling = listed[:1] if listed[0].validity in (EXPIRED, REVOKED, DISABLED) else encrypting
    states = {key.validity for key in telling}
    if states == {EXPIRED}:
        anew = f"refresh it: {command('gpg', '--refresh-keys', refused.key)}"
        return UserError(f"{what} has expired", hint=renewal(listed) if refused.ours else anew)
    if states == {REVOKED}:
        return UserError(f"{what} is revoked", hint="choose another key with pass init")
    if states == {DISABLED}:
        return UserError(
            f"{what} is disabled", hint=f"run {command('gpg', '--edit-key', refused.key, 'enable', 'quit')}"
        )
    return UserError(
        f"{what} cannot encrypt", hint="add a subkey for encryption, or choose another key with pass init"
    )
