"""Deletes the sessions of keys that change."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from pass_aws.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pass_aws.context import Context


@contextmanager
def around(context: Context, *names: str) -> Iterator[list[int]]:
    """Deletes the sessions of keys before they change, and again afterwards.

    Before, so that a run that is killed after its last write leaves none; afterwards, for sessions that
    another process has made in the meantime, even if git refuses the commit.

    Args:
        context: the doors.
        names: of the keys.

    Yields:
    The numbers of deleted sessions, one for each time and key.

    Raises:
        UserError: tickets would stay valid; nothing was changed.
    """
    context.tickets.distrust()
    dropped = [now(context, name) for name in names]
    try:
        yield dropped
    finally:
        dropped += [now(context, name) for name in names]


def now(context: Context, name: str) -> int:
    """Deletes the sessions of a key; if one cannot be removed, warns and continues."""
    try:
        return context.tickets.drop_entry(name)
    except UserError as error:
        context.warn(f"warning: {error}; {error.hint}")
        return 0
