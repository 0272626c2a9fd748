"""Opens directories one component at a time, so that no symlink can redirect a write or a removal."""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from pass_aws.system import atomic_files

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

TOP = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
STEP = os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC | os.O_NOFOLLOW
"""Flags for a directory on the way, which may be searchable but not readable."""


@contextmanager
def opened(top: str, *parts: str, made: list[str] | None = None, mode: int = 0o777) -> Iterator[int]:
    """A descriptor of a directory below `top`, for calls that take a `dir_fd`.

    Args:
        top: may itself be a symlink.
        parts: names of nested directories.
        made: collects the paths of missing directories, which are then created; None: missing is an error.
        mode: of new directories, without the umask. Those that root creates get the owner of their parent.

    Raises:
        OSError: a part is missing, is not a directory, or is a symlink.
    """
    folder, path = os.open(top, STEP & ~os.O_NOFOLLOW if parts else TOP), top
    try:
        for number, part in enumerate(parts, 1):
            path, how = f"{path.rstrip('/')}/{part}", TOP | os.O_NOFOLLOW if number == len(parts) else STEP
            outer = folder
            try:
                folder = os.open(part, how, dir_fd=outer)
            except FileNotFoundError:
                if made is None:
                    raise
                if _make(part, outer, mode):
                    made.append(path)
                folder = os.open(part, how, dir_fd=outer)
            os.close(outer)
        yield folder
    finally:
        os.close(folder)


def _make(part: str, outer: int, mode: int) -> bool:
    """Creates a directory; False if another process has just created it."""
    around = os.open(".", TOP, dir_fd=outer)  # a descriptor opened only for searching cannot be synced
    try:
        os.mkdir(part, mode, dir_fd=around)
        new = os.open(part, TOP | os.O_NOFOLLOW, dir_fd=around)
        try:
            atomic_files.own(new, os.fstat(around))
        finally:
            os.close(new)
        atomic_files.sync(around)
    except FileExistsError:
        return False
    finally:
        os.close(around)
    return True


def refuse_foreign(path: str, folder: int) -> None:
    """As root: a directory that is reached through another user's directories must belong to that user.

    Args:
        path: as given, with symlinks.
        folder: the directory that it leads to.

    Raises:
        PermissionError: it does not; the owner of a symlink in the path could make root write anywhere.
    """
    if os.geteuid():
        return
    parts = os.path.abspath(path).split("/")
    ways = ["/".join(parts[:number]) for number in range(2, len(parts) + 1)]
    owners = {os.lstat(way).st_uid for way in ways if os.path.lexists(way)} - {0}
    if owners and os.fstat(folder).st_uid not in owners:
        raise PermissionError(errno.EACCES, "It belongs to another user than the path that leads to it")


def unlink(names: Iterable[str], top: str, *parts: str) -> int:
    """Removes files from a directory; returns how many existed."""
    gone = 0
    with suppress(OSError), opened(top, *parts) as folder:
        for name in names:
            with suppress(OSError):
                os.unlink(name, dir_fd=folder)
                gone += 1
    return gone


def remove(top: str, *parts: str) -> None:
    """Removes the last of these directories and its content, as far as possible."""
    with suppress(OSError), opened(top, *parts[:-1]) as folder:
        from shutil import rmtree  # shutil loads all compression modules

        rmtree(parts[-1], ignore_errors=True, dir_fd=folder)
