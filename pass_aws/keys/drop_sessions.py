"""Dropping the sessions of keys that are about to change."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

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
    """
    dropped = [context.tickets.drop_entry(name) for name in names]
    try:
        yield dropped
    finally:
        dropped += [context.tickets.drop_entry(name) for name in names]
