"""Dropping the sessions of keys that are about to change."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from pass_aws.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pass_aws.context import Context


@contextmanager
def around(context: Context, *names: str) -> Iterator[list[int]]:
    """Drops what may have been made with some keys before they change, and again afterwards.

    Before, so that a run that is killed after its last write leaves none; afterwards, for what another
    process has made meanwhile, and also where git has refused the commit.

    Args:
        context: the doors.
        names: of the keys.

    Yields:
        The numbers of sessions that were dropped, one for each time and key.

    Raises:
        UserError: tickets would go on counting; nothing has changed.
    """
    context.tickets.distrust()
    dropped = [now(context, name) for name in names]
    try:
        yield dropped
    finally:
        dropped += [now(context, name) for name in names]


def now(context: Context, name: str) -> int:
    """Drops what may have been made with a key; what cannot be removed costs a warning, not the change."""
    try:
        return context.tickets.drop_entry(name)
    except UserError as error:
        context.warn(f"warning: {error}; {error.hint}")
        return 0
