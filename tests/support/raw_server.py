"""A server that reads requests, and whose answer is whatever a test does with the socket."""

from __future__ import annotations

import re
import socket
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator


@contextmanager
def server(
    answer: Callable[[socket.socket], None], tls: ssl.SSLContext | None = None
) -> Iterator[tuple[str, list[bytes]]]:
    """A server that reads the first request of each connection and then does what it likes with the line."""
    heads: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(20)

        def serve() -> None:
            with suppress(OSError):
                while True:
                    line, _ = listening.accept()
                    with suppress(OSError), tls.wrap_socket(line, server_side=True) if tls else line as line:
                        head = b""
                        while b"\r\n\r\n" not in head:
                            head += line.recv(65536)
                        size = re.search(rb"Content-Length: (\d+)", head)
                        body = head.partition(b"\r\n\r\n")[2]
                        while size and len(body) < int(size[1]):
                            body += line.recv(65536)
                        heads.append(head)
                        answer(line)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"127.0.0.1:{listening.getsockname()[1]}", heads
        listening.shutdown(socket.SHUT_RDWR)
    thread.join(5)
