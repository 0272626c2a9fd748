"""botocore's HTTP session, with limits of time and size for each answer.

botocore limits each read only, so one byte every few seconds would keep it for ever, and any size is read.
This module loads botocore; import it when a call is made.
"""

from __future__ import annotations

import http.client
import io
import socket
import threading
from time import monotonic
from typing import TYPE_CHECKING, Any

from botocore.awsrequest import (
    AWSHTTPConnection,
    AWSHTTPConnectionPool,
    AWSHTTPSConnection,
    AWSHTTPSConnectionPool,
)
from botocore.exceptions import BotoCoreError
from botocore.httpsession import URLLib3Session

from pass_aws.aws.http_answer import TooLargeError
from pass_aws.aws.http_post import LARGEST, LONGEST

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

TOO_LARGE = f"it is larger than {LARGEST:,} bytes"
NO_DELAY = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)]
"""What botocore sets on the connections of its clients."""


class Limits:
    """What is left for one attempt.

    Args:
        seconds: from now on.
    """

    def __init__(self, seconds: float) -> None:
        self._end = monotonic() + seconds
        self._bytes = LARGEST
        self.exceeded = False
        """Whether the answer was too large."""

    def left(self) -> float:
        """Seconds until the attempt ends.

        Raises:
            TimeoutError: none.
        """
        left = self._end - monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        return left

    def count(self, size: int) -> None:
        """Takes off what has been read.

        Raises:
            TooLargeError: it is too much.
        """
        self._bytes -= size
        if self._bytes < 0:
            self.exceeded = True
            raise TooLargeError(TOO_LARGE)


class LimitedResponse(http.client.HTTPResponse):
    """An answer whose every read counts.

    Args:
        limits: of the attempt that it belongs to.
        sock: where it comes from; its time limit holds for each read.
        options: of http.client.
    """

    def __init__(self, limits: Limits, sock: socket.socket, **options: Any) -> None:  # noqa: ANN401
        super().__init__(sock, **options)
        self.fp = io.BufferedReader(_Limited(limits, sock, self.fp.detach()))


class _Limited(io.RawIOBase):
    def __init__(self, limits: Limits, sock: socket.socket, raw: io.RawIOBase) -> None:
        self._limits, self._sock, self._raw = limits, sock, raw
        self._patience = sock.gettimeout()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int | None:
        left = self._limits.left()
        self._sock.settimeout(left if self._patience is None else min(left, self._patience))
        size = self._raw.readinto(buffer)
        self._limits.count(size or 0)
        return size

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Attempt(threading.local):
    """The limits of the request that this thread makes."""

    limits: Limits


_attempt = _Attempt()


def _response(sock: socket.socket, debuglevel: int = 0, method: str | None = None) -> LimitedResponse:
    return LimitedResponse(_attempt.limits, sock, debuglevel=debuglevel, method=method)


class _Http(AWSHTTPConnection):  # type: ignore[misc] # botocore has no types, here and below
    response_class = staticmethod(_response)


class _Https(AWSHTTPSConnection):  # type: ignore[misc]
    response_class = staticmethod(_response)


class _HttpPool(AWSHTTPConnectionPool):  # type: ignore[misc]
    ConnectionCls = _Http


class _HttpsPool(AWSHTTPSConnectionPool):  # type: ignore[misc]
    ConnectionCls = _Https


class LimitedSession(URLLib3Session):  # type: ignore[misc]
    """A session whose every request ends in time, and whose every answer has a size.

    Args:
        longest: seconds for one attempt; LONGEST if it is not given.
        options: botocore's.
    """

    def __init__(self, *, longest: float | None = None, **options: Any) -> None:  # noqa: ANN401
        super().__init__(**options)
        self._longest = longest
        self._pool_classes_by_scheme = {"http": _HttpPool, "https": _HttpsPool}
        self._manager.pool_classes_by_scheme = self._pool_classes_by_scheme

    def send(self, request: Any) -> Any:  # noqa: ANN401
        """Sends a request, once.

        Raises:
            TooLargeError: see there.
            BotoCoreError: AWS does not answer, or answers too slowly.
        """
        _attempt.limits = limits = Limits(LONGEST if self._longest is None else self._longest)
        try:
            return super().send(request)
        except BotoCoreError:
            if limits.exceeded:
                raise TooLargeError(TOO_LARGE) from None
            raise


def limit(client: Any, **options: Any) -> None:  # noqa: ANN401
    """Lets a client send through a session with limits.

    Args:
        client: of botocore.
        options: of its session.
    """
    session = LimitedSession(socket_options=NO_DELAY, **options)

    def send(request: Any, **_: object) -> Any:  # noqa: ANN401
        return session.send(request)

    client.meta.events.register("before-send", send)
