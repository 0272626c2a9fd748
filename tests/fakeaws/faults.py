"""Faults to inject at the n-th call of an action."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, NamedTuple

from fakeaws.wire import Refused, Response

if TYPE_CHECKING:
    from collections.abc import Callable


def _same(response: Response) -> Response:
    return response


class Fault(NamedTuple):
    """A fault.

    Attributes:
        work: whether the call is carried out, whatever the client gets.
        refused: AWS's refusal, if the call is not carried out.
        wait: seconds between the work and the answer; `end_waits` and `stop` cut it short.
        change: of the answer.
    """

    name: str = ""
    work: bool = True
    refused: Refused | None = None
    wait: float = 0.0
    change: Callable[[Response], Response] = _same


NONE = Fault()


def error(code: str, message: str = "", status: int = 400) -> Fault:
    """AWS refuses with this code; nothing is done."""
    return Fault(code, work=False, refused=Refused(code, message or code, status))


def internal() -> Fault:
    """A 500."""
    message = "An internal error has occurred"
    return error("InternalFailure", message, 500)


def unavailable() -> Fault:
    """A 503."""
    return error("ServiceUnavailable", "Service is unable to handle request.", 503)


def throttled() -> Fault:
    """Too many calls."""
    return error("Throttling", "Rate exceeded", 400)


def hang(seconds: float = 600.0, *, work: bool = False) -> Fault:
    """No answer for a number of seconds, then the connection ends."""
    return Fault("hang", work=work, wait=seconds, change=lambda response: response._replace(lost=True))


def slow(seconds: float) -> Fault:
    """The correct answer, late."""
    return Fault("slow", wait=seconds)


def lost() -> Fault:
    """The call is carried out; the connection ends before the answer."""
    return Fault("lost", change=lambda response: response._replace(lost=True))


def garbage(body: bytes = b"\x00\xff<not xml", *, status: int = 200, kind: str = "text/xml") -> Fault:
    """Bytes that are not an answer; nothing is done."""
    return Fault("garbage", work=False, change=lambda _: Response(status, kind, body))


def truncated(keep: float = 0.5, *, honest: bool = False) -> Fault:
    """The call is carried out; the answer stops in the middle.

    Args:
        keep: the share of the body that arrives.
        honest: whether Content-Length agrees with the sent bytes, so that only the parser can notice.
    """

    def change(response: Response) -> Response:
        size = int(len(response.body) * keep)
        if honest:
            return response._replace(body=response.body[:size])
        return response._replace(cut=size)

    return Fault("truncated", change=change)


def wrong_date(seconds: float) -> Fault:
    """The correct answer with a Date header that is ahead."""
    return Fault("wrong date", change=lambda response: response._replace(date=seconds))


class Due:
    """A fault and its calls, counted from the injection."""

    def __init__(self, action: str, fault: Fault, first: int, times: int) -> None:
        self.action, self.fault = action, fault
        self._first, self._end = first, first + times
        self._seen = 0

    def take(self, action: str) -> bool:
        """Counts the call if it is of this action, and returns whether the fault applies to it."""
        if self.action not in (action, "*"):
            return False
        self._seen += 1
        return self._first <= self._seen < self._end


class Faults:
    """All pending faults; the earliest one is applied."""

    def __init__(self) -> None:
        self._due: list[Due] = []
        self._lock = threading.Lock()

    def add(self, due: Due) -> None:
        """Adds a fault."""
        with self._lock:
            self._due.append(due)

    def clear(self) -> None:
        """Forgets all faults."""
        with self._lock:
            self._due.clear()

    def take(self, action: str) -> Fault:
        """The fault for this call, or NONE."""
        with self._lock:
            struck = [due.fault for due in self._due if due.take(action)]
        return struck[0] if struck else NONE
