"""The loopback URL that the browser returns to: it accepts one answer, and shows the result."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from pass_aws.sso import addresses, page
from pass_aws.system import peer
from pass_aws.system.loopback import Handler, Listener

if TYPE_CHECKING:
    from types import TracebackType

    from pass_aws.sso.addresses import Answer
    from pass_aws.sso.page import Page

VERDICT = 60
"""Seconds that the browser waits while we use the code; the calls to AWS time out earlier."""
FAREWELL = 2
"""Seconds for sending the page before the listener closes."""


class Callback(Listener):
    """Listens inside a `with` block.

    Args:
        state: of the waiting sign-in.
    """

    def __init__(self, state: str) -> None:
        self._state = state
        self._guard = threading.Lock()
        self._came, self._decided, self._sent = threading.Event(), threading.Event(), threading.Event()
        self._answer: Answer | None = None
        self._page = page.failed("the command in the terminal ended")
        super().__init__(_handler(self))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closes the port, after a browser that has answered got its page."""
        self._decided.set()
        if self._answer is not None:
            self._sent.wait(FAREWELL)
        super().__exit__(kind, error, trace)

    def wait(self, seconds: float) -> Answer | None:
        """The answer, if it comes within a number of seconds."""
        self._came.wait(seconds)
        return self._answer

    def decide(self, shown: Page) -> None:
        """Sets the page for the browser."""
        self._page = shown
        self._decided.set()

    def respond(self, host: str, target: str, dest: str, uid: int | None) -> Page:
        """The page for one request; if the request has the answer, waits for the result first.

        Args:
            host: the Host header; another name than ours means DNS rebinding.
            target: path and query.
            dest: the Sec-Fetch-Dest header: `document`, or empty if the browser does not send it.
            uid: the user of the requesting process; None if the system does not tell.
        """
        path, _, query = target.partition("?")
        right = host == self.host and path == addresses.CALLBACK and dest in ("", "document")
        if not right or not peer.trusted(uid):
            return page.ABSENT
        answer = addresses.came_back(query, self._state)
        with self._guard:
            if self._answer is not None:
                return page.ABSENT
            if answer is None:
                return page.FOREIGN
            self._answer = answer
        self._came.set()
        self._decided.wait(VERDICT)
        return self._page

    def sent(self) -> None:
        """Notes that the page was sent."""
        if self._answer is not None:
            self._sent.set()


def _handler(callback: Callback) -> type[Handler]:
    class Answering(Handler):
        def do_GET(self) -> None:  # noqa: N802 - http.server's name
            given = self.headers
            host, dest = given.get("Host", ""), given.get("Sec-Fetch-Dest", "")
            shown = callback.respond(host, self.path, dest, peer.uid(self.connection))
            self._send(shown)
            if shown not in (page.ABSENT, page.FOREIGN):
                callback.sent()

        def do_POST(self) -> None:  # noqa: N802 - http.server's name
            self._send(page.ABSENT)

        do_HEAD = do_PUT = do_DELETE = do_OPTIONS = do_PATCH = do_POST  # noqa: N815 - http.server's names

        def _send(self, shown: Page) -> None:
            self.send_response(shown.status)
            for name, value in page.HEADERS:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(shown.body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(shown.body)

    return Answering
