"""The door to clients: a listening socket, with one request and one answer per connection."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from functools import partial
from typing import TYPE_CHECKING

from pass_aws.errors import UserError
from pass_aws.server.admission import refusal, refused
from pass_aws.server.request import LONGEST, parsed
from pass_aws.system import peer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from pass_aws.server.request import Answer, Request

    Whose = Callable[[], int | None]

LOOPBACK = "127.0.0.1"
SLOW = 5.0
"""Seconds in which a client must send its request, and read the answer."""
MOST = 512
"""The maximum number of connections at a time; idle ones are closed after SLOW seconds."""
BACKLOG = 1024


def bound(address: str = LOOPBACK, port: int = 0) -> socket.socket:
    """A listening socket.

    Args:
        address: of an interface of this machine.
        port: 0 for any free one.

    Raises:
        UserError: the address or port is not available.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((address, port))
        made.listen(BACKLOG)
    except (OSError, OverflowError) as error:
        made.close()
        why = getattr(error, "strerror", "") or error
        hint = "give an address of this machine, and a port from 1024 that is free, or omit --bind and --port"
        raise UserError(f"cannot listen on {address}, port {port}: {why}", hint=hint) from None
    return made


def named(local: socket.socket) -> str:
    """`127.0.0.1:PORT`: where a socket listens, or which address a client has reached.

    An IPv6 socket also accepts IPv4 clients, which name the address without its prefix.

    Source: RFC 4291, 2.5.5.2.
    """
    address, port = local.getsockname()[:2]
    address = address.removeprefix("::ffff:")
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


class Listener:
    """Answers on a socket.

    Args:
        listening: from `bound`.
        answer: makes the answer to an admitted request; it may ask for the user, which takes a lookup.
        heard: gets a line about each request: its method, its user, and the status of the answer.
    """

    def __init__(
        self,
        listening: socket.socket,
        answer: Callable[[Request, Whose], Awaitable[Answer]],
        heard: Callable[[str], None] | None = None,
    ) -> None:
        self._listening, self._answer, self._heard = listening, answer, heard
        here, port = named(listening), listening.getsockname()[1]
        loopback = listening.getsockname()[0] == LOOPBACK
        self._hosts = frozenset({here, f"localhost:{port}"} if loopback else {here})
        self._open = 0

    async def serve(self, over: asyncio.Event) -> None:
        """Answers until the event is set."""
        server = await asyncio.start_server(self._connected, sock=self._listening, limit=LONGEST)
        async with server:
            await over.wait()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open += 1
        try:
            if self._open <= MOST:
                await self._conversed(reader, writer)
        finally:
            self._open -= 1
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _conversed(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(SLOW):
                head = await reader.readuntil(b"\r\n\r\n")
        except (TimeoutError, asyncio.IncompleteReadError, OSError):
            return
        except asyncio.LimitOverrunError:
            head = b""
        answer = await self._answered(head, writer)
        with contextlib.suppress(TimeoutError, OSError):
            async with asyncio.timeout(SLOW):
                writer.write(answer.text())
                await writer.drain()

    async def _answered(self, head: bytes, writer: asyncio.StreamWriter) -> Answer:
        try:
            request = parsed(head)
        except ValueError:
            if self._heard:
                self._heard("a request that is not valid HTTP: 400")
            return refused(400, "the request cannot be read")
        connection: socket.socket = writer.get_extra_info("socket")
        whose = partial(peer.uid, connection)
        hosts = self._hosts | {named(connection)}  # of all interfaces, the one that the client has reached
        answer = refusal(request, hosts) or await self._answer(request, whose)
        if self._heard:
            uid = whose()
            who = "an unknown user" if uid is None else f"uid {uid}"
            self._heard(f"{request.method} by {who}: {answer.status}")
        return answer
