"""A redirect on loopback that answers once: a browser is sent there, so that no argv holds the real URL."""

from __future__ import annotations

import hmac
import secrets
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Self

from pass_aws.system import peer

if TYPE_CHECKING:
    from types import TracebackType

LOOPBACK = "127.0.0.1"
SLOW = 10
"""Seconds a connection may take to send its request; browsers open some that they never use."""


class Redirect:
    """Listens while the `with` lasts.

    Args:
        url: where the first request is sent; a secret.
    """

    def __init__(self, url: str) -> None:
        self.fetched = threading.Event()
        """Set once the redirect has been handed out."""
        self._left, self._lock = [url], threading.Lock()
        self._path = f"/{secrets.token_urlsafe(24)}"
        self._server = _Server((LOOPBACK, 0), _handler(self))
        self._host = f"{LOOPBACK}:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def address(self) -> str:
        """The URL for the browser; it holds no secret once it has been used."""
        return f"http://{self._host}{self._path}"

    def __enter__(self) -> Self:
        """Begins to listen."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ends it."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, host: str, path: str, uid: int | None) -> str:
        """The real URL for the one right request, an empty text for every other one.

        Args:
            host: the Host header: another name than ours is DNS rebinding.
            path: as requested.
            uid: whose process asks; None where the system does not tell.
        """
        right = hmac.compare_digest(path.encode(), self._path.encode())
        if host != self._host or not right or not peer.trusted(uid):
            return ""
        with self._lock:
            return self._left.pop() if self._left else ""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, *_: object) -> None:
        """Says nothing: a client that hangs up is no news, and a traceback could hold the URL."""


def _handler(redirect: Redirect) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = SLOW
        server_version, sys_version = "pass-aws", ""

        def do_GET(self) -> None:
            uid = peer.uid(self.connection)
            url = redirect.answer(self.headers.get("Host", ""), self.path, uid)
            self.send_response(HTTPStatus.SEE_OTHER if url else HTTPStatus.NOT_FOUND)
            if url:
                self.send_header("Location", url)
            self.send_header("Cache-Control", "no-store")
            self.send_header("Referrer-Policy", "no-referrer")
            self.send_header("Content-Length", "0")
            self.send_header("Connection", "close")
            self.end_headers()
            if url:
                redirect.fetched.set()

        def log_message(self, *_: object) -> None:
            """Nothing on stderr."""

    return Handler
