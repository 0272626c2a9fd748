"""The time at the fake: what its clock shows, and how far it is from its clients'."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Clock:
    """Two dials, because clients sign with the real time.

    Attributes:
        ahead: seconds that have passed at AWS only; sessions, codes and new keys age by it, signatures don't.
        skew: seconds that AWS's clock is ahead of the clients'; signatures and the Date header follow it too.
    """

    def __init__(self, source: Callable[[], float] = time.time) -> None:
        self._source = source
        self.ahead = 0.0
        self.skew = 0.0

    def wall(self) -> float:
        """What AWS's clock shows to its clients, in Unix seconds."""
        return self._source() + self.skew

    def now(self) -> float:
        """The time by which things expire, in Unix seconds."""
        return self.wall() + self.ahead

    def advance(self, seconds: float) -> None:
        """Lets time pass at AWS without anybody waiting."""
        self.ahead += seconds

    def begin_step(self, seconds: float = 30) -> None:
        """Moves on to where a time step begins, so that a test has the whole step for itself."""
        self.advance(seconds - self.now() % seconds + 0.5)


def utc(seconds: float) -> datetime:
    """Unix seconds as a datetime, cut to whole seconds as AWS shows them."""
    return datetime.fromtimestamp(int(seconds), UTC)


def compact(seconds: float) -> str:
    """Unix seconds as SigV4 writes them: 20261122T101500Z."""
    return utc(seconds).strftime("%Y%m%dT%H%M%SZ")
