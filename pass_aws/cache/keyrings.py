"""The keyrings next to the seal with which the front decrypts tickets."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pass_aws.gpg import packets
from pass_aws.system import atomic_files, no_follow, user_dirs

if TYPE_CHECKING:
    from pass_aws.gpg.gpg import Gpg

LONGEST = 255
"""Bytes of a file name."""


class Keyrings:
    """The directory `keyrings`. A name is the ids of the keys that a ticket is encrypted for.

    If the user gets another subkey, the next ticket needs another keyring: none becomes out of date.

    Args:
        state: the directory of the seal.
        gpg: the door to gpg.
    """

    def __init__(self, state: str, gpg: Gpg) -> None:
        self._state, self._gpg = state, gpg

    def ready(self, ticket: str) -> str:
        """The name of the keyring for a ticket; made if it is missing, or empty as gpg leaves it.

        Args:
            ticket: the path of the encrypted file.

        Returns:
            nothing if gpg makes none: then the front decrypts with the user's own keyring.

        Raises:
            Trouble: the directory is not private.
            OSError: the system refuses.
        """
        with open(ticket, "rb") as file:
            ids = packets.recipients(file.read())
        name = "-".join(ids)
        path = f"{self._state}/keyrings/{name}"
        if not name or len(name) > LONGEST:
            return ""
        if not user_dirs.file(path) or not os.path.getsize(path):
            content = self._gpg.keyring(ids)
            if not content:
                return ""
            user_dirs.inner(f"{self._state}/keyrings")
            atomic_files.write(path, content)
        return name

    def drop(self) -> None:
        """Removes all keyrings: the next tickets make new ones."""
        no_follow.remove(self._state, "keyrings")
