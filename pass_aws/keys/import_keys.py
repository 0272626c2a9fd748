"""Importing: keys found elsewhere are judged, shown, proved, stored and read back."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pass_aws.credentials import resolve
from pass_aws.errors import UncommittedError, UserError
from pass_aws.keys import access_key, drop_sessions, journal
from pass_aws.keys.stored import stored
from pass_aws.model import Credentials, tail
from pass_aws.store import entry
from pass_aws.text.quoting import quote

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pass_aws.context import Context
    from pass_aws.keys.import_formats import Found
    from pass_aws.store.entry import Entry

NEW, SAME, CONFLICT, REFUSED = "new", "stored already", "conflict", "refused"


class Verdict(NamedTuple):
    """What becomes of a key that was found.

    Args:
        found: the key.
        state: NEW, SAME, CONFLICT (another key is stored under the name) or REFUSED.
        reason: for people; empty for NEW.
        before: the entry that is stored under the name.
        owner: the ARN AWS named; empty where it was not asked.
    """

    found: Found
    state: str
    reason: str = ""
    before: Entry | None = None
    owner: str = ""


def judge(found: Iterable[Found], context: Context, *, verify: bool) -> list[Verdict]:
    """What would become of each key; nothing is written."""
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
        entry.check_name(found.name)
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
            settings = resolve.settings_of(found.name, context, stored=True)
            key = Credentials(found.key_id, found.secret)
            owner = context.aws.caller_identity(key, settings.endpoint()).arn
        except UserError as error:
            return Verdict(found, REFUSED, str(error), before)
    if present:
        old = tail(before.credentials.access_key_id) if before else "what cannot be read"
        return Verdict(found, CONFLICT, f"{old} is stored", before, owner)
    return Verdict(found, NEW, "", None, owner)


def table(verdicts: Iterable[Verdict]) -> list[str]:
    """What would become of each key, side by side, a line each; only the end of a key id is shown."""
    cells = [("Profile", "Key", "From", "What")]
    for one in verdicts:
        what = ": ".join(filter(None, (one.state, one.reason or one.owner)))
        cells.append((one.found.name or "-", tail(one.found.key_id), one.found.origin, what))
    widths = [max(len(row[at]) for row in cells) + 2 for at in range(3)]
    return ["".join(f"{row[at]:<{widths[at]}}" for at in range(3)) + row[3] for row in cells]


def store(verdict: Verdict, context: Context) -> None:
    """Stores a key, and reads it back: its source may go.

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
    """Commits what a run that was killed had stored."""
    context.store.finish(verdict.found.name, _message(verdict, context))


def _message(verdict: Verdict, context: Context) -> str:
    return f"Import {context.store.label(verdict.found.name)} from {_kind(verdict.found.origin)}."


def _kind(origin: str) -> str:
    """The source as a commit may say it: paths are nobody else's business."""
    return "file" if "/" in origin and not origin.startswith("entry ") else origin


def advice(names: Iterable[str]) -> list[str]:
    """What to think of after an import."""
    quoted = " ".join(map(quote, names))
    return [
        (
            "other copies may be in backups, shell history and old terminals;"
            f" to make them worthless: pass aws rotate {quoted}"
        ),
        f"for programs that read the AWS files: pass aws configure {quoted}",
    ]
