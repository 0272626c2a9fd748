"""A web server on loopback for a browser on this machine; prints nothing, and ends with its `with` block."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

HOST = "127.0.0.1"
SLOW = 10
"""Seconds that a connection may take to send its request; browsers open some that they never use."""


class Listener:
    """Listens inside a `with` block.

    Args:
        handler: answers the requests.
    """

    def __init__(self, handler: type[Handler]) -> None:
        self._server = _Server((HOST, 0), handler)
        self.port: int = self._server.server_port
        self.host = f"{HOST}:{self.port}"
        """The Host header of a correct request; another name means DNS rebinding."""
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> Self:
        """Starts to listen."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closes the port."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class Handler(BaseHTTPRequestHandler):
    """Answers requests; subclasses add the methods."""

    timeout = SLOW
    server_version, sys_version = "pass-aws", ""

    def log_message(self, *_: object) -> None:
        """Prints nothing on stderr."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, *_: object) -> None:
        """Prints nothing: clients may hang up, and a traceback could contain a secret."""
