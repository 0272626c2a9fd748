"""POSTs to AWS, over connections that are used again, with limits of time and size."""

from __future__ import annotations

import select
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

from pass_aws.aws import tls
from pass_aws.aws.connection import Connection
from pass_aws.aws.http_answer import TooLargeError

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

    from pass_aws.aws.connection import Target

LONGEST = 30
"""Seconds for one attempt, however slowly its bytes arrive."""
LARGEST = 1_000_000
"""The largest answer in bytes; STS's have about 2,000."""


class Reply(NamedTuple):
    """The answer."""

    status: int
    reason: str
    date: str
    body: bytes


class LostError(OSError):
    """The request was sent, but no complete answer came back."""


class Connections:
    """Open connections; each serves one call at a time and is reused by the next.

    Args:
        read_timeout: seconds to wait for each part of an answer.
    """

    def __init__(self, read_timeout: float) -> None:
        self._read_timeout = read_timeout
        self._idle: dict[Target, Connection] = {}
        self._contexts: dict[str | None, ssl.SSLContext] = {}

    def clear(self) -> None:
        """Closes the connections, so that the next request opens a new one."""
        while self._idle:
            self._idle.popitem()[1].close()

    __del__ = clear

    def post(self, target: Target, headers: Mapping[str, str], body: bytes) -> Reply:
        """Sends one request, once.

        Raises:
            ProxyError, LostError, TooLargeError: see these classes.
            OSError: it was not sent.
        """
        connection = self._open(target, monotonic() + LONGEST)
        try:
            connection.post(headers, body)
            head = connection.reader.head()
            answer = connection.reader.body(head, LARGEST)
        except (OSError, EOFError, ValueError) as error:
            connection.close()
            raise LostError(str(error)) from None
        except TooLargeError:
            connection.close()
            raise
        if head.keeps_open and connection.reader.is_empty and target not in self._idle:
            self._idle[target] = connection
        else:
            connection.close()
        return Reply(head.status, head.reason, head.fields.get("date", ""), answer)

    def _open(self, target: Target, end: float) -> Connection:
        if idle := self._idle.pop(target, None):
            if not select.select([idle.sock], [], [], 0)[0]:  # readable: the server has closed it
                idle.end = end
                return idle
            idle.close()
        return Connection(target, self._context(target), end, self._read_timeout)

    def _context(self, target: Target) -> ssl.SSLContext | None:
        """What TLS needs, loaded once; None for http."""
        if target.scheme != "https":
            return None
        if target.ca_bundle not in self._contexts:
            self._contexts[target.ca_bundle] = tls.context(target.ca_bundle)
        return self._contexts[target.ca_bundle]
