"""Renews credentials before they expire: in a thread, one renewal at a time, without prompts."""

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
"""Seconds that a request waits for a renewal; SDKs wait one or two, and try again."""
AGAIN = 5.0
"""Seconds after a failed renewal before a request starts another one."""
LATER = 30.0
"""Seconds after a failed renewal before the next one without a request."""
LOOK = 1.0
"""Seconds between two checks of the clock, since the machine may have been suspended."""


class Supply:
    """The credentials that the server serves.

    Args:
        fetch: gets credentials; runs in a thread, without prompts.
        clock: Unix seconds.
        wanted: seconds of life that credentials should have left.
        tell: prints a message for the user, once.
        first: the first credentials, if there are any.
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
        """Valid credentials; None if there are none, and `reason` says why.

        While the current ones are valid, requests do not wait for a renewal.
        """
        if self._now is None or self._left() <= 0:
            if self._clock() - self._failed_at >= AGAIN or self._running():
                await asyncio.wait([self._begun()], timeout=PATIENCE)
        elif self._clock() >= self._due:
            self._begun()
        return self._now if self._now and self._left() > 0 else None

    async def keep(self) -> None:
        """Renews in time until it is cancelled; does nothing before the first request."""
        while True:
            await asyncio.sleep(LOOK)
            if self._now is not None and self._clock() >= self._due:
                await self._begun()

    def _left(self) -> float:
        return (self._now.expires or 0) - self._clock() if self._now else 0.0

    def _running(self) -> bool:
        return self._renewal is not None and not self._renewal.done()

    def _begun(self) -> asyncio.Task[None]:
        """The current renewal; starts one if there is none."""
        if self._renewal is None or self._renewal.done():
            self._renewal = asyncio.create_task(self._renew())
        return self._renewal

    async def _renew(self) -> None:
        try:
            found = await _in_thread(self._fetch)
        except UserError as error:
            self._failed(f"{error}; {error.hint}" if error.hint else str(error))
        except Exception as error:  # noqa: BLE001 - our bug must not end the server, and its text may contain a secret
            self._failed(f"a bug in pass aws: {type(error).__name__}")
        else:
            self._now, self._due, self.reason = found, self._next(found), ""

    def _failed(self, reason: str) -> None:
        self._failed_at = self._clock()
        self._due = self._failed_at + LATER
        self.reason = reason
        self._tell(f"cannot renew the credentials: {reason}")

    def _next(self, found: Credentials) -> float:
        """The time of the next renewal: when less life is left than wanted, or at half of a shorter life."""
        now = self._clock()
        left = (found.expires or 0) - now
        return now + (left - self._wanted if left > self._wanted else max(left / 2, AGAIN))


async def _in_thread(fetch: Callable[[], Credentials]) -> Credentials:
    """Runs it in a daemon thread, so that the server can end without waiting for AWS."""
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
        except Exception as error:  # noqa: BLE001 - raised where it is awaited
            raised = error
        with contextlib.suppress(RuntimeError):  # the server has ended
            loop.call_soon_threadsafe(settle, credentials, raised)

    threading.Thread(target=work, daemon=True).start()
    return await found
