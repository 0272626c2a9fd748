"""Collects the permissions of the files that the checks read."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pass_aws.doctor.facts_store import Closed, Place, Places
from pass_aws.system import user_dirs

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pass_aws.doctor.collect_gpg import Ring
    from pass_aws.doctor.collect_store import Seen


def places(there: Seen, known: Ring, aws: Iterable[str], env: Mapping[str, str]) -> Places:
    """The permissions of the checked files.

    Args:
        there: the store.
        known: gpg.
        aws: the paths of the config and the credentials file.
        env: the caller's.
    """
    store = there.opened
    folders = dict.fromkeys(f"{store.root}/{folder}".rstrip("/") for folder in there.folders)
    ids = [f"{folder}/.gpg-id" for folder in (store.root, *folders)]
    config, credentials = aws
    cache, state = user_dirs.cache_folder(env), user_dirs.state_folder(env)
    return Places(
        gpg=_places([known.home], is_private=True),
        store=_places([store.root, *folders, *ids, *map(store.path, there.names)]),
        aws=(
            *_places(dict.fromkeys((os.path.dirname(config), os.path.dirname(credentials), config))),
            *_places([credentials], is_private=True),
        ),
        own=_places([cache, state, f"{state}/seal"], is_private=True),
        closed=tuple(
            found
            for path, variable in ((cache, "XDG_CACHE_HOME"), (state, "XDG_STATE_HOME"))
            if (found := _closed(path, variable, env))
        ),
        same=os.path.exists(state) and not user_dirs.apart(cache, state),
    )


def _places(paths: Iterable[str], *, is_private: bool = False) -> tuple[Place, ...]:
    """The existing ones."""
    found = []
    for path in dict.fromkeys(paths):
        try:
            status = os.stat(path)
        except OSError:
            continue
        found.append(Place(path, status.st_mode & 0o777, status.st_uid == os.geteuid(), is_private))
    return tuple(found)


def _closed(path: str, variable: str, env: Mapping[str, str]) -> Closed | None:
    """What keeps us from making a directory or writing to it; None if nothing does."""
    at = path
    while not os.path.lexists(at):
        at = os.path.dirname(at)
    usable = os.path.isdir(at)
    if usable and os.access(at, os.W_OK | os.X_OK):
        return None
    status = os.stat(at) if usable else None
    locked = status is not None and status.st_uid == os.geteuid() and status.st_mode & 0o300 != 0o300
    inside = at.startswith(f"{env.get('HOME', '')}/")
    return Closed(path, at, variable, env.get(variable, "").startswith("/"), locked, usable and inside)
