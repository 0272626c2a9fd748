"""Finds the target of a write to the store, which must be an entry in the store."""

from __future__ import annotations

import os
from typing import NamedTuple

from pass_aws.errors import UserError
from pass_aws.gpg import SUFFIX
from pass_aws.text.safe_text import printable, shown


class Target(NamedTuple):
    """A file: the real path of its directory, and its name."""

    folder: str
    file: str

    @property
    def path(self) -> str:
        """The whole path."""
        return f"{self.folder}/{self.file}"

    @property
    def parts(self) -> list[str]:
        """The names of its parent directories, from `/` on."""
        return [part for part in self.folder.split("/") if part]


def target_of(path: str, label: str, root: str) -> Target:
    """The target of a write to an entry: symlinks are followed, but not out of the store.

    Args:
        path: of the entry's file, with symlinks.
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
    """Refuses a target that is not an entry below the store's root: a symlink may come from another user.

    Raises:
        UserError: it is outside the store, is hidden (`.git`), or does not end in `.gpg`.
    """
    if not target.path.startswith(f"{root}/"):
        raise UserError(
            f"{shown(label)} is a symlink to {printable(target.path)}, outside the store",
            hint="change the symlink: pass aws writes only inside the store",
        )
    below = target.path.removeprefix(f"{root}/")
    if not below.endswith(SUFFIX) or any(part.startswith(".") for part in below.split("/")):
        raise UserError(
            f"{shown(label)} is a symlink to {printable(below)}, which is not an entry",
            hint="find out who created the symlink, and remove it",
        )
