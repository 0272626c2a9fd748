"""Describes a stored key without calls to AWS, and without its secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pass_aws.aws import values
from pass_aws.credentials import listing
from pass_aws.errors import UserError
from pass_aws.keys import journal
from pass_aws.model import tail
from pass_aws.store import entry, entry_names
from pass_aws.text import suggestions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pass_aws.context import Context
    from pass_aws.store.entry import Entry


def stored(name: str, context: Context) -> Entry:
    """The entry of a profile.

    Raises:
        UserError: it does not exist, or cannot be read.
    """
    entry_names.check_name(name)
    if not context.store.exists(name):
        raise missing(name, context)
    return entry.parse(context.store.read(name), name)


def missing(name: str, context: Context) -> UserError:
    """The error if a key is not stored; it reports a missing store."""
    what = f"no key is stored for profile {name}"
    if trouble := context.store.trouble():
        return UserError(f"{what}: {trouble}", hint=trouble.hint)
    return UserError(what, hint=suggestions.hint(name, listing.keys(context), "run pass aws list"))


def facts(name: str, found: Entry, context: Context) -> dict[str, object]:
    """The facts, by their names in JSON, which are those of `audit`."""
    key, unfinished = found.credentials, journal.read(found, name)
    return {
        "profile": name,
        "entry": context.store.label(name),
        "key": tail(key.access_key_id),
        "account": key.account_id or values.account_of(key.access_key_id) or None,
        "account_derived": not key.account_id,
        "rotation": unfinished.state if unfinished else None,
    }


def lines(shown: Mapping[str, object]) -> list[str]:
    """The facts as text."""
    derived = " (derived from the key id)" if shown["account"] and shown["account_derived"] else ""
    texts = {**shown, "account": f"{shown['account'] or '-'}{derived}"}
    del texts["account_derived"]
    return [f"{name:<12}{value or '-'}" for name, value in texts.items()]
