"""Records which tickets are valid, in small files next to the seal, which a writer of the cache cannot reach.

The ticket of profile NAME has `tickets/NAME/` with the files `entry`, `config` and, if there is a credentials
file, `credentials`. Each has the time that its original had when the ticket was made; `entry` contains the
ticket's expiry and nonce, and the name of its keyring (see `SealedFiles.keyring`). The front compares all of
them; without them a ticket is not valid.
"""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, NamedTuple

from pass_aws.cache import ticket
from pass_aws.errors import UserError
from pass_aws.system import file_lock, no_follow, user_dirs

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST = 400
"""The maximum size of a small file in bytes: expiry, nonce, and the name of a keyring."""
EPOCH = ".epoch"
"""The file that changes when tickets are invalidated; profile directories never have such a name."""


class Times(NamedTuple):
    """Times of a ticket's sources in nanoseconds; 0 for a missing file.

    Args:
        config: of the config file, before it was read.
        credentials: of the credentials file.
        entry: of the store entry.
    """

    config: int
    credentials: int
    entry: int


class Known(NamedTuple):
    """What is recorded of a profile's ticket.

    Args:
        expires: its expiry in Unix seconds.
        nonce: the 32 hex digits that it must contain.
        keyring: the name of its keyring; empty if it has none.
    """

    expires: int
    nonce: str
    keyring: str = ""


class Freshness:
    """The files below the state directory.

    Args:
        state: the directory of the seal.
    """

    def __init__(self, state: str) -> None:
        self._state, self._tickets = state, f"{state}/tickets"

    def epoch(self) -> str:
        """A value that changes when tickets are invalidated, so that an earlier run leaves no ticket."""
        return _text(f"{self._tickets}/{EPOCH}")

    def known(self, profile: str) -> Known | None:
        """The last record of a profile; None if there is none, or if it was invalidated."""
        words = _text(f"{self._tickets}/{ticket.folder(profile)}/entry").split()
        expires = ticket.expiry(words[0]) if words else 0
        return Known(expires, *words[1:3]) if expires and words[1:] else None

    def put(self, profile: str, known: Known, times: Times, epoch: str) -> None:
        """Makes a ticket valid.

        Args:
            profile: the name in the request.
            known: the content of the ticket.
            times: of its sources.
            epoch: from `epoch` at the start of the run; does nothing if tickets were invalidated since then.

        Raises:
            Trouble: the directories are not private.
            OSError: the system refuses.
        """
        folder = f"{self._tickets}/{ticket.folder(profile)}"
        user_dirs.folder(self._state)
        user_dirs.inner(self._tickets)
        with self._alone():
            if self.epoch() != epoch:
                return
            user_dirs.inner(folder)
            no_follow.unlink(
                ["entry", "credentials"], folder
            )  # without `entry` the other files have no effect
            for name in ("config", "credentials", "entry"):
                if at := getattr(times, name):
                    words = f"{known.expires:010} {known.nonce} {known.keyring}\n"
                    text = words if name == "entry" else ""
                    _write(f"{folder}/{name}", text, at)

    def left(self, profile: str, expires: int, times: Times, since: float) -> bool:
        """Whether another process has recorded this ticket since a time in Unix seconds."""
        folder = f"{self._tickets}/{ticket.folder(profile)}"
        known = self.known(profile)
        there = Times(*(time_of(f"{folder}/{name}") for name in Times._fields))
        if known is None or known.expires != expires or there != times:
            return False
        with suppress(OSError):
            return os.stat(f"{folder}/entry").st_ctime >= since
        return False

    def drop(self, profile: str = "") -> None:
        """Invalidates a profile's ticket, or all tickets; those of another user are never valid.

        Raises:
            UserError: it is still valid.
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
            from pass_aws.text.quoting import command

            raise UserError(
                f"cannot invalidate tickets: {user_dirs.trouble(self._tickets, error)}",
                hint=f"check who owns it: {command('ls', '-ld', self._tickets)}",
            ) from None
        if left:
            raise UserError(f"cannot remove the directories in {self._tickets}", hint="remove them yourself")

    def sweep(self, now: float) -> None:
        """Removes the records of expired tickets."""
        with suppress(OSError), self._alone():
            for name in os.listdir(self._tickets):
                expires = _text(f"{self._tickets}/{name}/entry").partition(" ")[0]
                if name != EPOCH and ticket.expiry(expires) <= now:
                    no_follow.remove(self._tickets, name)

    @contextmanager
    def _alone(self) -> Iterator[int]:
        """Holds the lock of changes, which takes an instant; returns the open file of the epoch."""
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
    """The mtime of a file, or of a symlink's target, in nanoseconds; 0 if there is none."""
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return 0


def _text(path: str) -> str:
    """The content of one of our small files; empty if there is none."""
    if not user_dirs.file(path):
        return ""
    with suppress(OSError), open(path, encoding="ascii", errors="replace") as file:
        return file.read(LONGEST)
    return ""


def _is_ours(path: str) -> bool:
    try:
        return os.stat(path).st_uid == os.geteuid()
    except OSError:
        return False


def _write(path: str, text: str, mtime_ns: int) -> None:
    """Writes a file with this time; a power failure may lose it, which costs only one slow answer."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
    number = os.open(f"{path}.new", flags, 0o600)
    try:
        os.write(number, text.encode())
        os.utime(number, ns=(mtime_ns, mtime_ns))
    finally:
        os.close(number)
    os.replace(f"{path}.new", path)
