"""Commits to the store's git repository: only our paths, with pass's settings and messages."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pass_aws.store.repository import Repository, Unfinished

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def changed(  # noqa: PLR0913 - the parts of a commit
    there: Sequence[str],
    gone: Sequence[str],
    message: str,
    root: str,
    env: Mapping[str, str],
    *,
    apart: str = "",
) -> None:
    """Commits new, changed and removed entries, once in each repository, and nothing else that is staged.

    Args:
        there: paths of new or changed entries: absolute, below the root, without symlinks.
        gone: paths of removed entries.
        message: of the commit.
        root: of the store, absolute, without symlinks; a repository above it is not the store's.
        env: the caller's environment.
        apart: message for another repository in which entries were only removed.

    Raises:
        UncommittedError: the entries are changed on disk, but not in git's history.
    """
    tops: dict[str, tuple[list[str], list[str]]] = {}
    for kind, paths in enumerate((there, gone)):
        for path in paths:
            tops.setdefault(work_tree(path, root), ([], []))[kind].append(path)
    for top, (new, old) in tops.items():
        if top:
            Repository(top, root, env, message if new or not apart else apart).commit(new, old)


def gone(folder: str, root: str, env: Mapping[str, str]) -> list[str]:
    """The files below a directory that git still has but the disk no longer has: removals without a commit.

    Args as in `changed`; none if git cannot be run.
    """
    top = work_tree(f"{folder}/", root)
    return Repository(top, root, env).gone(folder) if top else []


def unfinished(path: str, root: str, env: Mapping[str, str]) -> Unfinished:
    """The unfinished operation in the repository of an entry; none if git cannot be run.

    Args as in `changed`.
    """
    top = work_tree(path, root)
    return Repository(top, root, env).unfinished() if top else Unfinished("", "", {})


def last_change(path: str, root: str, env: Mapping[str, str]) -> int | None:
    """The time of the last change of an entry's text, in Unix seconds; None if git does not know.

    Commits of `pass init` are ignored: they only encrypt the same text again.

    Args as in `changed`.
    """
    real, root = os.path.realpath(path), os.path.realpath(root)
    top = work_tree(real, root)
    return Repository(top, root, env).last_change(real) if top else None


def work_tree(path: str, root: str) -> str:
    """The work tree of a path: the innermost directory with a `.git`; empty if there is none."""
    folder = os.path.dirname(path)
    while f"{folder}/".startswith(f"{root}/"):
        if os.path.lexists(f"{folder}/.git"):
            return folder
        folder = os.path.dirname(folder)
    return ""
