"""A small HTTP server that gives preset answers and records the requests."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pass_aws.system.loopback import Handler, Listener

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable


class Asked(NamedTuple):
    """A request; header names are in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Answer(NamedTuple):
    """The answer."""

    body: bytes
    status: int = 200
    kind: str = "text/xml"


class Canned(Listener):
    """The server, on a free port of 127.0.0.1, inside a `with` block.

    Args:
        answer: makes the answer to a request.
        tls: makes it an https server.
    """

    def __init__(self, answer: Callable[[Asked], Answer], tls: ssl.SSLContext | None = None) -> None:
        self.asked: list[Asked] = []
        self._answer = answer
        super().__init__(self._handler())
        self.url = f"{'https' if tls else 'http'}://{self.host}"
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)

    def _handler(self) -> type[Handler]:
        outer = self

        class Recorder(Handler):
            def do_POST(self) -> None:  # noqa: N802 - http.server's name
                size = int(self.headers.get("Content-Length") or 0)
                headers = {name.lower(): value for name, value in self.headers.items()}
                asked = Asked(self.command, self.path, headers, self.rfile.read(size))
                outer.asked.append(asked)
                answer = outer._answer(asked)
                self.send_response(answer.status)
                self.send_header("Content-Type", answer.kind)
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)

            do_GET = do_PUT = do_CONNECT = do_POST  # noqa: N815 - http.server's names

        return Recorder
