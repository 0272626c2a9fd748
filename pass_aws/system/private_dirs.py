"""Private directories: cache and state are checked, since sudo or a umask may have made them unsafe."""

from __future__ import annotations

import os
import stat
from contextlib import suppress

OTHERS = 0o077


class Trouble(Exception):  # noqa: N818 - callers report it as a warning
    """The reason why one of our directories or files cannot be used: lower case, no full stop."""


def folder(path: str) -> None:
    """Checks that a directory exists, is ours and is closed to others; a missing one is created 0700.

    Raises:
        Trouble: the check fails; an existing directory is not changed.
    """
    try:
        if not os.path.lexists(path):
            _make(path)
        found = os.stat(path)
    except OSError as error:
        raise trouble(path, error) from None
    if not stat.S_ISDIR(found.st_mode):
        raise Trouble(f"{path} is not a directory")
    if found.st_uid != os.geteuid():
        raise Trouble(f"{path} belongs to another user")
    if found.st_mode & OTHERS:
        raise Trouble(f"{path} is open to other users (run chmod 700 on it)")


def inner(path: str) -> None:
    """Checks a subdirectory as `folder` does; it must not be a symlink, which would redirect writes."""
    if os.path.islink(path):
        raise Trouble(f"{path} is a symlink")
    folder(path)


def _make(path: str) -> None:
    """Creates it, but not in another user's directory: that user could not remove files of root."""
    parent = os.path.dirname(path)
    if not os.path.isdir(parent):
        _make(parent)
    if os.stat(parent).st_uid not in (os.geteuid(), 0):
        raise Trouble(f"{parent} belongs to another user")
    with suppress(FileExistsError):  # another process has just created it
        os.mkdir(path, 0o700)


def file(path: str) -> bool:
    """Whether it is a regular file of ours: not a symlink, and not a FIFO, which would block its reader."""
    try:
        found = os.lstat(path)
    except OSError:
        return False
    return stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid()


def apart(outer: str, path: str) -> bool:
    """Whether a path is outside a directory, also after following symlinks and mounts."""
    outer, path = os.path.realpath(outer), os.path.realpath(path)
    if f"{path}/".startswith(f"{outer}/"):
        return False
    while path != "/":
        with suppress(OSError):
            if os.path.samefile(path, outer):
                return False
        path = os.path.dirname(path)
    return True


def trouble(path: str, error: OSError) -> Trouble:
    """Converts a system error to a Trouble."""
    return Trouble(f"{path}: {(error.strerror or str(error)).lower()}")
