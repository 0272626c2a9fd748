"""The encrypted files of the cache: each contains our seal, is private, and is replaced atomically."""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING

from pass_aws.cache import seal
from pass_aws.system import atomic_files, no_follow, private_dirs
from pass_aws.system.private_dirs import Trouble

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pass_aws.gpg.gpg import Gpg


class SealedFiles:
    """The files in the cache.

    Args:
        cache: the cache directory.
        state: the directory of the seal, see cache/seal.
        gpg: the door to gpg.
    """

    def __init__(self, cache: str, state: str, gpg: Gpg) -> None:
        self.cache, self.state, self._gpg = cache, state, gpg

    @cached_property
    def seal(self) -> str:
        """The seal; raises Trouble if its directory is in the cache."""
        if not private_dirs.apart(self.cache, self.state):
            raise Trouble(f"{self.state} is inside the cache: set XDG_STATE_HOME to another directory")
        return seal.read_or_make(self.state)

    def folder(self, *parts: str) -> str:
        """A directory in the cache, created if needed."""
        path = self.cache
        private_dirs.folder(path)
        for part in parts:
            path = f"{path}/{part}"
            private_dirs.inner(path)
        return path

    def decrypted(self, path: str) -> str:
        """The text of a file; raises UserError if it cannot be decrypted."""
        return os.fsdecode(self._gpg.decrypt_own(path, ask=not self._gpg.quiet))

    def write(self, path: str, text: str, recipients: Sequence[str]) -> None:
        """Replaces a file.

        Raises:
            UserError: a recipient cannot be used.
            OSError: the system refuses.
        """
        if os.path.lexists(path) and not private_dirs.file(path):
            _remove(path)  # planted: it would block all our files
        atomic_files.write(path, self._gpg.encrypt_own(os.fsencode(text), recipients))


def _remove(path: str) -> None:
    if os.path.isdir(path) and not os.path.islink(path):
        no_follow.remove(*os.path.split(path))
    else:
        os.unlink(path)
