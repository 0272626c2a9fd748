"""A socket that forwards to another one, as ssh forwards gpg-agent's extra socket to a remote machine."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Self


class Relay:
    """Forwards connections inside a `with` block.

    Args:
        here: the socket to create.
        there: the target socket.
    """

    def __init__(self, here: Path, there: Path) -> None:
        self._here, self._there = here, there
        self._listening = socket.socket(socket.AF_UNIX)
        self._open: list[socket.socket] = []

    def __enter__(self) -> Self:
        """Starts to listen."""
        self._here.unlink(missing_ok=True)
        self._listening.bind(str(self._here))
        self._listening.listen()
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """Ends like a lost connection: the socket file stays."""
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for one in self._open:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listening.accept()
                far = socket.socket(socket.AF_UNIX)
                self._open += [near, far]
                try:
                    far.connect(str(self._there))
                except OSError:  # as ssh does, for this connection only
                    near.shutdown(socket.SHUT_RDWR)
                    continue
                for a, b in ((near, far), (far, near)):
                    threading.Thread(target=_copy, args=(a, b), daemon=True).start()


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while chunk := source.recv(65536):
            target.sendall(chunk)
        target.shutdown(socket.SHUT_WR)
