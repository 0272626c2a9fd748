"""Decisions of a rotation: the key's owner, other keys in the way, whether to continue a journal."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pass_aws.errors import UserError
from pass_aws.keys.journal import CREATE, INACTIVE, PENDING
from pass_aws.model import tail
from pass_aws.text import durations
from pass_aws.text.quoting import quote

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pass_aws.aws.iam import ListedKey
    from pass_aws.keys.journal import Journal
    from pass_aws.text.answers import Identity

DAY = 86_400
UNUSED = 90 * DAY
"""Seconds without use after which `--delete-other` deletes an active key."""
FOREIGN = 3600
"""Seconds during which we do not take over another machine's rotation."""
SLACK = 300
"""Seconds by which AWS's clock and ours may differ."""


class Other(NamedTuple):
    """The user's second key, and when it was last used; None for never."""

    key: ListedKey
    used: int | None


def check_user(who: Identity, name: str) -> None:
    """Checks that a key belongs to an IAM user.

    Raises:
        UserError: it belongs to the root user, a role or a federated user, whose keys cannot be rotated here.
    """
    resource = who.arn.split(":", 5)[-1]
    if not resource.startswith("user/"):
        what = f"the root user of account {who.account}" if resource == "root" else who.arn
        raise UserError(
            f"the key of {name} belongs to {what}, not to an IAM user",
            hint="create an IAM user with its own key; delete a root user's key in the console",
        )


def user_name(arn: str) -> str:
    """The user's name in `arn:aws:iam::111111111111:user/path/alice`."""
    return arn.rpartition("/")[2]


def split(listed: Sequence[ListedKey], current: str, name: str) -> tuple[ListedKey, list[ListedKey]]:
    """The key in use as IAM lists it, and the user's other keys.

    Raises:
        UserError: IAM does not list the key in use.
    """
    own = next((key for key in listed if key.key_id == current), None)
    if own is None:
        raise UserError(
            f"IAM does not list the key {tail(current)} of {name} for its user",
            hint=f"it may be deleted; run pass aws whoami {quote(name)} to see whether it works",
        )
    return own, [key for key in listed if key is not own]


def in_the_way(other: Other, again: str, now: float) -> UserError:
    """The error for a user with two keys: AWS allows no third; the hint is about the second one.

    Args:
        other: the second key.
        again: the command that deletes it first.
        now: Unix seconds.
    """
    hint = (
        f"if nothing needs it, run {again}"
        if deletable(other, now)
        else f"check what uses it; when it is inactive or unused for {UNUSED // DAY} days, run {again}"
    )
    return UserError(f"the user already has two keys, the limit at AWS: {described(other, now)}", hint=hint)


def deletable(other: Other, now: float) -> bool:
    """Whether the key is not needed: it is inactive, or has not been used for a long time."""
    last = other.key.created if other.used is None else other.used
    return not other.key.active or now - last >= UNUSED


def described(other: Other, now: float) -> str:
    """A description of a key."""
    used = "never used" if other.used is None else f"last used {ago(other.used, now)}"
    state = "active" if other.key.active else "inactive"
    return f"{other.key.key_id}, {state}, created {ago(other.key.created, now)}, {used}"


def ago(then: float, now: float) -> str:
    """`3 days ago`; `today` for less than one."""
    days = int((now - then) // DAY)
    return "today" if days < 1 else f"{days} day{'s' * (days > 1)} ago"


def orphans(listed: Sequence[ListedKey], journal: Journal) -> list[ListedKey]:
    """The keys that were created since a rotation began: if we created them, their secrets are lost."""
    return [key for key in listed if key.key_id not in journal.known and key.created >= journal.at - SLACK]


def check_foreign(journal: Journal, name: str, host: str, now: float) -> None:
    """Lets another machine finish its rotation, for an hour.

    Raises:
        UserError: it is too early to take the rotation over.
    """
    if journal.host != host and now - journal.at < FOREIGN:
        minutes = max(1, int((now - journal.at) // 60))
        raise UserError(
            f"{journal.host} began to rotate the key of {name} {minutes} min ago and has not finished",
            hint=f"finish it there, then pull; if you cannot, run pass aws rotate {quote(name)} --resume",
        )


def check_key(journal: Journal, current: str, name: str) -> None:
    """Checks that the journal is about the key in the entry.

    Raises:
        UserError: the key was replaced while its rotation was unfinished.
    """
    in_use = journal.old if journal.state in (CREATE, PENDING) else ""
    second = journal.other.access_key_id if journal.other else ""
    if (in_use and current != in_use) or current == second:
        left = dict.fromkeys(key for key in (journal.old, second) if key and key != current)
        raise UserError(
            f"the key of {name} was replaced during its rotation; AWS may still have {' and '.join(left)}",
            hint=f"delete these keys in IAM, then run pass aws add {quote(name)} --force",
        )


def check_state(state: str, name: str, *, finish: bool, goes_back: bool) -> None:
    """Checks that the request is possible in the current state of the rotation.

    Raises:
        UserError: another step is needed first.
    """
    command = f"pass aws rotate {quote(name)}"
    if state == INACTIVE and not (finish or goes_back):
        raise UserError(
            f"the last rotation of {name} kept the old key, inactive",
            hint=f"run {command} --finish to delete it, or {command} --abort to go back to it",
        )
    if finish and state in (CREATE, PENDING):
        raise UserError(
            f"the old key of {name} cannot be deleted, because the new one is not in use yet",
            hint=f"run {command} --resume",
        )


def way_on(state: str, hint: str, command: Callable[[str], str]) -> str:
    """The hint for an error that left a rotation unfinished: the error's own hint, then how to continue."""
    go_on = command("--finish" if state == INACTIVE else "--resume")
    way = f"run {go_on}, or {command('--abort')} to keep the old key"
    return f"{hint}; then {way}" if hint else way


def age(text: str) -> int:
    """Seconds from `90d`, or from a duration as in other options.

    Raises:
        ValueError: it is neither.
    """
    days = text.removesuffix("d")
    if days != text and days.isascii() and days.isdigit():
        return int(days[:6]) * DAY
    return durations.parse(text)
