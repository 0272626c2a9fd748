"""Stored sign-in tokens: sealed, encrypted to the user's own keys, one file each, replaced atomically.

Next to each is a plain note for `list`; nothing else uses it.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pass_aws.cache import token
from pass_aws.cache.sealed_files import SealedFiles
from pass_aws.errors import MUST_ASK, CancelledError, UserError
from pass_aws.gpg import SUFFIX
from pass_aws.system import atomic_files, no_follow, user_dirs
from pass_aws.system.user_dirs import Trouble

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pass_aws.cache.token import SignIn
    from pass_aws.gpg.gpg import Gpg

FOLDER = "tokens"


class Tokens:
    """The directory `tokens` of the cache. A failure costs a sign-in and one warning, but never the command.

    Args:
        cache: the cache directory.
        state: the directory of the seal.
        gpg: the door to gpg.
        env: the caller's environment; with PASS_AWS_SESSION_CACHE=none nothing is stored.
        warn: prints a warning.
    """

    def __init__(
        self, cache: str, state: str, gpg: Gpg, env: Mapping[str, str], warn: Callable[[str], None]
    ) -> None:
        self._files, self._warn = SealedFiles(cache, state, gpg), warn
        self.kept = env.get("PASS_AWS_SESSION_CACHE") != "none"

    def path(self, digest: str) -> str:
        """The path of a token."""
        return f"{self._files.cache}/{FOLDER}/{digest}{SUFFIX}"

    def there(self, path: str) -> bool:
        """Whether a token is stored at this path."""
        return self.kept and user_dirs.file(path)

    def read(self, digest: str) -> dict[str, str] | None:
        """The fields of a token; None if there is none, or if it cannot be read.

        Raises:
            UserError: the user did not give a passphrase, or prompts are forbidden.
        """
        path = self.path(digest)
        if not self.kept or not user_dirs.file(path):
            return None
        try:
            self._files.folder()
            return token.read(self._files.decrypted(path), seal=self._files.seal, digest=digest)
        except (Trouble, OSError, UserError) as error:
            if isinstance(error, CancelledError) or (isinstance(error, UserError) and error.code == MUST_ASK):
                raise
            self._warn(f"cannot read the stored sign-in: {error}")
            return None

    def write(self, fields: Mapping[str, str], about: SignIn, recipients: Sequence[str]) -> None:
        """Replaces a token atomically.

        Args:
            fields: names and values of one line each.
            about: the facts about it for lists.
            recipients: the user's own keys; if empty, it is not stored.
        """
        if not self.kept or not recipients:
            return
        try:
            folder = self._files.folder(FOLDER)
            text = token.render(fields, self._files.seal, about.digest)
            # the note first: a token without one could be used, but not ended
            atomic_files.write(f"{folder}/{about.digest}", os.fsencode(token.note(about)))
            self._files.write(self.path(about.digest), text, recipients)
        except (Trouble, OSError, UserError) as error:
            self._warn(f"the sign-in was not stored: {error}")

    def all(self) -> list[SignIn]:
        """All sign-ins, sorted by name; does not need gpg."""
        folder = f"{self._files.cache}/{FOLDER}"
        try:
            names = [name for name in os.listdir(folder) if token.is_digest(name)]
        except OSError:
            return []
        found = [self._noted(f"{folder}/{name}", name) for name in names if os.path.exists(self.path(name))]
        return sorted((one for one in found if one), key=lambda one: (one.kind, one.name, one.digest))

    @staticmethod
    def _noted(path: str, digest: str) -> SignIn | None:
        if not user_dirs.file(path):
            return None
        try:
            with open(path, "rb") as file:
                return token.noted(digest, os.fsdecode(file.read(4096)))
        except OSError:
            return None

    def drop(self, digest: str) -> int:
        """Removes a token; returns whether it existed."""
        gone = no_follow.unlink([f"{digest}{SUFFIX}"], self._files.cache, FOLDER)
        no_follow.unlink([digest], self._files.cache, FOLDER)
        return gone

    def drop_all(self) -> int:
        """Removes all tokens; returns their number."""
        try:
            names = [name for name in os.listdir(f"{self._files.cache}/{FOLDER}") if name.endswith(SUFFIX)]
        except OSError:
            names = []
        gone = no_follow.unlink(names, self._files.cache, FOLDER)
        no_follow.remove(self._files.cache, FOLDER)
        return gone
