"""Encrypting through python-gnupg, with pass's options and pass's result."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pass_aws.errors import UserError
from pass_aws.gpg.keys import keys
from pass_aws.gpg.status import Status
from pass_aws.store.entry_names import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pass_aws.gpg.gpg import Gpg

UNTRUSTED = "10"
"""The reason code of INV_RECP. Source: GnuPG doc/DETAILS."""


def encrypt(gpg: Gpg, plain: bytes, recipients: Sequence[str], *, own: bool) -> bytes:
    """See `Gpg.encrypt`.

    Raises:
        UserError: one for each reason why a recipient cannot be used.
    """
    import gnupg

    if not recipients:
        raise UserError("nobody to encrypt to", hint="run pass init with your key's id")
    if "/" not in gpg.program:
        raise UserError(f"there is no {gpg.program} on PATH", hint="install gnupg")
    try:
        door = gnupg.GPG(gpgbinary=gpg.program, options=gpg.options, env=gpg.env)
    except (OSError, ValueError) as error:
        raise UserError(f"cannot run {gpg.program}: {error}", hint="install gnupg") from None
    trust = ["--trust-model", "always"] if own else None
    result = door.encrypt(plain, recipients=list(recipients), armor=False, extra_args=trust)
    if not result.ok or result.returncode or not result.data:
        raise _refusal(gpg, result.stderr.encode("latin-1"))  # as which python-gnupg has read it
    return bytes(result.data)


class Trouble(NamedTuple):
    """Why a recipient cannot be used, and what to do: both with the recipient's id put in."""

    message: str
    hint: str


UNKNOWN = Trouble("gpg has no key for recipient {}", "get the key and run gpg --import, or correct .gpg-id")
NOT_TRUSTED = Trouble(
    "the key of recipient {} is not trusted", "check it is theirs, then run gpg --lsign-key {}"
)
UNFIT = Trouble(
    "the key of recipient {} cannot encrypt", "add a subkey to it, or name another with pass init"
)
BY_VALIDITY = {
    "e": Trouble(
        "the key of recipient {} has expired", "import it anew, or extend yours: gpg --edit-key {} expire"
    ),
    "r": Trouble("the key of recipient {} is revoked", "name another with pass init"),
    "d": Trouble("the key of recipient {} is disabled", "run gpg --edit-key {} enable"),
}


def _refusal(gpg: Gpg, messages: bytes) -> UserError:
    """The error behind gpg's `INV_RECP reason id`; the reason is often 0, so the key itself is looked at."""
    bad = [fields for fields in Status(messages).fields("INV_RECP") if len(fields) > 1]
    if not bad:
        said = [line for line in messages.split(b"\n") if line.startswith(b"gpg: ")]
        why = said[-1].removeprefix(b"gpg: ").decode("utf-8", "replace") if said else "it gave no reason"
        return UserError(f"gpg did not encrypt: {why}")
    reason, recipient = bad[0][0], " ".join(bad[0][1:])
    trouble = NOT_TRUSTED if reason == UNTRUSTED else _trouble(gpg, recipient)
    shown = printable(recipient.rstrip(" "))
    return UserError(trouble.message.format(shown), hint=trouble.hint.format(shown))


def _trouble(gpg: Gpg, recipient: str) -> Trouble:
    found = keys(gpg, "--list-keys", recipient)
    if not found:
        return UNKNOWN
    encrypting = [key for key in found if "e" in key.uses]
    validities = {key.validity for key in (found[:1] if found[0].validity in BY_VALIDITY else encrypting)}
    return next((BY_VALIDITY[v] for v in "erd" if validities == {v}), UNFIT)
