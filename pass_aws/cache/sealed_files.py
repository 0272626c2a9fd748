"""The encrypted files of the cache: each contains our seal, is private, and is replaced atomically.

The seal is a secret that a process that can only write to the cache does not know.
"""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING

from pass_aws.cache.session import HEX
from pass_aws.gpg import packets
from pass_aws.system import atomic_files, file_lock, no_follow, user_dirs
from pass_aws.system.user_dirs import Trouble

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pass_aws.gpg.gpg import Gpg

LONGEST_NAME = 255
"""Bytes of a file's name."""
LENGTH = 64
"""Hex digits of the seal."""


class SealedFiles:
    """The files in the cache.

    Args:
        cache: the cache directory.
        state: the directory of the seal, see `read_or_make_seal`.
        gpg: the door to gpg.
    """

    def __init__(self, cache: str, state: str, gpg: Gpg) -> None:
        self.cache, self.state, self._gpg = cache, state, gpg

    @cached_property
    def seal(self) -> str:
        """The seal; raises Trouble if its directory is in the cache."""
        if not user_dirs.apart(self.cache, self.state):
            raise Trouble(f"{self.state} is inside the cache: set XDG_STATE_HOME to another directory")
        return read_or_make_seal(self.state)

    def folder(self, *parts: str) -> str:
        """A directory in the cache, created if needed."""
        path = self.cache
        user_dirs.folder(path)
        for part in parts:
            path = f"{path}/{part}"
            user_dirs.inner(path)
        return path

    def decrypted(self, path: str) -> str:
        """The text of a file; raises UserError if it cannot be decrypted."""
        return os.fsdecode(self._gpg.decrypt_own(path, ask=not self._gpg.quiet))

    def write(self, path: str, text: str, recipients: Sequence[str]) -> str:
        """Replaces a file.

        Returns:
            The name of its keyring, for `keyring`: the ids of the keys that it is encrypted for.

        Raises:
            UserError: a recipient cannot be used.
            OSError: the system refuses.
        """
        if os.path.lexists(path) and not user_dirs.file(path):
            _remove(path)  # planted: it would block all our files
        content = self._gpg.encrypt_own(os.fsencode(text), recipients)
        atomic_files.write(path, content)
        return "-".join(packets.recipients(content))

    def keyring(self, name: str) -> str:
        """Makes a keyring with which gpg decrypts faster, if it is missing in `keyrings`.

        Args:
            name: from `write`; a new subkey gets a new keyring.

        Returns:
            The name; empty if gpg makes no such keyring.

        Raises:
            Trouble: the directory is not private.
            OSError: the system refuses.
        """
        path = f"{self.state}/keyrings/{name}"
        if not name or len(name) > LONGEST_NAME:
            return ""
        if not os.path.isfile(path) or not os.path.getsize(path):  # gpg makes a missing one, empty
            content = self._gpg.keyring(name.split("-"))
            if not content:
                return ""
            user_dirs.inner(os.path.dirname(path))
            atomic_files.write(path, content)
        return name

    def drop_keyrings(self) -> None:
        """Removes all keyrings: the next files get new ones."""
        no_follow.remove(self.state, "keyrings")


def _remove(path: str) -> None:
    if os.path.isdir(path) and not os.path.islink(path):
        no_follow.remove(*os.path.split(path))
    else:
        os.unlink(path)


def read_or_make_seal(state: str) -> str:
    """The seal of this user; makes a new one if it is missing or was readable by others.

    Args:
        state: its directory, which is never below the cache.

    Raises:
        Trouble: the directory is not private, or the system refuses.
    """
    user_dirs.folder(state)
    path = f"{state}/seal"
    try:
        return _read_seal(path) or _make_seal(state, path)
    except OSError as error:
        raise user_dirs.trouble(path, error) from None


def _read_seal(path: str) -> str:
    """The seal; empty if the file is not a valid seal."""
    if not user_dirs.file(path) or os.lstat(path).st_mode & user_dirs.OTHERS:
        return ""
    with open(path, encoding="ascii", errors="replace") as file:
        text = file.read(LENGTH + 2)
    return text[:-1] if len(text) == LENGTH + 1 and HEX.issuperset(text[:-1]) and text[-1] == "\n" else ""


def _make_seal(state: str, path: str) -> str:
    """Makes the seal; if many processes do so, all use the first one."""
    folder = os.open(state, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        file_lock.lock(folder)
        if not _read_seal(path):
            atomic_files.write(path, os.urandom(LENGTH // 2).hex().encode() + b"\n")
        return _read_seal(path)
    finally:
        os.close(folder)
