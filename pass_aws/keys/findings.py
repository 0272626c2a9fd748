"""The facts about a stored key, and the problems that need action."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pass_aws.aws import values
from pass_aws.keys.verdicts import DAY
from pass_aws.model import tail
from pass_aws.system.child_environment import moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


class Known(NamedTuple):
    """The facts about one stored key, without its secret.

    Args:
        profile: name of the entry.
        key_id: empty if the entry cannot be read.
        trouble: why the entry cannot be read, or AWS not be called; empty if there was no error.
        unknown: AWS does not know the key: it is deleted, or inactive.
        account: as pinned in the entry.
        created: Unix seconds from IAM; None if IAM was not called.
        used: Unix seconds of its last use; None for never, or if IAM was not called.
        asked: whether IAM has answered.
        changed: Unix seconds of the entry's last change in git; None without git.
        readers: ids of the keys that the entry is encrypted for.
        wanted: ids of the keys that `.gpg-id` names now.
        swapped: the name in the entry, if it is not the entry's own.
        plain: whether the same key is in the AWS credentials file.
        rotation: the state of an unfinished rotation.
        older_than: the age in seconds from which a key is old.
    """

    profile: str
    older_than: int
    key_id: str = ""
    trouble: str = ""
    unknown: bool = False
    account: str = ""
    created: int | None = None
    used: int | None = None
    asked: bool = False
    changed: int | None = None
    readers: frozenset[str] = frozenset()
    wanted: frozenset[str] = frozenset()
    swapped: str = ""
    plain: bool = False
    rotation: str = ""


def problems(known: Known, same: Iterable[str], now: float) -> list[str]:
    """The problems that need action, in a few words each; the age from git is used if IAM's is unknown.

    Args:
        known: the key.
        same: other profiles with the same key.
        now: Unix seconds.
    """
    since = known.created if known.created is not None else known.changed
    days = int((now - since) // DAY) if since is not None else 0
    idle = known.asked and known.created is not None and _idle(known, now)
    others = sorted(same)
    found = (
        (bool(known.trouble and not known.key_id), f"cannot be read: {known.trouble}"),
        (bool(known.swapped), f"was written for {known.swapped}"),
        (known.unknown, "AWS does not know it: deleted or inactive"),
        (since is not None and now - since >= known.older_than, f"{days} days old"),
        (idle, "unused"),
        (bool(others), f"same key as {', '.join(others)}"),
        (known.plain, "also in plain text in the credentials file"),
        (bool(known.rotation), f"rotation unfinished ({known.rotation})"),
        (bool(known.readers - known.wanted), "readable by keys that are not in .gpg-id"),
        (
            bool(known.readers) and bool(known.wanted - known.readers),
            "not readable by all keys in .gpg-id",
        ),
    )
    return [text for holds, text in found if holds]


def same(one: Known, known: Iterable[Known]) -> list[str]:
    """The other profiles with the same key."""
    return [
        other.profile for other in known if other is not one and one.key_id and other.key_id == one.key_id
    ]


def table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """A table with one line per key."""
    cells = [HEAD, *rows]
    widths = [max(len(row[at]) for row in cells) + 2 for at in range(len(HEAD) - 1)]
    return ["".join(f"{row[at]:<{widths[at]}}" for at in range(len(widths))) + row[-1] for row in cells]


def _idle(known: Known, now: float) -> bool:
    last = known.used if known.used is not None else known.created
    return last is not None and now - last >= known.older_than


def row(known: Known, found: list[str], now: float) -> tuple[str, ...]:
    """The cells of a line: profile, account, key, age, last use, number of readers, problems."""
    since = known.created if known.created is not None else known.changed
    age = (
        f"{'' if known.created is not None else '~'}{int((now - since) // DAY)}d"
        if since is not None
        else "-"
    )
    used = (
        "-"
        if not known.asked
        else "never"
        if known.used is None
        else f"{int((now - known.used) // DAY)}d ago"
    )
    derived = values.account_of(known.key_id)
    account = known.account or (f"~{derived}" if derived else "-")
    note = f"cannot ask AWS: {known.trouble}" if known.trouble and known.key_id else ""
    what = "; ".join([*found, *([note] if note else [])]) or "ok"
    shown = tail(known.key_id) if known.key_id else "-"
    age = _days(known.created, now) if known.created is not None else _days(known.changed, now, mark="~")
    return (known.profile, account, shown, age, used, str(len(known.readers) or "-"), what)


def _days(then: int | None, now: float, none: str = "-", after: str = "", *, mark: str = "") -> str:
    return none if then is None else f"{mark}{int((now - then) // DAY)}d{after}"


HEAD = ("Profile", "Account", "Key", "Age", "Used", "Readers", "What")


def record(known: Known, found: list[str]) -> Mapping[str, object]:
    """The facts as a JSON object."""
    return {
        "profile": known.profile,
        "key": tail(known.key_id) if known.key_id else None,
        "account": known.account or values.account_of(known.key_id) or None,
        "account_derived": not known.account,
        "created": moment(known.created) if known.created is not None else None,
        "last_used": moment(known.used) if known.used is not None else None,
        "asked": known.asked,
        "entry_changed": moment(known.changed) if known.changed is not None else None,
        "readers": sorted(known.readers),
        "rotation": known.rotation or None,
        "trouble": known.trouble or None,
        "problems": found,
    }
