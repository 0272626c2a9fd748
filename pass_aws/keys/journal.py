"""The journal of a rotation: its progress, stored in the entry itself with the key."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from pass_aws.errors import UserError
from pass_aws.model import Credentials
from pass_aws.store import entry
from pass_aws.store.entry import Entry
from pass_aws.text.quoting import command

if TYPE_CHECKING:
    from collections.abc import Mapping

FIELD = "rotation"
"""The item's top-level field; aws-vault ignores it."""
CREATE, PENDING, RETIRE, INACTIVE = "create", "pending", "retire", "inactive"
OTHER = {PENDING: "pending", RETIRE: "previous", INACTIVE: "previous"}
"""The name of the second key in the field, by state; in `create` there is none yet."""


class Journal(NamedTuple):
    """The progress of a rotation.

    Args:
        state: `create`: a new key is about to be created; `pending`: it is stored with the old one, which
            is still in use; `retire`: the new one is in use, the old one may still exist; `inactive`: the
            old one was deactivated and is kept.
        arn: the user who owns the keys.
        old: id of the key to replace.
        known: ids of all keys that the user had before.
        at: Unix seconds of the last step.
        host: the machine that did the last step.
        other: the new key (`pending`) or the old one (`retire`, `inactive`).
        keep: whether the old key is kept inactive at the end, not deleted.
    """

    state: str
    arn: str
    old: str
    known: tuple[str, ...]
    at: int = 0
    host: str = ""
    other: Credentials | None = None
    keep: bool = False

    def __repr__(self) -> str:
        """No secret."""
        return f"Journal({self.state}, {self.other!r})"


def read(found: Entry, name: str) -> Journal | None:
    """The journal in an entry; None if there is no unfinished rotation.

    Raises:
        UserError: it is invalid.
    """
    raw = found.others.get(FIELD)
    if raw is None or raw == "null":
        return None
    try:
        return _parsed(json.loads(raw))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise UserError(
            f"the entry {name} has a rotation field that pass aws did not write",
            hint=f"store the key again: {command('pass', 'aws', 'add', name, '--force')}",
        ) from None


def _parsed(field: Mapping[str, Any]) -> Journal:
    state = field["state"]
    other = None
    if state in OTHER:
        key = field[OTHER[state]]
        other = Credentials(_text(key["AccessKeyID"]), _text(key["SecretAccessKey"]))
    elif state != CREATE:
        raise ValueError(state)
    return Journal(
        state,
        _text(field["arn"]),
        _text(field["old"]),
        tuple(map(_text, field["known"])),
        int(datetime.fromisoformat(field["at"]).timestamp()),
        _text(field["host"]),
        other,
        keep=_flag(field.get("keep", False)),  # older versions did not record it
    )


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(value)
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError(value)
    return value


def without(found: Entry) -> Entry:
    """The entry without its journal, which would be wrong for another key."""
    others = {field: raw for field, raw in found.others.items() if field != FIELD}
    return Entry(found.credentials, others, found.inner)


def render(name: str, key: Credentials, journal: Journal | None, before: Entry) -> bytes:
    """The entry's new text.

    Args:
        name: of the entry.
        key: the one in use.
        journal: the progress of the rotation; None if it is finished.
        before: the current entry; its other content is kept.
    """
    others = without(before).others
    if journal is not None:
        others[FIELD] = json.dumps(_field(journal), separators=(",", ":"))
    account = before.credentials.account_id
    kept = Entry(Credentials(key.access_key_id, "", account_id=account), others, before.inner)
    return entry.render(name, key.access_key_id, key.secret_access_key, kept)


def _field(journal: Journal) -> dict[str, Any]:
    field: dict[str, Any] = {
        "state": journal.state,
        "arn": journal.arn,
        "old": journal.old,
        "known": journal.known,
        "at": datetime.fromtimestamp(journal.at, UTC).isoformat(),
        "host": journal.host,
        **({"keep": True} if journal.keep else {}),
    }
    if journal.other is not None:
        field[OTHER[journal.state]] = {
            "AccessKeyID": journal.other.access_key_id,
            "SecretAccessKey": journal.other.secret_access_key,
        }
    return field
