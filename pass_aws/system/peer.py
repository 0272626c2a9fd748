"""The user at the other end of a loopback connection, from the kernel's table of sockets.

Source: proc(5), /proc/net/tcp.
"""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

TABLE = "/proc/net/tcp"
ESTABLISHED = "01"
ROOT = 0


def uid(connection: socket.socket) -> int | None:
    """The user whose process has the other end; None if the system does not tell."""
    try:
        ours, theirs = connection.getsockname()[:2], connection.getpeername()[:2]
        with open(TABLE, encoding="ascii") as table:
            return owner(table, theirs, ours)
    except (OSError, ValueError):
        return None


def owner(table: Iterable[str], local: tuple[str, int], remote: tuple[str, int]) -> int | None:
    """The uid of an open connection in the kernel's table.

    Args:
        table: its lines; those of closing connections always say uid 0, and are ignored.
        local: address and port of the end whose owner is wanted.
        remote: address and port of the other end.
    """
    wanted = [_spelled(*local), _spelled(*remote), ESTABLISHED]
    for line in table:
        words = line.split()
        if words[1:4] == wanted:
            return int(words[7])
    return None


def _spelled(address: str, port: int) -> str:
    """The address in the processor's byte order: `0100007F:1F90`."""
    import sys

    number = int.from_bytes(socket.inet_aton(address), sys.byteorder)
    return f"{number:08X}:{port:04X}"


def trusted(found: int | None) -> bool:
    """Whether a peer may get our data: our own user, root, or any if the kernel cannot tell (macOS)."""
    if found is None:
        return not os.path.exists(TABLE)
    return found in (os.geteuid(), ROOT)
