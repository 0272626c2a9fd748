"""Locks: files in a directory of ours, which the kernel unlocks when their holder dies."""

from __future__ import annotations

import fcntl
import os
import time

from pass_aws.errors import UserError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

STEP = 0.02
"""Seconds between two looks at a lock."""
SILENCE = 1.0
"""Seconds before a wait is worth a word."""


def path(state: str, key: str) -> str:
    """The file that is locked for a key. Only its owner can open it: another user cannot keep us waiting.

    Args:
        state: the user's state directory.
        key: what is locked: a session's digest, the path of a store.
    """
    from hashlib import sha256

    return f"{state}/locks/{sha256(os.fsencode(key)).hexdigest()}"


def locked(file: int, kind: int = fcntl.LOCK_EX) -> bool:
    """Locks an open file if that can be done at once; False where another process has it.

    Raises:
        OSError: the file system has no locks.
    """
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def wait(file: int, kind: int = fcntl.LOCK_EX, *, each: Callable[[], None], step: float = STEP) -> None:
    """Waits for the lock of an open file.

    Args:
        file: its descriptor.
        kind: LOCK_EX, or LOCK_SH to wait only for the end of another's lock.
        each: is called after each look in vain; what it raises ends the wait.
        step: seconds between two looks.
    """
    while not locked(file, kind):
        each()
        time.sleep(step)


def named(file: int, path: str) -> bool:
    """Whether an open file still has its name, which its last holder took away when it was done."""
    try:
        return os.path.samestat(os.fstat(file), os.lstat(path))
    except FileNotFoundError:
        return False


def take(path: str, wait_for: Callable[[int], None], ended: Callable[[int], None] = lambda _: None) -> int:
    """A descriptor of a file of this name that is locked.

    Args:
        path: as the function `path` makes it.
        wait_for: waits for the lock of the open file.
        ended: is shown a file that its holder has done with meanwhile; what it raises ends the wait.

    Raises:
        Trouble: the directory is not ours alone.
        OSError: the file cannot be opened or locked.
    """
    from pass_aws.system import private_dirs  # which `waiting` can do without

    folder = os.path.dirname(path)
    private_dirs.folder(os.path.dirname(folder))
    private_dirs.folder(folder)
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
    """Takes the name away, then the lock; who waits for this file looks for another one."""
    try:
        os.unlink(path)
    except OSError:
        pass
    finally:
        os.close(file)


class Patience:
    """A wait that is talked about after a second, and ends.

    Args:
        doing: what the other process does, as `changing the store`.
        say: says something to the user.
        seconds: after which the wait is given up.
    """

    def __init__(self, doing: str, say: Callable[[str], None], seconds: float) -> None:
        self._doing, self._say, self._seconds = doing, say, seconds
        self._start, self._said = time.monotonic(), False

    def __call__(self) -> None:
        """Is called after each look in vain.

        Raises:
            UserError: it has taken too long.
        """
        waited = time.monotonic() - self._start
        if waited >= self._seconds:
            raise UserError(
                f"another pass aws has been {self._doing} for {self._seconds:g} seconds",
                hint="end that process, then run this again",
            )
        if waited >= SILENCE and not self._said:
            self._said = True
            self._say(f"waiting for another pass aws that is {self._doing}")


class held:  # noqa: N801 - a context manager, without the module that makes one of a function
    """Holds a lock; where there can be none, that is said and nobody is kept out.

    Args:
        path: as the function `path` makes it.
        patience: how long to wait for another process.
        say: says something to the user.

    Raises:
        UserError: another process has had it for too long.
    """

    def __init__(self, path: str, patience: Patience, say: Callable[[str], None]) -> None:
        self._path, self._patience, self._say = path, patience, say
        self._file = -1

    def __enter__(self) -> None:
        """Waits for the lock."""
        from pass_aws.system import private_dirs

        try:
            self._file = take(self._path, lambda file: wait(file, each=self._patience))
        except (private_dirs.Trouble, OSError) as error:
            reason = private_dirs.trouble(self._path, error) if isinstance(error, OSError) else error
            self._say(f"cannot lock, so other processes may change the same meanwhile: {reason}")

    def __exit__(self, *_: object) -> None:
        """Frees it."""
        if self._file >= 0:
            release(self._file, self._path)
