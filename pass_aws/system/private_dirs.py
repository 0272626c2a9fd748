"""Folders that are ours alone; cache and state must not be trusted to be so, as sudo and umasks show."""

from __future__ import annotations

import os
import stat
from contextlib import suppress

OTHERS = 0o077


class Trouble(Exception):  # noqa: N818 - it is said, not raised to the top
    """Why a folder or file of ours cannot be used: lower case, no full stop."""


def folder(path: str) -> None:
    """Makes sure that a folder is there, belongs to us and is closed to others; what is missing is made 0700.

    Raises:
        Trouble: it is not so; nothing is changed to make it so.
    """
    try:
        if not os.path.lexists(path):
            _make(path)
        found = os.stat(path)
    except OSError as error:
        raise trouble(path, error) from None
    if not stat.S_ISDIR(found.st_mode):
        raise Trouble(f"{path} is no folder")
    if found.st_uid != os.geteuid():
        raise Trouble(f"{path} belongs to somebody else")
    if found.st_mode & OTHERS:
        raise Trouble(f"{path} is open to others (chmod 700 closes it)")


def inner(path: str) -> None:
    """The same for a folder in a folder of ours: there, a link would lead elsewhere what we write."""
    if os.path.islink(path):
        raise Trouble(f"{path} is a link")
    folder(path)


def _make(path: str) -> None:
    """Not below a folder of another user: root under sudo would leave files that the user cannot remove."""
    parent = os.path.dirname(path)
    if not os.path.isdir(parent):
        _make(parent)
    if os.stat(parent).st_uid not in (os.geteuid(), 0):
        raise Trouble(f"{parent} belongs to somebody else")
    with suppress(FileExistsError):  # another process was quicker
        os.mkdir(path, 0o700)


def file(path: str) -> bool:
    """Whether there is a file of ours: no symlink, no FIFO that would hang its reader."""
    try:
        found = os.lstat(path)
    except OSError:
        return False
    return stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid()


def apart(outer: str, path: str) -> bool:
    """Whether a path is not below a folder, through no link or mount either."""
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
    """A failure of the system as a Trouble."""
    return Trouble(f"{path}: {(error.strerror or str(error)).lower()}")
