"""File locks in our state directory; the kernel releases a lock when its holder dies."""

from __future__ import annotations

import fcntl
import os
import time

from pass_aws.errors import UserError
from pass_aws.system import user_dirs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

EXCLUSIVE, SHARED = fcntl.LOCK_EX, fcntl.LOCK_SH
STEP = 0.02
"""Seconds between two attempts to lock."""
SILENCE = 1.0
"""Seconds of waiting before we tell the user."""


def path(state: str, key: str) -> str:
    """The file to lock for a key. Only its owner can open it, so that other users cannot block us.

    Args:
        state: the user's state directory.
        key: names what is locked: a session's digest, the path of a store.
    """
    from hashlib import sha256

    return f"{state}/locks/{sha256(os.fsencode(key)).hexdigest()}"


def locked(file: int, kind: int = EXCLUSIVE) -> bool:
    """Locks an open file without waiting; False if another process holds the lock.

    Raises:
        OSError: the file system has no locks.
    """
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def lock(file: int) -> None:
    """Waits for the lock of an open file; each process holds it only for a few writes.

    Raises:
        OSError: the file system has no locks.
    """
    fcntl.flock(file, fcntl.LOCK_EX)


def wait(file: int, kind: int = EXCLUSIVE, *, each: Callable[[], None], step: float = STEP) -> None:
    """Waits for the lock of an open file.

    Args:
        file: its descriptor.
        kind: EXCLUSIVE, or SHARED to wait only until another process releases the lock.
        each: is called after each failed attempt; an exception from it ends the wait.
        step: seconds between two attempts.
    """
    while not locked(file, kind):
        each()
        time.sleep(step)


def named(file: int, path: str) -> bool:
    """Whether an open file still has its name; a holder that is done removes the name."""
    try:
        return os.path.samestat(os.fstat(file), os.lstat(path))
    except FileNotFoundError:
        return False


def take(path: str, wait_for: Callable[[int], None], ended: Callable[[int], None] = lambda _: None) -> int:
    """Opens and locks the file of this name; returns its descriptor.

    Args:
        path: from the function `path`.
        wait_for: waits for the lock of the open file.
        ended: is called with a file whose holder is done; an exception from it ends the wait.

    Raises:
        Trouble: the directory is not private.
        OSError: the file cannot be opened or locked.
    """
    folder = os.path.dirname(path)
    user_dirs.folder(os.path.dirname(folder))
    user_dirs.folder(folder)
    while True:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            wait_for(file)
            if named(file, path):
                return file
            ended(file)
        except BaseException:
            os.close(file)
            raise
        os.close(file)


def release(file: int, path: str) -> None:
    """Removes the name, then releases the lock; a process that waits for this file opens a new one."""
    try:
        os.unlink(path)
    except OSError:
        pass
    finally:
        os.close(file)


class Patience:
    """A limited wait, reported to the user after a second.

    Args:
        doing: what the other process is doing, such as `changing the store`.
        say: prints a message for the user.
        seconds: the time limit.
    """

    def __init__(self, doing: str, say: Callable[[str], None], seconds: float) -> None:
        self._doing, self._say, self._seconds = doing, say, seconds
        self._start, self._said = time.monotonic(), False

    def __call__(self) -> None:
        """Is called after each failed attempt.

        Raises:
            UserError: the time limit is over.
        """
        waited = time.monotonic() - self._start
        if waited >= self._seconds:
            raise UserError(
                f"another pass aws has been {self._doing} for {self._seconds:g} seconds",
                hint="end that process, then run the command again",
            )
        if waited >= SILENCE and not self._said:
            self._said = True
            self._say(f"waiting: another pass aws is {self._doing}")


class held:  # noqa: N801 - a context manager, without importing contextlib
    """Holds a lock; if locking is impossible, it warns and continues without a lock.

    Args:
        path: from the function `path`.
        patience: how long to wait for another process.
        say: prints a message for the user.

    Raises:
        UserError: another process has held the lock for too long.
    """

    def __init__(self, path: str, patience: Patience, say: Callable[[str], None]) -> None:
        self._path, self._patience, self._say = path, patience, say
        self._file = -1

    def __enter__(self) -> None:
        """Waits for the lock."""
        try:
            self._file = take(self._path, lambda file: wait(file, each=self._patience))
        except (user_dirs.Trouble, OSError) as error:
            reason = user_dirs.trouble(self._path, error) if isinstance(error, OSError) else error
            self._say(f"cannot lock; other processes may make changes at the same time: {reason}")

    def __exit__(self, *_: object) -> None:
        """Releases the lock."""
        if self._file >= 0:
            release(self._file, self._path)
