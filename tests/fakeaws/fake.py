"""FakeAWS: the server, its world, and the interface for tests."""

from __future__ import annotations

import threading
from copy import deepcopy
from typing import TYPE_CHECKING, Any, Self

from fakeaws.accounts import Accounts
from fakeaws.clock import Clock
from fakeaws.faults import Due, Fault, Faults
from fakeaws.server import Server
from fakeaws.services import services
from fakeaws.wire import Call, Refused, Request, Response, Service
from fakeaws.world import World

if TYPE_CHECKING:
    from types import TracebackType

    from fakeaws.center import Center
    from fakeaws.signin import Signin


class FakeAWS(Accounts):
    """A strict AWS on a free port of 127.0.0.1.

    Attributes:
        clock: `clock.advance(3600)` lets sessions expire; `clock.skew = 600` sets AWS ahead of its clients.
        world: the whole state, for what the methods here do not offer.
        calls: the record of every request, also of refused and faulted ones.
    """

    def __init__(self, clock: Clock | None = None) -> None:
        self.clock = clock or Clock()
        super().__init__(World(self.clock))
        self.calls: list[Call] = []
        self._faults = Faults()
        self._services = services(self.world)
        self._release = threading.Event()
        self._arrival = threading.Condition()
        self._server = Server(self._respond, self.clock.wall)
        self._thread = threading.Thread(target=self._server.run, name="fakeaws", daemon=True)

    @property
    def center(self) -> Center:
        """The Identity Center."""
        return self.world.center

    @property
    def signin(self) -> Signin:
        """The sign-in service of `aws login`."""
        return self.world.signin

    @property
    def url(self) -> str:
        """Its URL, as for AWS_ENDPOINT_URL."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def start(self) -> Self:
        """Starts to answer."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Ends all hangs and connections.

        Raises:
            AssertionError: the fake itself has failed.
        """
        self._release.set()
        self._server.end()
        self._thread.join()
        assert not self._server.broken, "\n".join(self._server.broken)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def fault(self, action: str, fault: Fault, *, at: int = 1, times: int = 1) -> None:
        """Applies a fault to the `at`-th call of the action (`*`: any) from now on, and to those after it."""
        self._faults.add(Due(action, fault, at, times))

    def clear_faults(self) -> None:
        """Forgets the pending faults."""
        self._faults.clear()

    def clear_calls(self) -> None:
        """Forgets the calls so far."""
        self.calls.clear()

    def wait_for_calls(self, number: int, seconds: float = 20) -> None:
        """Waits until a number of calls are recorded.

        Raises:
            TimeoutError: they did not come in time.
        """
        with self._arrival:
            if not self._arrival.wait_for(lambda: len(self.calls) >= number, seconds):
                raise TimeoutError(f"{len(self.calls)} calls instead of {number}: {self.calls}")

    def end_waits(self) -> None:
        """Ends the hangs and slow answers of the recorded calls."""
        ending, self._release = self._release, threading.Event()
        ending.set()

    def snapshot(self) -> tuple[Any, ...]:
        """Users, devices, sessions and roles as they are now, for `restore`."""
        world = self.world
        return self._copied((world.users, world.devices, world.sessions, world.roles))

    def restore(self, saved: tuple[Any, ...]) -> None:
        """Goes back to a snapshot, which can be used again; calls, faults and passed time are forgotten."""
        world = self.world
        with world.lock:
            world.users, world.devices, world.sessions, world.roles = self._copied(saved)
        self.clock.ahead = 0.0
        self.clear_calls()
        self.clear_faults()

    def _copied(self, state: tuple[Any, ...]) -> tuple[Any, ...]:
        """A deep copy that belongs to the same world and clock."""
        kept = {id(one): one for one in (self.world, self.clock)}
        return deepcopy(state, kept)

    def actions(self) -> list[str]:
        """The actions called so far, in order."""
        return [call.action for call in self.calls]

    def called(self, action: str) -> list[Call]:
        """The calls of one action so far, in order."""
        return [call for call in self.calls if call.action == action]

    def _respond(self, request: Request) -> Response:
        release = self._release
        service, call = self._receive(request)
        fault = self._faults.take(call.action)
        call.fault = fault.name
        response = self._work(service, request, call, fault)
        if fault.wait:
            release.wait(fault.wait)
        return fault.change(response)

    def _receive(self, request: Request) -> tuple[Service | None, Call]:
        described = ((service, service.describe(request)) for service in self._services)
        service, call = next(((one, call) for one, call in described if call), (None, Call("", "", {})))
        call.time, call.method, call.host = self.clock.now(), request.method, request.header("host")
        call.path = request.path + (f"?{request.query}" if request.query else "")
        call.bearer = request.header("x-amz-sso_bearer_token")
        with self._arrival:
            self.calls.append(call)
            self._arrival.notify_all()
        return service, call

    def _work(self, service: Service | None, request: Request, call: Call, fault: Fault) -> Response:
        if service is None:
            call.outcome = "no such service"
            return Response(404, "text/plain", b"no service of the fake knows this request")
        try:
            if fault.refused:
                raise fault.refused
            if fault.work:
                with self.world.lock:
                    response = service.answer(request, call)
                call.outcome = "ok"
                return response
        except Refused as refused:
            call.outcome = refused.code
            return service.refuse(refused)
        return Response(200, "text/xml", b"")
