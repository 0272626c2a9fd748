"""Renames a key: the entry, and the name inside it, which must match."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pass_aws.errors import FAILED, UserError
from pass_aws.keys import described, drop_sessions
from pass_aws.keys.stored import Stored, stored
from pass_aws.model import tail
from pass_aws.store import entry, entry_names
from pass_aws.text.quoting import quote

if TYPE_CHECKING:
    from pass_aws.context import Context


def move(old: str, new: str, context: Context, *, force: bool) -> None:
    """Renames a key: writes the new entry and reads it back before it removes the old one.

    It also finishes what a killed run has begun.

    Raises:
        UserError: the key does not exist, or the new name is in use.
    """
    store = context.store
    written = store.exists(new) and store.removed_in_part(old)
    text = None if written else _renamed(old, new, context, force=force)
    with drop_sessions.around(context, old, new):
        store.rename(old, new, text, f"Rename {store.label(old)} to {store.label(new)}.")


def _renamed(old: str, new: str, context: Context, *, force: bool) -> bytes:
    """The text of the new entry."""
    _must_exist(old, context)
    store = context.store
    if store.exists(new) and os.path.samefile(store.path(old), store.path(new)):
        raise UserError(f"{old} and {new} are the same entry", hint="choose another name")
    found = entry.parse(store.read(old), old)
    key = found.credentials
    text = entry.render(new, key.access_key_id, key.secret_access_key, found)
    taken = stored(new, context)
    if taken and not force and not (taken.entry and store.read(new) == text):
        raise _taken(old, new, taken, context)
    return text


def _taken(old: str, new: str, taken: Stored, context: Context) -> UserError:
    """The error for a name in use; offers to replace the entry if pass aws has written it."""
    if taken.unread and not context.store.prefix:
        return UserError(
            f"the entry {new} exists, but cannot be read: {taken.unread}", hint=taken.unread.hint
        )
    return UserError(
        f"the name {new} is in use: {taken.what[0].lower()}{taken.what[1:]}",
        hint=f"to replace it, run pass aws move {quote(old)} {quote(new)} --force",
    )


def repair(name: str, context: Context, *, force: bool) -> None:
    """Writes an entry's name into it, after another tool has renamed it.

    Anyone with write access to the store can swap two entries, so this shows the key's tail and asks.

    Raises:
        UserError: it does not exist, is otherwise invalid, or the answer was no.
    """
    _must_exist(name, context)
    text = context.store.read(name)
    inside = entry.named(text, name)
    found, link = entry.parse(text, inside), context.store.leads_to(name)
    key = found.credentials
    question = (
        f"The entry {name}{f', a symlink to {link},' if link else ''} was written for {inside};"
        f" its key is {tail(key.access_key_id)}. Does this key belong to {name}?"
    )
    message = f"Write the name {context.store.label(name)} into its entry."
    if inside == entry_names.clean(name):
        context.store.finish(name, message)  # a killed run may not have committed it
        context.tell(f"the entry {name} has the correct name")
        return
    again = f"pass aws move --repair {quote(name)} --force"
    if not force and not context.confirm(question, instead=f"if the key is correct, run {again}"):
        raise UserError(f"the entry {name} was not changed", hint=f"{again} changes it", code=FAILED)
    repaired = entry.render(name, key.access_key_id, key.secret_access_key, found)
    with drop_sessions.around(context, name):
        context.store.write(name, repaired, message, must_read_back=True)
    context.tell(f"the key {tail(key.access_key_id)} now belongs to {name}")


def _must_exist(name: str, context: Context) -> None:
    if not context.store.exists(name):
        raise described.missing(name, context)
