"""A redirect on loopback that answers once: the browser starts there, so that no argv has the real URL."""

from __future__ import annotations

import hmac
import secrets
import threading

from pass_aws.system import peer
from pass_aws.system.loopback import Handler, Listener


class Redirect(Listener):
    """Listens inside a `with` block.

    Args:
        url: the target for the first request; a secret.
    """

    def __init__(self, url: str) -> None:
        self.fetched = threading.Event()
        """Set when the redirect has been used."""
        self._left, self._lock = [url], threading.Lock()
        self._path = f"/{secrets.token_urlsafe(24)}"
        super().__init__(_handler(self))

    @property
    def address(self) -> str:
        """The URL for the browser; it is worthless after its first use."""
        return f"http://{self.host}{self._path}"

    def answer(self, host: str, path: str, uid: int | None) -> str:
        """The real URL for the first correct request; empty for all others.

        Args:
            host: the Host header; another name than ours means DNS rebinding.
            path: as requested.
            uid: the user of the requesting process; None if the system does not tell.
        """
        right = hmac.compare_digest(path.encode(), self._path.encode())
        if host != self.host or not right or not peer.trusted(uid):
            return ""
        with self._lock:
            return self._left.pop() if self._left else ""


def _handler(redirect: Redirect) -> type[Handler]:
    class Answering(Handler):
        def do_GET(self) -> None:  # noqa: N802 - http.server's name
            uid = peer.uid(self.connection)
            url = redirect.answer(self.headers.get("Host", ""), self.path, uid)
            self.send_response(303 if url else 404)
            if url:
                self.send_header("Location", url)
            self.send_header("Cache-Control", "no-store")
            self.send_header("Referrer-Policy", "no-referrer")
            self.send_header("Content-Length", "0")
            self.send_header("Connection", "close")
            self.end_headers()
            if url:
                redirect.fetched.set()

    return Answering
