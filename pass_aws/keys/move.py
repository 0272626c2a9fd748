"""Renaming a key: the entry and the name inside it, which must be the same."""

from __future__ import annotations

import os
from shlex import quote
from typing import TYPE_CHECKING

from pass_aws.errors import FAILED, CancelledError, UserError
from pass_aws.model import tail
from pass_aws.store import entry, writing

if TYPE_CHECKING:
    from pass_aws.context import Context


def move(old: str, new: str, context: Context, *, force: bool) -> None:
    """Gives a key another name: the new entry is whole before the old one goes.

    What a run that was killed had begun is finished.

    Raises:
        UserError: there is none, or the new name is taken.
    """
    label = context.store.label
    written = context.store.exists(new) and removed_in_part(old, context)
    text = b"" if written else _renamed(old, new, context, force=force)
    try:
        if not written:
            context.store.write(new, text, f"Rename {label(old)} to {label(new)}.")
        context.store.remove([old], f"Remove {label(old)} from store.")
    finally:  # git may have refused the commit of what is changed
        for name in (old, new):
            context.tickets.drop_entry(name)


def removed_in_part(name: str, context: Context) -> bool:
    """Whether an entry is gone, but was not committed to be so."""
    return not context.store.exists(name) and name in writing.unfinished(
        context.store, name.rpartition("/")[0]
    )


def _renamed(old: str, new: str, context: Context, *, force: bool) -> bytes:
    """The text of the new entry."""
    _must_exist(old, context)
    store = context.store
    taken = store.exists(new)
    if taken and os.path.samefile(store.path(old), store.path(new)):
        raise UserError(f"{old} and {new} are the same entry", hint="give it another name")
    found = entry.parse(store.read(old), old)
    key = found.credentials
    text = entry.render(new, key.access_key_id, key.secret_access_key, found)
    if taken and not force and not _holds(new, text, context):
        raise UserError(
            f"a key is stored for profile {new} already",
            hint=f"to replace it, run pass aws move {quote(old)} {quote(new)} --force",
        )
    return text


def _holds(name: str, text: bytes, context: Context) -> bool:
    try:
        return context.store.read(name) == text
    except CancelledError:
        raise
    except UserError:
        return False  # what cannot be read is something else


def repair(name: str, context: Context, *, force: bool) -> None:
    """Writes an entry's own name into it, after it was moved by other means.

    Whoever can write the store can swap two entries; so the key's tail is shown, and the user asked.

    Raises:
        UserError: there is none, it is broken otherwise, or the answer was no.
    """
    _must_exist(name, context)
    text = context.store.read(name)
    inside = entry.named(text, name)
    found = entry.parse(text, inside)
    key = found.credentials
    question = (
        f"The entry {name} was written for {inside}; its key is {tail(key.access_key_id)}. Is it {name}'s?"
    )
    if inside == entry.clean(name):
        context.tell(f"the entry {name} carries its own name")
        return
    if not force and not context.confirm(
        question, instead=f"if it is, run pass aws move --repair {quote(name)} --force"
    ):
        raise UserError(f"the entry {name} was left as it is", code=FAILED)
    repaired = entry.render(name, key.access_key_id, key.secret_access_key, found)
    context.store.write(
        name, repaired, f"Rename {context.store.label(inside)} to {context.store.label(name)}."
    )
    context.tickets.drop_entry(name)


def _must_exist(name: str, context: Context) -> None:
    if not context.store.exists(name):
        raise UserError(f"no key is stored for profile {name}", hint="run pass aws list")
