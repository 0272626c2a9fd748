"""Where a write to the store lands: in an entry of it, or nowhere."""

from __future__ import annotations

import os
from typing import NamedTuple

from pass_aws.errors import UserError
from pass_aws.store.entry_names import SUFFIX
from pass_aws.text.safe_text import printable, shown


class Target(NamedTuple):
    """A file: the real path of its directory, and its name there."""

    folder: str
    file: str

    @property
    def path(self) -> str:
        """The whole path."""
        return f"{self.folder}/{self.file}"

    @property
    def parts(self) -> list[str]:
        """The names of the directories that lead to it, from `/` on."""
        return [part for part in self.folder.split("/") if part]


def target_of(path: str, label: str, root: str) -> Target:
    """Where a write to an entry lands: links are followed, but not out of the store.

    Args:
        path: of the entry's file, links included.
        label: of the entry.
        root: the real path of the store's directory.

    Raises:
        UserError: as `refuse_outside`.
    """
    folder, _, file = os.path.realpath(path).rpartition("/")
    target = Target(folder, file)
    refuse_outside(target, root, label)
    return target


def refuse_outside(target: Target, root: str, label: str) -> None:
    """Refuses what is not an entry below the store's root, where a link from a team mate may lead.

    Raises:
        UserError: it is outside of the store, is hidden (`.git`), or does not end in `.gpg`.
    """
    if not target.path.startswith(f"{root}/"):
        raise UserError(
            f"{shown(label)} leads out of the store, to {printable(target.path)}",
            hint="only what is in the store is written; change the symlink",
        )
    below = target.path.removeprefix(f"{root}/")
    if not below.endswith(SUFFIX) or any(part.startswith(".") for part in below.split("/")):
        raise UserError(
            f"{shown(label)} leads to {printable(below)}, which is not an entry",
            hint="find out who made the symlink, and remove it",
        )
