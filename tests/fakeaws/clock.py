"""The time at the fake: its clock, and the difference from its clients' clocks."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Clock:
    """Two settings, because clients sign with the real time.

    Attributes:
        ahead: seconds that have passed only at AWS; they age sessions, codes and new keys, but not signatures.
        skew: seconds by which AWS's clock is ahead of the clients'; signatures and the Date header follow it, too.
    """

    def __init__(self, source: Callable[[], float] = time.time) -> None:
        self._source = source
        self.ahead = 0.0
        self.skew = 0.0

    def wall(self) -> float:
        """The time that AWS's clock shows to its clients, in Unix seconds."""
        return self._source() + self.skew

    def now(self) -> float:
        """The time for expiries, in Unix seconds."""
        return self.wall() + self.ahead

    def advance(self, seconds: float) -> None:
        """Lets time pass at AWS without a wait."""
        self.ahead += seconds

    def begin_step(self, seconds: float = 30) -> None:
        """Advances to the beginning of a time step, so that a test has the whole step."""
        self.advance(seconds - self.now() % seconds + 0.5)


def utc(seconds: float) -> datetime:
    """Unix seconds as a datetime, in whole seconds as AWS shows them."""
    return datetime.fromtimestamp(int(seconds), UTC)


def compact(seconds: float) -> str:
    """Unix seconds in SigV4's form: 20261122T101500Z."""
    return utc(seconds).strftime("%Y%m%dT%H%M%SZ")
