"""Describes a stored key without calls to AWS, and without its secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pass_aws.aws import values
from pass_aws.credentials import listing
from pass_aws.errors import UserError
from pass_aws.keys import journal
from pass_aws.model import tail
from pass_aws.store import entry
from pass_aws.text import suggestions

if TYPE_CHECKING:
    from pass_aws.context import Context
    from pass_aws.store.entry import Entry


def stored(name: str, context: Context) -> Entry:
    """The entry of a profile.

    Raises:
        UserError: it does not exist, or cannot be read.
    """
    entry.check_name(name)
    if not context.store.exists(name):
        raise UserError(
            f"no key is stored for profile {name}",
            hint=suggestions.hint(name, listing.keys(context), "run pass aws list"),
        )
    return entry.parse(context.store.read(name), name)


def facts(name: str, found: Entry, context: Context) -> dict[str, str]:
    """The facts, by name."""
    key, unfinished = found.credentials, journal.read(found, name)
    account = key.account_id or values.account_of(key.access_key_id)
    return {
        "profile": name,
        "entry": context.store.label(name),
        "key": tail(key.access_key_id),
        "account": f"{account} (derived from the key id)" if account and not key.account_id else account,
        "rotation": unfinished.state if unfinished else "",
    }
