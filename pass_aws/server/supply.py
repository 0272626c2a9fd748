"""Credentials that are renewed before they run out: in a thread, one renewal at a time, without questions."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from typing import TYPE_CHECKING

from pass_aws.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pass_aws.model import Credentials

PATIENCE = 8.0
"""Seconds a request waits for a renewal; SDKs wait one or two, and ask again."""
AGAIN = 5.0
"""Seconds after a renewal that failed before a request begins another one."""
LATER = 30.0
"""The same for those that nobody has asked for."""
LOOK = 1.0
"""Seconds between two looks at the clock: a machine that slept has missed the time."""


class Supply:
    """What the server hands out.

    Args:
        fetch: gets credentials; runs in a thread, asks nobody.
        clock: Unix seconds.
        wanted: seconds of life that credentials should have left.
        tell: says something to the user, once.
        first: what is there already.
    """

    def __init__(
        self,
        fetch: Callable[[], Credentials],
        clock: Callable[[], float],
        wanted: int,
        tell: Callable[[str], None],
        first: Credentials | None = None,
    ) -> None:
        self._fetch, self._clock, self._wanted, self._tell = fetch, clock, wanted, tell
        self._now = first
        self._due = self._next(first) if first else clock()
        self._renewal: asyncio.Task[None] | None = None
        self._failed_at = 0.0
        self.reason = ""

    async def current(self) -> Credentials | None:
        """Credentials that live; None where there are none, and `reason` says why.

        While they live, a renewal keeps nobody waiting.
        """
        if self._now is None or self._left() <= 0:
            if self._clock() - self._failed_at >= AGAIN or self._running():
                await asyncio.wait([self._begun()], timeout=PATIENCE)
        elif self._clock() >= self._due:
            self._begun()
        return self._now if self._now and self._left() > 0 else None

    async def keep(self) -> None:
        """Renews whenever it is time, until it is cancelled. What nobody has asked for yet is left alone."""
        while True:
            await asyncio.sleep(LOOK)
            if self._now is not None and self._clock() >= self._due:
                await self._begun()

    def _left(self) -> float:
        return (self._now.expires or 0) - self._clock() if self._now else 0.0

    def _running(self) -> bool:
        return self._renewal is not None and not self._renewal.done()

    def _begun(self) -> asyncio.Task[None]:
        """The renewal that runs; a new one if there is none."""
        if self._renewal is None or self._renewal.done():
            self._renewal = asyncio.create_task(self._renew())
        return self._renewal

    async def _renew(self) -> None:
        try:
            found = await _in_thread(self._fetch)
        except UserError as error:
            self._failed(f"{error}; {error.hint}" if error.hint else str(error))
        except Exception as error:  # noqa: BLE001 - a defect of ours ends no server, and its text may hold a secret
            self._failed(f"a bug in pass aws: {type(error).__name__}")
        else:
            self._now, self._due, self.reason = found, self._next(found), ""

    def _failed(self, reason: str) -> None:
        self._failed_at = self._clock()
        self._due = self._failed_at + LATER
        self.reason = reason
        self._tell(f"credentials cannot be renewed: {reason}")

    def _next(self, found: Credentials) -> float:
        """When to renew: when less life is left than is wanted; what lives shorter, at half of that."""
        now = self._clock()
        left = (found.expires or 0) - now
        return now + (left - self._wanted if left > self._wanted else max(left / 2, AGAIN))


async def _in_thread(fetch: Callable[[], Credentials]) -> Credentials:
    """Runs it in a thread that nobody waits for: the end of the server is not kept waiting by AWS."""
    loop = asyncio.get_running_loop()
    found: asyncio.Future[Credentials] = loop.create_future()

    def settle(credentials: Credentials | None, error: Exception | None) -> None:
        if found.cancelled():
            return
        if error is not None:
            found.set_exception(error)
        elif credentials is not None:
            found.set_result(credentials)

    def work() -> None:
        credentials: Credentials | None = None
        raised: Exception | None = None
        try:
            credentials = fetch()
        except Exception as error:  # noqa: BLE001 - it is raised where it is awaited
            raised = error
        with contextlib.suppress(RuntimeError):  # the server has ended meanwhile
            loop.call_soon_threadsafe(settle, credentials, raised)

    threading.Thread(target=work, daemon=True).start()
    return await found
