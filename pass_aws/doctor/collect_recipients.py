"""Collects the recipients in `.gpg-id` files, and what gpg knows about them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pass_aws.doctor.facts_gpg import Recipient, Recipients
from pass_aws.errors import UserError
from pass_aws.gpg import invocation
from pass_aws.gpg.keys import keys
from pass_aws.store import recipients as of_store

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pass_aws.doctor.collect_gpg import Ring
    from pass_aws.gpg.keys import Key


def sets(
    known: Ring, own: Iterable[Key], root: str, folders: Mapping[str, int], env: Mapping[str, str]
) -> list[Recipients]:
    """The recipients of the entries.

    Args:
        known: gpg.
        own: the keys of this user.
        root: of the store.
        folders: directories in it, each with the number of our entries in it.
        env: the caller's.
    """
    ours = frozenset(key.primary for key in own if key.encrypts)
    if given := invocation.words(env.get("PASSWORD_STORE_KEY", "")):
        people = _known(known, ours, given)
        return [Recipients("PASSWORD_STORE_KEY", "", sum(folders.values()), tuple(given), people)]
    counts: dict[str, int] = {}
    for folder, count in folders.items():
        try:
            path = of_store.nearest(root, folder, known.gpg)
        except UserError:
            continue
        counts[path] = counts.get(path, 0) + count
    return [_set(known, ours, root, path, env)._replace(entries=count) for path, count in counts.items()]


def _set(known: Ring, ours: frozenset[str], root: str, path: str, env: Mapping[str, str]) -> Recipients:
    folder = path.removeprefix(f"{root}/").removesuffix(".gpg-id").strip("/")
    try:
        with open(path, "rb") as file:
            text = file.read()
    except OSError as error:
        return Recipients(path, folder, trouble=f"cannot read {path}: {error.strerror}")
    ids = of_store.read(text)
    made = Recipients(path, folder, ids=ids)
    if trusted := invocation.words(env.get("PASSWORD_STORE_SIGNING_KEY", "")):
        try:
            of_store.verify(path, text, trusted, known.gpg)
        except UserError as error:
            signed = os.path.exists(f"{path}.sig")
            return made._replace(trouble=str(error), is_signature=True, has_signature=signed)
    if not ids:
        return made._replace(trouble=of_store.empty(path))
    return made._replace(known=_known(known, ours, ids))


def _known(known: Ring, ours: frozenset[str], ids: Iterable[str]) -> tuple[Recipient, ...]:
    """Reads gpg's data about recipients."""
    if "/" not in known.gpg.path:
        return ()
    groups = _groups(known.conf)
    found = []
    for name in (member for one in ids for member in groups.get(one.strip(), [one])):
        listed = keys(known.gpg, "--list-keys", name)
        of_it = [key for key in listed if key.primary == listed[0].primary]
        found.append(Recipient(name, tuple(of_it), bool(of_it) and of_it[0].primary in ours))
    return tuple(found)


def _groups(conf: Iterable[str]) -> dict[str, list[str]]:
    """The groups of recipients that gpg.conf names: `group team = alice bob`."""
    rows = (line.removeprefix("group ").partition("=") for line in conf if line.startswith("group "))
    return {name.strip(): members.split() for name, _, members in rows}
