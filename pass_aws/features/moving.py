"""Renaming a key: the entry and the name inside it, which must be the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pass_aws.rules import entry
from pass_aws.rules.errors import FAILED, UserError
from pass_aws.rules.model import tail

if TYPE_CHECKING:
    from pass_aws.context import Context


def move(old: str, new: str, context: Context, *, force: bool) -> None:
    """Gives a key another name: the new entry is whole before the old one goes.

    Raises:
        UserError: there is none, or the new name is taken.
    """
    _must_exist(old, context)
    if context.store.exists(new) and not force:
        raise UserError(f"a key is stored for profile {new} already", hint="add --force to replace it")
    found = entry.parse(context.store.read(old), old)
    key = found.credentials
    label = context.store.label
    text = entry.render(new, key.access_key_id, key.secret_access_key, found)
    context.store.write(new, text, f"Rename {label(old)} to {label(new)}.")
    context.store.remove([old], f"Remove {label(old)} from store.")
    for name in (old, new):
        context.tickets.drop_entry(name)


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
    if not force and not context.confirm(question, instead="--force"):
        raise UserError(f"the entry {name} was left as it is", code=FAILED)
    repaired = entry.render(name, key.access_key_id, key.secret_access_key, found)
    context.store.write(
        name, repaired, f"Rename {context.store.label(inside)} to {context.store.label(name)}."
    )
    context.tickets.drop_entry(name)


def _must_exist(name: str, context: Context) -> None:
    if not context.store.exists(name):
        raise UserError(f"no key is stored for profile {name}", hint="run pass aws list")
