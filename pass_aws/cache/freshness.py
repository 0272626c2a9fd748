"""Which tickets count: small files beside the seal, out of reach of a process that writes to the cache.

The ticket of profile NAME has `tickets/NAME/` with the files `entry`, `config` and, if there is a credentials
file, `credentials`. Each has the time that its original had when the ticket was made from it; `entry` holds
the ticket's expiry and its nonce. The front compares all of them; without them a ticket does not count.
"""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, NamedTuple

from pass_aws.cache import ticket
from pass_aws.errors import UserError
from pass_aws.system import file_lock, no_follow, private_dirs

if TYPE_CHECKING:
    from collections.abc import Iterator

EPOCH = ".epoch"
"""The file that changes when tickets are dropped; no profile's directory has a name that starts so."""


class Times(NamedTuple):
    """Times of what a ticket is made from, in nanoseconds; 0 where there is no such file.

    Args:
        config: of the config file, before it was read.
        credentials: of the credentials file.
        entry: of the store entry.
    """

    config: int
    credentials: int
    entry: int


class Known(NamedTuple):
    """What the ticket of a profile must say: its expiry in Unix seconds, and its nonce."""

    expires: int
    nonce: str


class Freshness:
    """The files below the state directory.

    Args:
        state: the directory of the seal.
    """

    def __init__(self, state: str) -> None:
        self._state, self._tickets = state, f"{state}/tickets"

    def epoch(self) -> str:
        """Changes whenever tickets are dropped, so that a run which began before leaves none afterwards."""
        return _text(f"{self._tickets}/{EPOCH}")

    def known(self, profile: str) -> Known | None:
        """What was noted last for a profile; None where nothing was, or where it was dropped."""
        expires, _, nonce = _text(f"{self._tickets}/{ticket.folder(profile)}/entry").partition(" ")
        return Known(ticket.expiry(expires), nonce.rstrip("\n")) if ticket.expiry(expires) and nonce else None

    def put(self, profile: str, known: Known, times: Times, epoch: str) -> None:
        """Makes a ticket count.

        Args:
            profile: the name as it was asked for.
            known: what the ticket says.
            times: of what it was made from.
            epoch: what `epoch` said when the run began; nothing is noted if tickets were dropped since.

        Raises:
            Trouble: the directories are not ours alone.
            OSError: the system refuses.
        """
        folder = f"{self._tickets}/{ticket.folder(profile)}"
        private_dirs.folder(self._state)
        private_dirs.inner(self._tickets)
        with self._alone():
            if self.epoch() != epoch:
                return
            private_dirs.inner(folder)
            no_follow.unlink(["entry", "credentials"], folder)  # without `entry` the rest counts for nothing
            for name in ("config", "credentials", "entry"):
                if at := getattr(times, name):
                    text = f"{known.expires:010} {known.nonce}\n" if name == "entry" else ""
                    _write(f"{folder}/{name}", text, at)

    def left(self, profile: str, expires: int, times: Times, since: float) -> bool:
        """Whether another process has noted this ticket since then, in Unix seconds."""
        folder = f"{self._tickets}/{ticket.folder(profile)}"
        known = self.known(profile)
        there = Times(*(time_of(f"{folder}/{name}") for name in Times._fields))
        if known is None or known.expires != expires or there != times:
            return False
        with suppress(OSError):
            return os.stat(f"{folder}/entry").st_ctime >= since
        return False

    def drop(self, profile: str = "") -> None:
        """Makes a profile's ticket count for nothing, or all tickets; those of another user never do.

        Raises:
            UserError: it still counts.
        """
        if not _is_ours(self._state):
            return
        try:
            with self._alone() as number:
                os.pwrite(number, os.urandom(16).hex().encode(), 0)
                names = [ticket.folder(profile)] if profile else os.listdir(self._tickets)
                for name in names:
                    if name != EPOCH:
                        no_follow.remove(self._tickets, name)
                left = [name for name in names if os.path.lexists(f"{self._tickets}/{name}/entry")]
        except OSError as error:
            raise UserError(f"cannot drop tickets: {private_dirs.trouble(self._tickets, error)}") from None
        if left:
            raise UserError(f"cannot remove the directories in {self._tickets}", hint="remove them yourself")

    def sweep(self, now: float) -> None:
        """Removes what was noted of tickets that have expired."""
        with suppress(OSError), self._alone():
            for name in os.listdir(self._tickets):
                expires = _text(f"{self._tickets}/{name}/entry").partition(" ")[0]
                if name != EPOCH and ticket.expiry(expires) <= now:
                    no_follow.remove(self._tickets, name)

    @contextmanager
    def _alone(self) -> Iterator[int]:
        """Holds the lock that is held for each change, for an instant; the file of the epoch, open."""
        with suppress(FileExistsError):
            os.mkdir(self._tickets, 0o700)
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        number = os.open(f"{self._tickets}/{EPOCH}", flags, 0o600)
        try:
            file_lock.wait(number, each=lambda: None, step=0.001)
            yield number
        finally:
            os.close(number)


def time_of(path: str) -> int:
    """The mtime of a file or of what a link leads to, in nanoseconds; 0 where there is none."""
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return 0


def _text(path: str) -> str:
    """What a small file of ours says; empty where there is none."""
    if not private_dirs.file(path):
        return ""
    with suppress(OSError), open(path, encoding="ascii", errors="replace") as file:
        return file.read(200)
    return ""


def _is_ours(path: str) -> bool:
    try:
        return os.stat(path).st_uid == os.geteuid()
    except OSError:
        return False


def _write(path: str, text: str, mtime_ns: int) -> None:
    """Makes a file with this time; a power cut may lose it, which costs one slow answer."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
    number = os.open(f"{path}.new", flags, 0o600)
    try:
        os.write(number, text.encode())
        os.utime(number, ns=(mtime_ns, mtime_ns))
    finally:
        os.close(number)
    os.replace(f"{path}.new", path)
