"""A credential server in a thread of this process, with a clock and a source of credentials that tests control."""

from __future__ import annotations

import asyncio
import http.client
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple, Self

from pass_aws.model import Credentials
from pass_aws.server import listener
from pass_aws.server.supply import Supply

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import TracebackType

    from pass_aws.server.serving import Server

NOW = 1_800_000_000
HOUR = 3600


class Got(NamedTuple):
    """An answer."""

    status: int
    headers: Mapping[str, str]
    body: str


class Source:
    """The results of renewals: credentials for `life` seconds, or an error; each is counted, and may be delayed."""

    def __init__(self) -> None:
        self.now = float(NOW)
        self.life = HOUR
        self.fetched = 0
        self.error: Exception | None = None
        self.gate = threading.Event()
        self.gate.set()
        self.begun = threading.Event()

    def clock(self) -> float:
        return self.now

    def fetch(self) -> Credentials:
        self.fetched += 1
        self.begun.set()
        assert self.gate.wait(30)
        if self.error:
            raise self.error
        expires = int(self.now) + self.life
        return Credentials(
            f"ASIA{self.fetched:016}", "secret", f"token{self.fetched}", expires, "111111111111"
        )


class Here:
    """The server inside a `with` block.

    Args:
        make: makes the server from its socket.
        source: the source of its credentials.
        wanted: seconds of life.
        first: the first credentials.
    """

    def __init__(
        self,
        make: Callable[..., Server],
        source: Source,
        *,
        wanted: int = 900,
        first: Credentials | None = None,
    ) -> None:
        self._listening = listener.bound()
        self.server = make(self._listening)
        self.source, self._wanted, self._first = source, wanted, first
        self.told: list[str] = []
        self.heard: list[str] = []
        self.address = listener.named(self._listening)
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)
        self._ready = threading.Event()

    async def _run(self) -> None:
        self._over, self._loop = asyncio.Event(), asyncio.get_running_loop()
        source = self.source
        self.supply = Supply(source.fetch, source.clock, self._wanted, self.told.append, self._first)
        keeper = asyncio.create_task(self.supply.keep())
        answering = listener.Listener(self._listening, self.server.answerer(self.supply), self.heard.append)
        self._ready.set()
        await answering.serve(self._over)
        keeper.cancel()

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(20)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(20)
        self._listening.close()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """The server reads nothing inside of the block."""
        held, over = threading.Event(), threading.Event()

        def hold() -> None:
            held.set()
            over.wait(30)

        self._loop.call_soon_threadsafe(hold)
        assert held.wait(20)
        yield
        over.set()

    def ask(self, path: str, headers: Mapping[str, str], method: str = "GET") -> Got:
        """A request with exactly these headers and Host."""
        connection = http.client.HTTPConnection(self.address, timeout=30)
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in {"Host": self.address, **headers}.items():
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
        return Got(answer.status, {name.lower(): value for name, value in answer.getheaders()}, body)
