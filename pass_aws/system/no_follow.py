"""Directories opened step by step: no link planted meanwhile leads elsewhere what we write or remove."""

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
"""A directory on the way may be one that can be entered but not listed."""


@contextmanager
def opened(top: str, *parts: str, made: list[str] | None = None, mode: int = 0o777) -> Iterator[int]:
    """A descriptor of a directory below `top`, for calls that take a `dir_fd`.

    Args:
        top: may be a link itself.
        parts: names of directories, each in the one before.
        made: gets the paths of missing directories, which are then made; None where they are an error.
        mode: of those, less the umask. What root makes belongs to the owner of the directory around it.

    Raises:
        OSError: a part is missing, or is not a directory but a link to one.
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
    """Makes a directory; False where another process was quicker."""
    around = os.open(".", TOP, dir_fd=outer)  # what was opened to be entered only cannot be synced
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
    """As root: a directory that another user's directories lead to must belong to that user, too.

    Args:
        path: as it was named, links included.
        folder: the directory it has led to.

    Raises:
        PermissionError: whoever owns a link on the way could let root write anywhere.
    """
    if os.geteuid():
        return
    parts = os.path.abspath(path).split("/")
    ways = ["/".join(parts[:number]) for number in range(2, len(parts) + 1)]
    owners = {os.lstat(way).st_uid for way in ways if os.path.lexists(way)} - {0}
    if owners and os.fstat(folder).st_uid not in owners:
        raise PermissionError(errno.EACCES, "It belongs to another user than what leads to it")


def unlink(names: Iterable[str], top: str, *parts: str) -> int:
    """Removes files from a folder; returns how many were there."""
    gone = 0
    with suppress(OSError), opened(top, *parts) as folder:
        for name in names:
            with suppress(OSError):
                os.unlink(name, dir_fd=folder)
                gone += 1
    return gone


def remove(top: str, *parts: str) -> None:
    """Removes the last of these folders with all that is in it, as far as that can be done."""
    with suppress(OSError), opened(top, *parts[:-1]) as folder:
        from shutil import rmtree  # it loads every kind of compression

        rmtree(parts[-1], ignore_errors=True, dir_fd=folder)
