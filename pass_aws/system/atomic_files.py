"""Writes files atomically: at any instant, a file has either its old or its new content."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from itertools import count

from pass_aws.system import file_lock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

LEFTOVER = ".pass-aws-"
"""The prefix of our temporary files: `pass ls` hides them, and `pass init` does not treat them as entries."""

ENDING = ".tmp"
APART = 16
"""Temporary files are numbered; a sweep ends where so many numbers in a row are free."""
NOT_REGULAR = "Not a regular file"


def write(path: str, content: bytes, mode: int = 0o600, check: Callable[[str], None] | None = None) -> None:
    """Replaces a file: temporary file in the same directory, fsync, rename, fsync of the directory.

    Args:
        path: of the file; a symlink is itself replaced, so callers that follow links resolve it first.
        content: the whole new content.
        mode: the exact permissions, regardless of the umask; the temporary file is private, too.
        check: examines the finished temporary file; if it raises, nothing was changed.

    Raises:
        OSError: nothing was changed and nothing is left behind (unless the fsync of the directory failed).
    """
    parent, slash, name = path.rpartition("/")

    def checked(temporary: str) -> None:
        if check:
            check(f"{parent}{slash}{temporary}")

    folder = os.open(parent or slash or ".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        write_in(folder, name, content, mode, checked)
    finally:
        os.close(folder)


def write_in(
    folder: int, name: str, content: bytes, mode: int, check: Callable[[str], object] = lambda _: None
) -> None:
    """Replaces a file in an open directory, as `write` does.

    The new file gets the owner of the old one; a file that root creates gets the owner of the directory.

    Args:
        folder: a descriptor of the directory, so that no link can redirect the write.
        name: of the file.
        content: the whole new content.
        mode: the exact permissions.
        check: is called with the name of the finished temporary file; if it raises, nothing was changed.

    Raises:
        OSError: as `write`; ENOTSUP if something other than a file or a symlink is in the way.
    """
    old = _replaced(folder, name)
    _sweep(folder)
    temporary, file = _temporary(folder)
    try:
        own(file, old or os.fstat(folder), kept=old is not None)
        _fill(file, content, mode)
        check(temporary)
        os.replace(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary, dir_fd=folder)
        raise
    finally:
        os.close(file)
    sync(folder)


def own(file: int, like: os.stat_result, *, kept: bool = False) -> None:
    """Gives an open file or directory the owner of another; uses descriptors, because paths can change.

    Args:
        file: the descriptor.
        like: the status of the other file.
        kept: whether our file replaces the other, so that the group must be kept, too.

    Raises:
        OSError: root is not permitted to do it. Others cannot change owners; they keep the group if possible.
    """
    mine = os.geteuid(), os.getegid()
    if mine[0] == 0 and (like.st_uid or kept):
        os.fchown(file, like.st_uid, like.st_gid)
    elif kept and mine != (like.st_uid, like.st_gid):
        with suppress(OSError):
            os.fchown(file, -1, like.st_gid)


def _replaced(folder: int, name: str) -> os.stat_result | None:
    """The status of the file to be replaced; None if there is none, or if it is a symlink."""
    try:
        found = os.lstat(name, dir_fd=folder)
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(found.st_mode) and not stat.S_ISLNK(found.st_mode):
        raise OSError(errno.ENOTSUP, NOT_REGULAR)  # a rename would replace /dev/null for all users
    return found if stat.S_ISREG(found.st_mode) else None


def _temporary(folder: int) -> tuple[str, int]:
    """The name and descriptor of a new temporary file; its lock shows that it is in use."""
    for number in count():
        name = f"{LEFTOVER}{number}{ENDING}"
        try:
            file = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600, dir_fd=folder)
        except FileExistsError:
            continue
        with suppress(OSError):  # some file systems have no locks
            file_lock.lock(file)  # a sweep holds the lock only for an instant
        if os.fstat(file).st_nlink:
            return name, file
        os.close(file)
    raise AssertionError("unreachable")


def _sweep(folder: int) -> None:
    """Removes the temporary files of killed runs; those of live runs are locked.

    It tries names: listing a directory of ten thousand sessions takes longer than writing one.
    """
    free = number = 0
    while free < APART:
        try:
            _remove_unlocked(f"{LEFTOVER}{number}{ENDING}", folder)
            free = 0
        except FileNotFoundError:
            free += 1
        except OSError:
            free = 0
        number += 1


def _remove_unlocked(name: str, folder: int) -> None:
    file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    try:
        if not file_lock.locked(file):
            return
        now = os.lstat(name, dir_fd=folder)  # its writer may have put it in place, and another begun the next
        if os.path.samestat(os.fstat(file), now):
            os.unlink(name, dir_fd=folder)
    finally:
        os.close(file)


def _fill(file: int, content: bytes, mode: int) -> None:
    os.fchmod(file, mode)
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(file, rest) :]
    os.fsync(file)


def sync(folder: int) -> None:
    """Makes the names in an open directory survive a power failure; ignores file systems that cannot."""
    try:
        os.fsync(folder)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
