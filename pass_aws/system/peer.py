"""The user at the other end of a loopback connection, from the kernel's tables of sockets.

Source: proc(5), /proc/net/tcp and tcp6.
"""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

TABLE = "/proc/net/tcp"
TABLE_6 = "/proc/net/tcp6"
"""With the IPv6 sockets that are connected to an IPv4 address, as those of Java and .NET are."""
ESTABLISHED = "01"
MAPPED = b"\0\0\xff\xff"
"""In an IPv6 address, after eight zero bytes and before an IPv4 address. Source: RFC 4291, 2.5.5.2."""
ROOT = 0


def uid(connection: socket.socket) -> int | None:
    """The user whose process has the other end; None if the system does not tell."""
    try:
        ours, theirs = connection.getsockname()[:2], connection.getpeername()[:2]
        for path in (TABLE, TABLE_6):
            with open(path, encoding="ascii") as table:
                found = owner(table, theirs, ours)
            if found is not None:
                return found
    except (OSError, ValueError):
        pass
    return None


def owner(table: Iterable[str], local: tuple[str, int], remote: tuple[str, int]) -> int | None:
    """The uid of an open connection in a table of the kernel.

    Args:
        table: its lines; those of closing connections always say uid 0, and are ignored.
        local: address and port of the end whose owner is wanted.
        remote: address and port of the other end.
    """
    wanted = [
        [f"{prefix}{_spelled(*local)}", f"{prefix}{_spelled(*remote)}", ESTABLISHED]
        for prefix in ("", f"{0:016X}{_number(MAPPED)}")
    ]
    for line in table:
        words = line.split()
        if words[1:4] in wanted:
            return int(words[7])
    return None


def _spelled(address: str, port: int) -> str:
    """`0100007F:1F90`."""
    return f"{_number(socket.inet_aton(address))}:{port:04X}"


def _number(four: bytes) -> str:
    """Four bytes of an address in the processor's byte order."""
    import sys

    return f"{int.from_bytes(four, sys.byteorder):08X}"


def trusted(found: int | None) -> bool:
    """Whether a peer may get our data: our own user, root, or any if the kernel cannot tell (macOS)."""
    if found is None:
        return not os.path.exists(TABLE)
    return found in (os.geteuid(), ROOT)
