"""The HTTP side: one thread per connection, complete answers, injected faults."""

from __future__ import annotations

import contextlib
import socket
import threading
import traceback
import uuid
from collections.abc import Callable
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from fakeaws.wire import Request, Response

Answerer = Callable[[Request], Response]


class Server(ThreadingHTTPServer):
    """Listens on a free port of 127.0.0.1.

    Attributes:
        broken: tracebacks of the fake's own failures; `stop` of the fake raises them.
    """

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, answer: Answerer, wall: Callable[[], float]) -> None:
        self.answer, self.wall = answer, wall
        self.broken: list[str] = []
        self._open: set[socket.socket] = set()
        self._guard = threading.Lock()
        super().__init__(("127.0.0.1", 0), Handler)

    def run(self) -> None:
        """Serves until `end`."""
        self.serve_forever(poll_interval=0.02)

    def end(self) -> None:
        """Stops listening and closes all connections."""
        self.shutdown()
        self.server_close()
        with self._guard:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - socketserver's types
        """Records the connection, so that `end` can close it."""
        with self._guard:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:  # noqa: ANN401 - socketserver's types
        """Forgets the connection."""
        with self._guard:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401, ARG002 - socketserver's
        """Keeps failures of the fake; a client that hung up is not one."""
        text = traceback.format_exc()
        if "BrokenPipeError" not in text and "ConnectionResetError" not in text:
            self.broken.append(text)


class Handler(BaseHTTPRequestHandler):
    """Reads requests from a connection and writes their answers."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def do_POST(self) -> None:
        """Any method: the service interprets it."""
        length = int(self.headers.get("Content-Length") or 0)
        path, _, query = self.path.partition("?")
        headers = tuple((name.lower(), value) for name, value in self.headers.items())
        request = Request(self.command, path, query, headers, self.rfile.read(length))
        self._send(self.server.answer(request))

    do_GET = do_PUT = do_DELETE = do_HEAD = do_POST  # noqa: N815 - http.server's names

    def _send(self, response: Response) -> None:
        if response.lost:
            self.close_connection = True
            return
        body = response.body[: response.cut]
        self.close_connection |= len(body) < len(response.body)
        self.wfile.write(self._head(response) + (b"" if self.command == "HEAD" else body))

    def _head(self, response: Response) -> bytes:
        reason = self.responses.get(response.status, ("Unknown",))[0]
        lines = (
            f"HTTP/1.1 {response.status} {reason}",
            f"x-amzn-RequestId: {uuid.uuid4()}",
            f"Content-Type: {response.kind}",
            f"Content-Length: {len(response.body)}",
            f"Date: {formatdate(self.server.wall() + response.date, usegmt=True)}",
            *(f"{name}: {value}" for name, value in response.headers),
        )
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    def log_message(self, *_: object) -> None:
        """Prints nothing: calls are recorded instead."""
