"""The seal: a secret inside every ciphertext of ours, which nobody knows who can only write the cache."""

from __future__ import annotations

import fcntl
import os

from pass_aws.cache.session import HEX
from pass_aws.system import atomic_files, private_dirs

LENGTH = 64


def read_or_make(state: str) -> str:
    """The seal of this user, made when it is missing or was open to others.

    Args:
        state: the folder it lies in, which is never below the cache.

    Raises:
        Trouble: the folder is not ours alone, or the system refuses.
    """
    private_dirs.folder(state)
    path = f"{state}/seal"
    try:
        return _read(path) or _make(state, path)
    except OSError as error:
        raise private_dirs.trouble(path, error) from None


def _read(path: str) -> str:
    """Empty where what is there cannot be a seal of ours."""
    if not private_dirs.file(path) or os.lstat(path).st_mode & private_dirs.OTHERS:
        return ""
    with open(path, encoding="ascii", errors="replace") as file:
        text = file.read(LENGTH + 2)
    return text[:-1] if len(text) == LENGTH + 1 and HEX.issuperset(text[:-1]) and text[-1] == "\n" else ""


def _make(state: str, path: str) -> str:
    """Of many processes one makes it, and all read that one."""
    folder = os.open(state, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        if not _read(path):
            atomic_files.write(path, os.urandom(LENGTH // 2).hex().encode() + b"\n")
        return _read(path)
    finally:
        os.close(folder)
