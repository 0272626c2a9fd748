"""The seal: a secret in each of our ciphertexts, unknown to a process that can only write to the cache."""

from __future__ import annotations

import os

from pass_aws.cache.session import HEX
from pass_aws.system import atomic_files, file_lock, private_dirs

LENGTH = 64


def read_or_make(state: str) -> str:
    """The seal of this user; makes a new one if it is missing or was readable by others.

    Args:
        state: its directory, which is never below the cache.

    Raises:
        Trouble: the directory is not private, or the system refuses.
    """
    private_dirs.folder(state)
    path = f"{state}/seal"
    try:
        return _read(path) or _make(state, path)
    except OSError as error:
        raise private_dirs.trouble(path, error) from None


def _read(path: str) -> str:
    """The seal; empty if the file is not a valid seal."""
    if not private_dirs.file(path) or os.lstat(path).st_mode & private_dirs.OTHERS:
        return ""
    with open(path, encoding="ascii", errors="replace") as file:
        text = file.read(LENGTH + 2)
    return text[:-1] if len(text) == LENGTH + 1 and HEX.issuperset(text[:-1]) and text[-1] == "\n" else ""


def _make(state: str, path: str) -> str:
    """Makes the seal; if many processes do so, all use the first one."""
    folder = os.open(state, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        file_lock.lock(folder)
        if not _read(path):
            atomic_files.write(path, os.urandom(LENGTH // 2).hex().encode() + b"\n")
        return _read(path)
    finally:
        os.close(folder)
