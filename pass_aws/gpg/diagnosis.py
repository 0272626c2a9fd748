"""Why gpg did not decrypt: tries again where it only lacked memory, else says what the user can do."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from pass_aws.errors import FAILED, MUST_ASK, CancelledError, UserError
from pass_aws.gpg.keys import ELSEWHERE, keys
from pass_aws.gpg.status import decrypted

if TYPE_CHECKING:
    from pass_aws.gpg.gpg import Decrypting, Gpg
    from pass_aws.gpg.process import Ran

PAUSES = (0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 1.6, 1.6, 1.6)
"""Seconds before each further try: an agent short of memory recovers when its other clients are done."""
SURE = 5
"""After so many tries, in 0.8 seconds, a key that is said to be locked is."""

HERE, ABSENT, UNREACHABLE = "here", "absent", "unreachable"
BAD_PASSPHRASE = 11
"""Code of libgpg-error in `ERROR pkdecrypt_failed`, which gpg 2.2 does not send."""


class NoSecretKeyError(UserError):
    """The file is for others: no secret key for it is on this machine."""


class Failure:
    """What one run of gpg said."""

    def __init__(self, ran: Ran) -> None:
        self.fields = ran.status.fields
        self.said = set(ran.status.keywords)
        self.errors = ran.status.errors
        self.code = ran.code
        self.complaint = (ran.messages.strip().split("\n")[-1]) or f"exit status {ran.code}"

    @property
    def keyless(self) -> bool:
        """It is encrypted, and no secret key opened it; a file cut after its header ends with 0 instead."""
        opened = self.said & {"DECRYPTION_KEY", "DECRYPTION_INFO"}
        return bool(self.code and self.said & {"ENC_TO", "NEED_PASSPHRASE_SYM"} and not opened)

    @property
    def asked(self) -> bool:
        """A pinentry was started."""
        return "PINENTRY_LAUNCHED" in self.said

    @property
    def locked(self) -> bool:
        """A passphrase was needed and this run was not allowed to ask for it."""
        return bool(
            self.said & {"NEED_PASSPHRASE", "NEED_PASSPHRASE_SYM"} or self.errors("set_pinentry_mode")
        )


def again_or_explain(attempt: Decrypting, ran: Ran) -> bytes:
    """Tries again as long as that may help.

    An agent that is out of memory under load fails in three ways: gpg says "no secret key", a pinentry comes
    up for a passphrase that the agent has, or it claims not to have that. Each is believed when it stays so.

    Raises:
        UserError: what is wrong, if it stays so.
    """
    told = failure = Failure(ran)
    place = whereabouts(attempt.gpg, failure) if failure.keyless else ""
    for number, pause in enumerate(PAUSES):
        if place != HERE or not failure.keyless or (number >= SURE and failure.locked):
            break
        time.sleep(pause * (0.5 + os.urandom(1)[0] / 256))
        ran = attempt.attempt(probe=told.asked or number % 2 == 0)
        if decrypted(ran.status, ran.code):
            return ran.out
        failure = Failure(ran)
        told = told if told.asked else failure
    raise _no_key(attempt, told, place) if failure.keyless else _bad_file(attempt, failure)


def whereabouts(gpg: Gpg, failure: Failure) -> str:
    """Where `gpg -K` has the secret key: HERE, ABSENT, UNREACHABLE, or a card's serial number."""
    wanted = {rest[0] for rest in failure.fields("ENC_TO")}
    try:
        tokens = [key.token for key in keys(gpg, "--list-secret-keys") if key.id in wanted]
    except UserError:
        return UNREACHABLE
    if "+" in tokens or "" in tokens:
        return HERE
    return next((token for token in tokens if token != ELSEWHERE), ABSENT)


def _no_key(attempt: Decrypting, failure: Failure, place: str) -> UserError:
    """The error for what is encrypted and stayed so, most certain cause first."""
    name, unlock = attempt.name, f"unlock its key on a terminal first: pass show {attempt.name}"
    if failure.asked and not _terminal_gone(failure):
        return _unanswered(name, failure)
    if failure.asked:
        return UserError(f"no terminal to ask for the passphrase of {name}", hint=unlock, code=MUST_ASK)
    if place == HERE and not attempt.ask:
        return UserError(f"the key for {name} is locked, and nobody may be asked", hint=unlock, code=MUST_ASK)
    if place == HERE:
        return _agent_failed(name, failure)
    if place == UNREACHABLE:
        hint = "run gpgconf --kill gpg-agent and try again"
        return UserError(f"gpg-agent cannot be reached: {failure.complaint}", hint=hint)
    return _elsewhere(attempt, failure, place)


def _agent_failed(name: str, failure: Failure) -> UserError:
    if failure.locked:
        return UserError(
            f"gpg-agent cannot start its pinentry to ask for the passphrase of {name}",
            hint="check pinentry-program in gpg-agent.conf, then run gpgconf --kill gpg-agent",
        )
    return UserError(
        f"gpg-agent gave no answer for {name}, as it does when it is out of secure memory",
        hint="put auto-expand-secmem into gpg-agent.conf, then run gpgconf --kill gpg-agent",
    )


def _elsewhere(attempt: Decrypting, failure: Failure, place: str) -> UserError:
    if place == ABSENT:
        keys = ", ".join(rest[0] for rest in failure.fields("ENC_TO")) or "a passphrase"
        return NoSecretKeyError(
            f"no secret key for {attempt.name}: it is encrypted to {keys}",
            hint="import your secret key, or ask a recipient to run pass init with your key too",
        )
    return UserError(
        f"the key for {attempt.name} is on the card {place}, which gave no answer",
        hint="insert the card; pass show asks for its PIN",
        code=FAILED if attempt.ask else MUST_ASK,
    )


def _unanswered(name: str, failure: Failure) -> UserError:
    reasons = failure.errors("pkdecrypt_failed")
    if not reasons:
        return CancelledError(f"the passphrase for {name} was wrong, or its prompt was cancelled")
    if BAD_PASSPHRASE in reasons:
        return CancelledError(f"the passphrase for {name} was wrong")
    return CancelledError(f"the passphrase prompt for {name} was cancelled")


def _terminal_gone(failure: Failure) -> bool:
    """Whether the pinentry was one for terminals and its terminal cannot be opened.

    Source: the fields are process id, flavour (`curses`, `gtk2:curses`), version, terminal (`-`: none).
    """
    for rest in failure.fields("PINENTRY_LAUNCHED"):
        if len(rest) > 3 and rest[3] and rest[1].rpartition(":")[2] in ("curses", "tty"):
            try:
                os.close(os.open(rest[3], os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK))
            except OSError:
                return True
    return False


def _bad_file(attempt: Decrypting, failure: Failure) -> UserError:
    """The error for a file that gpg could not even try, or that broke off on the way."""
    name, backup = attempt.name, f"take it from a backup: pass git log -- {attempt.name}.gpg"
    try:
        with open(attempt.path, "rb"):
            pass
    except OSError as error:
        return UserError(f"cannot read {name}: {error.strerror}")
    if failure.code < 0:
        return UserError(f"gpg was ended by signal {-failure.code} while it read {name}")
    if "DECRYPTION_INFO" in failure.said:
        return UserError(f"{name} is damaged: {failure.complaint}", hint=backup)
    if "PLAINTEXT" in failure.said:
        return UserError(f"{name} is not encrypted, so it is not trusted", hint=backup)
    if failure.said & {"NODATA", "ENC_TO"}:
        return UserError(f"{name} is empty, cut short or no gpg file", hint=backup)
    return UserError(f"gpg cannot read {name}: {failure.complaint}", hint="check PASSWORD_STORE_GPG_OPTS")
