"""Imports keys: decides about each one, shows the decisions, tests, stores and reads back."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pass_aws.credentials import profile_lookup
from pass_aws.errors import UncommittedError, UserError
from pass_aws.keys import access_key, drop_sessions, journal
from pass_aws.keys.stored import stored
from pass_aws.model import Credentials, tail
from pass_aws.store import entry, entry_names
from pass_aws.text.quoting import quote

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pass_aws.context import Context
    from pass_aws.keys.import_formats import Found
    from pass_aws.store.entry import Entry

NEW, SAME, CONFLICT, REFUSED = "new", "already stored", "conflict", "refused"


class Verdict(NamedTuple):
    """The decision about a key.

    Args:
        found: the key.
        state: NEW, SAME, CONFLICT (another key is stored under the name) or REFUSED.
        reason: for people; empty for NEW.
        before: the entry that is stored under the name.
        owner: the ARN from AWS; empty if AWS was not called.
    """

    found: Found
    state: str
    reason: str = ""
    before: Entry | None = None
    owner: str = ""


def judge(found: Iterable[Found], context: Context, *, verify: bool) -> list[Verdict]:
    """Decides about each key, and writes nothing."""
    verdicts, seen = [], set[str]()
    for one in found:
        verdict = _judged(one, context, verify=verify)
        if one.name in seen:
            verdict = Verdict(one, REFUSED, "two keys for one profile")
        seen.add(one.name)
        verdicts.append(verdict)
    return verdicts


def _judged(found: Found, context: Context, *, verify: bool) -> Verdict:
    if found.token:
        return Verdict(found, REFUSED, "it has a session token, so it expires")
    try:
        entry_names.check_name(found.name)
        access_key.refuse_impossible(found.key_id, found.secret)
        present = stored(found.name, context) if context.store.exists(found.name) else None
    except UserError as error:
        return Verdict(found, REFUSED, str(error))
    before = present.entry if present else None
    if before and (before.credentials.access_key_id, before.credentials.secret_access_key) == (
        found.key_id,
        found.secret,
    ):
        return Verdict(found, SAME, "", before)
    owner = ""
    if verify:
        try:
            settings = profile_lookup.settings_of(found.name, context, stored=True)
            key = Credentials(found.key_id, found.secret)
            owner = context.aws.caller_identity(key, settings.endpoint()).arn
        except UserError as error:
            return Verdict(found, REFUSED, str(error), before)
    if present:
        old = tail(before.credentials.access_key_id) if before else "an unreadable entry"
        return Verdict(found, CONFLICT, f"{old} is stored", before, owner)
    return Verdict(found, NEW, "", None, owner)


def table(verdicts: Iterable[Verdict]) -> list[str]:
    """A table of the decisions, one line per key; shows only the end of a key id."""
    cells = [("Profile", "Key", "From", "What")]
    for one in verdicts:
        what = ": ".join(filter(None, (one.state, one.reason or one.owner)))
        cells.append((one.found.name or "-", tail(one.found.key_id), one.found.origin, what))
    widths = [max(len(row[at]) for row in cells) + 2 for at in range(3)]
    return ["".join(f"{row[at]:<{widths[at]}}" for at in range(3)) + row[3] for row in cells]


def store(verdict: Verdict, context: Context) -> None:
    """Stores a key and reads it back, so that its source may be removed.

    Raises:
        UserError: it is not stored; or, an UncommittedError, not committed.
    """
    found = verdict.found
    before = journal.without(verdict.before) if verdict.before else None
    text = entry.render(found.name, found.key_id, found.secret, before)
    uncommitted = None
    with drop_sessions.around(context, found.name):
        try:
            context.store.write(found.name, text, _message(verdict, context), must_read_back=True)
        except UncommittedError as error:
            uncommitted = error
    context.tell(f"stored the key {tail(found.key_id)} for profile {found.name}")
    if uncommitted:
        raise uncommitted


def finish(verdict: Verdict, context: Context) -> None:
    """Commits what a killed run has stored."""
    context.store.finish(verdict.found.name, _message(verdict, context))


def _message(verdict: Verdict, context: Context) -> str:
    return f"Import {context.store.label(verdict.found.name)} from {_kind(verdict.found.origin)}."


def _kind(origin: str) -> str:
    """The kind of source for a commit message, without private paths."""
    return "file" if "/" in origin and not origin.startswith("entry ") else origin


def advice(names: Iterable[str]) -> list[str]:
    """Advice after an import."""
    quoted = " ".join(map(quote, names))
    return [
        (
            "copies may remain in backups, shell history and old terminals;"
            f" to make them worthless, run pass aws rotate {quoted}"
        ),
        f"for programs that read the AWS files, run pass aws configure {quoted}",
    ]
