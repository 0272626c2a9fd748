"""Decrypts a file; tries again if the agent was only short of memory."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, NamedTuple

from pass_aws.errors import UserError
from pass_aws.gpg import agent
from pass_aws.gpg.diagnosis import ABSENT, CARD, HERE, UNREACHABLE, Failure, Situation, bad_file, no_key
from pass_aws.gpg.keys import ELSEWHERE, HIDDEN, Key, keys
from pass_aws.gpg.status import decrypted

if TYPE_CHECKING:
    from pass_aws.gpg.process import Program, Ran
    from pass_aws.gpg.status import Status

PAUSES = (0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 1.6, 1.6, 1.6)
"""Seconds before each further attempt: an agent recovers when its other clients are done."""


class Opened(NamedTuple):
    """A decrypted file.

    Args:
        text: its content.
        recipients: the ids of the keys that it is encrypted for.
        key: the fingerprint of the key that decrypted it; empty if gpg does not say.
    """

    text: bytes
    recipients: tuple[str, ...]
    key: str

    def __repr__(self) -> str:
        """Shows no secret."""
        return f"Opened({self.recipients!r}, {self.key!r})"


class Decryption:
    """The runs of gpg that decrypt one file.

    Args:
        gpg: the program.
        path: of the encrypted file.
        name: its name in errors.
        ask: whether gpg may ask for a passphrase or PIN.
        limit: the maximum size of the plaintext in bytes.
        content: of the encrypted file, if it was already read.
    """

    def __init__(  # noqa: PLR0913 - keyword arguments
        self, gpg: Program, path: str, name: str, *, ask: bool, limit: int, content: bytes = b""
    ) -> None:
        self._gpg, self._path, self._name, self._ask, self._limit = gpg, path, name, ask, limit
        self._content = content
        self._takes_modes = True

    def outcome(self) -> Opened:
        """The content.

        gpg may ask only after it has failed without: an agent that is out of memory under load says so, or
        denies that it has the key, or starts a pinentry for a passphrase that it does not need.

        Raises:
            UserError: the cause, if it persists.
        """
        ran = self._attempt(ask=False)
        mine: list[Key] | None = []
        if _is_keyless(ran):
            mine = self._keys(Failure(ran))
            ran = self._persisting(ran, mine)
            if self._ask and self._takes_modes and _is_keyless(ran) and not self._passing(Failure(ran), mine):
                ran = self._persisting(self._attempt(ask=True), mine)
        if decrypted(ran.status, ran.code):
            return _opened(ran)
        failure = Failure(ran)
        if failure.keyless:
            raise no_key(failure, self._situation(failure, mine))
        raise self._bad_file(failure)

    def _persisting(self, ran: Ran, mine: list[Key] | None) -> Ran:
        """The result after retries, if the failure may be temporary: the last, or the one that has asked."""
        told = ran
        for pause in PAUSES if _is_keyless(ran) and self._passing(Failure(ran), mine) else ():
            time.sleep(pause * (0.5 + os.urandom(1)[0] / 256))
            ran = self._attempt(ask=False)
            if not _is_keyless(ran):
                return ran
            told = told if Failure(told).asked else ran
        return told

    def _attempt(self, *, ask: bool) -> Ran:
        """Runs gpg, and again if gpg 2.2 failed because a forwarded agent accepts no pinentry mode."""
        free = ask or self._gpg.never_asks or not self._takes_modes
        silent = () if free else ("--pinentry-mode", "error")
        file = () if self._content else ("--", self._path)
        args = (*silent, "--max-output", str(self._limit), "-d", *file)
        ran = self._gpg.run(*args, stdin=self._content, stop=_cannot_ask)
        if decrypted(ran.status, ran.code) or not self._takes_modes or not Failure(ran).mode_refused:
            return ran
        self._takes_modes = False
        return ran if Failure(ran).reasons else self._attempt(ask=ask)

    def _keys(self, failure: Failure) -> list[Key] | None:
        """Those of our keys that are recipients of the file; None if gpg cannot list them."""
        try:
            secret = keys(self._gpg, "--list-secret-keys")
        except UserError:
            return None
        return [key for key in secret if key.id in failure.recipients]

    def _passing(self, failure: Failure, mine: list[Key] | None) -> bool:
        """Whether the failure may be temporary."""
        here = [key for key in mine or () if _is_here(key)]
        if failure.no_memory or not here:
            return failure.no_memory
        return not agent.needs_passphrase(self._gpg, [key.grip for key in here])

    def _situation(self, failure: Failure, mine: list[Key] | None) -> Situation:
        place, number = self._place(failure, mine)
        inserted = place == CARD and agent.card(self._gpg) == number
        gone = failure.asked and _terminal_gone(failure.status)
        foreign = foreign_terminal(failure.status) if failure.asked else ""
        return Situation(self._name, self._ask, place, number, inserted, gone, foreign)

    def _place(self, failure: Failure, mine: list[Key] | None) -> tuple[str, str]:
        """The place of the secret key, and its card."""
        if mine is None:
            return UNREACHABLE, ""
        if any(_is_here(key) for key in mine):
            return HERE, ""
        if cards := [key.token for key in mine if key.token != ELSEWHERE]:
            return CARD, cards[0]
        if agent.standing(self._gpg) == agent.UNREACHABLE:
            return UNREACHABLE, ""
        return HERE if HIDDEN in failure.recipients and self._locked() else ABSENT, ""

    def _locked(self) -> bool:
        """Whether one of our keys, which may be a hidden recipient, needs a passphrase."""
        secret = keys(self._gpg, "--list-secret-keys")
        return agent.needs_passphrase(self._gpg, [key.grip for key in secret if key.encrypts])

    def _bad_file(self, failure: Failure) -> UserError:
        try:
            with open(self._path, "rb"):
                pass
        except OSError as error:
            return UserError(
                f"cannot read {self._name}: {error.strerror}", hint=f"check the file {self._path}"
            )
        return bad_file(failure, self._name, self._limit)


def _is_keyless(ran: Ran) -> bool:
    return not decrypted(ran.status, ran.code) and Failure(ran).keyless


def _is_here(key: Key) -> bool:
    return key.token in ("", "+")


def _opened(ran: Ran) -> Opened:
    recipients = tuple(fields[0] for fields in ran.status.fields("ENC_TO"))
    openers = [fields[1] for fields in ran.status.fields("DECRYPTION_KEY") if len(fields) > 1]
    return Opened(ran.out, recipients, openers[0] if openers else "")


def _terminals(status: Status) -> list[str]:
    """The terminals of the pinentries that need one; `-` for none.

    Source: the fields are process id, flavour (`curses`, `gtk2:curses`), version, terminal.
    """
    launched = [rest for rest in status.fields("PINENTRY_LAUNCHED") if len(rest) > 3 and rest[3]]
    return [rest[3] for rest in launched if rest[1].rpartition(":")[2] in ("curses", "tty")]


def _cannot_ask(status: Status) -> bool:
    """Whether a pinentry has no terminal: it fails, but gpg may wait another second for it."""
    return any(not terminal.startswith("/dev/") for terminal in _terminals(status))


def foreign_terminal(status: Status) -> str:
    """The terminal of a pinentry that this user may not open, as after `su`, or empty."""
    found = (terminal for terminal in _terminals(status) if os.path.exists(terminal))
    return next((terminal for terminal in found if not os.access(terminal, os.R_OK | os.W_OK)), "")


def _terminal_gone(status: Status) -> bool:
    """Whether the pinentry was one for terminals, and its terminal cannot be opened."""
    for terminal in _terminals(status):
        try:
            os.close(os.open(terminal, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK))
        except OSError:
            return True
    return _cannot_ask(status)
