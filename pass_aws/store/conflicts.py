"""Explains a conflict that `git pull` has left in the store, before anything is written over it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pass_aws.errors import UserError
from pass_aws.store import git
from pass_aws.text.quoting import command
from pass_aws.text.safe_text import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pass_aws.store.repository import Unfinished

OURS, THEIRS = 2, 3
"""The sides of a conflict in git's numbers: HEAD's, and the one that is being merged or replayed."""
NO_EDITOR = ("-c", "core.editor=true")


def refuse(paths: Iterable[str], root: str, env: Mapping[str, str]) -> None:
    """Refuses to change entries while a conflict in git is unresolved.

    `git add` would mark the conflict as resolved, and during a merge git cannot commit single paths.

    Args:
        paths: of entries.
        root: of the store, absolute, without symlinks.
        env: the caller's environment.

    Raises:
        UserError: with the commands that resolve the conflict.
    """
    asked: dict[str, Unfinished] = {}
    for path in map(os.path.realpath, paths):
        folder = os.path.dirname(path)
        if folder not in asked:
            asked[folder] = git.unfinished(path, root, env)
        found = asked[folder]
        if found.what or path in found.sides:
            raise refusal(path, root, found)


def refuse_marked(path: str, root: str, env: Mapping[str, str]) -> None:
    """Refuses an unreadable entry that is in conflict: git puts its markers into files without a zero byte.

    Args as in `refuse`, which raises the same.
    """
    real = os.path.realpath(path)
    found = git.unfinished(real, root, env)
    if real in found.sides:
        raise refusal(real, root, found)


def refusal(path: str, root: str, found: Unfinished) -> UserError:
    """The error for an entry that cannot be changed, with commands that resolve the conflict.

    Args:
        path: of the entry, absolute, without symlinks.
        root: of the store.
        found: the unfinished operation in its repository.
    """
    program = ["pass", "git"] if found.top == root else ["git", "-C", found.top]
    place, label = os.path.relpath(path, found.top), os.path.relpath(path, root)
    end = command(*program, *_ending(found.what, place))
    others = len(found.sides.keys() - {path})
    if others:
        end = f"resolve {others} more, which {command(*program, 'status')} shows, then run {end}"
    if path not in found.sides:
        way = end if others else f"run {end}"
        what = f"a {found.what} in the store's git repository is unfinished, so nothing was changed"
        return UserError(what, hint=way)
    add = command(*program, "add", "--", place) + (f"; then {end}" if others else f" && {end}")
    return UserError(
        f"{shown(label)} has a git conflict between this machine and the pulled commits; nothing was changed",
        hint=_resolving(program, place, found, add),
    )


def _resolving(program: Sequence[str], place: str, found: Unfinished, add: str) -> str:
    """The commands that choose a side; in a rebase git calls the pulled side `ours`."""
    if len(found.sides[os.path.join(found.top, place)] & {OURS, THEIRS}) < 2:
        remove = command(*program, "rm", "--", place)
        return f"one side removed it: to keep it, run {add} (to remove it, use {remove} instead of add)"
    pulled, own = ("--ours", "--theirs") if found.what == "rebase" else ("--theirs", "--ours")
    take = command(*program, "checkout", pulled, "--", place)
    return f"for the pulled version, run {take} && {add} (for this machine's, use {own} instead of {pulled})"


def _ending(what: str, place: str) -> tuple[str, ...]:
    if what == "merge":
        return ("commit", "--no-edit")
    if what:
        return (*NO_EDITOR, what, "--continue")
    return ("commit", "-m", f"Resolve the conflict in {place}.")
