"""Runs a server: its answers, the source of its credentials, and its end."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import TYPE_CHECKING, NamedTuple

from pass_aws.cache.ticket import PROCESS_MARGIN
from pass_aws.credentials import deliver
from pass_aws.errors import UserError
from pass_aws.server import ecs, imds, listener
from pass_aws.server.admission import refused
from pass_aws.server.imds import Imds
from pass_aws.server.supply import Supply

if TYPE_CHECKING:
    import socket
    from collections.abc import Awaitable, Callable

    from pass_aws.context import Context
    from pass_aws.credentials.deliver import Delivered
    from pass_aws.model import Credentials
    from pass_aws.server.listener import Whose
    from pass_aws.server.request import Answer, Request

    Answerer = Callable[[Request, Whose], Awaitable[Answer]]

IMDS_MARGIN = 1800
"""Seconds of life that botocore expects of an instance's credentials; with less it uses them after expiry."""
ROLE = "pass-aws"


class Server(NamedTuple):
    """A server that listens, but does not answer yet.

    Args:
        listening: its socket.
        variables: with which an SDK finds it.
        answerer: makes its answers from a supply.
        wanted: seconds of life that its credentials should have left.
    """

    listening: socket.socket
    variables: dict[str, str]
    answerer: Callable[[Supply], Answerer]
    wanted: int


def first(name: str, context: Context, wanted: int) -> Delivered:
    """The first credentials of a profile, while prompts are still possible.

    Raises:
        UserError: there are none, or a server may not serve them.
    """
    found = deliver.deliver(name, context, margin=wanted)
    fit(found.credentials, name)
    return found


def fit(credentials: Credentials, name: str) -> Credentials:
    """The credentials, if a server may serve them.

    Raises:
        UserError: they are a long-lived key, or have no expiry.
    """
    if not credentials.session_token:
        raise UserError(
            f"a credential server serves only sessions, but profile {name} gives a long-lived key",
            hint="omit --no-session, or --server",
        )
    if credentials.expires is None:
        raise UserError(
            f"the credentials of profile {name} have no expiry, which SDKs need",
            hint="omit --server",
        )
    return credentials


def of_ecs(listening: socket.socket) -> Server:
    """A server in the style of ECS containers."""
    known = ecs.new_secrets()

    def answerer(supply: Supply) -> Answerer:
        async def answer(request: Request, _: Whose) -> Answer:
            return ecs.refusal(request, known) or await _credentials(supply, ecs.answer)

        return answer

    variables = dict(ecs.variables(listener.named(listening), known))
    return Server(listening, variables, answerer, PROCESS_MARGIN)


def of_imds(listening: socket.socket, region: str, context: Context) -> Server:
    """A server in the style of EC2 instances; it answers only this user, since any process can reach it."""
    service = Imds(ROLE, region, context.clock)

    def answerer(supply: Supply) -> Answerer:
        async def answer(request: Request, whose: Whose) -> Answer:
            if whose() != os.geteuid():
                return refused(403, "this server answers only processes of the user who started it")
            if service.wants_credentials(request) and service.admits(request):
                return await _credentials(supply, service.credentials)
            return service.answer(request)

        return answer

    variables = imds.variables(listener.named(listening), context.parent)
    return Server(listening, variables, answerer, IMDS_MARGIN)


async def _credentials(supply: Supply, shape: Callable[[Credentials], Answer]) -> Answer:
    found = await supply.current()
    return shape(found) if found else refused(503, supply.reason or "no credentials yet")


def beside(server: Server, name: str, context: Context, start: Credentials | None, ended: int) -> None:
    """Serves until a descriptor becomes readable.

    Args:
        server: from `of_ecs` or `of_imds`.
        name: the profile.
        context: the doors of the run that started it.
        start: the first credentials, if there are any.
        ended: the descriptor.
    """

    def watch(loop: asyncio.AbstractEventLoop, over: asyncio.Event) -> None:
        loop.add_reader(ended, over.set)

    asyncio.run(_serve(server, _supply(server, name, context, start), context, watch))


def alone(server: Server, name: str, context: Context, start: Credentials | None) -> None:
    """Serves until SIGINT or SIGTERM."""

    def watch(loop: asyncio.AbstractEventLoop, over: asyncio.Event) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, over.set)

    asyncio.run(_serve(server, _supply(server, name, context, start), context, watch))


def _supply(server: Server, name: str, context: Context, start: Credentials | None) -> Supply:
    def fetch() -> Credentials:
        found = deliver.deliver(name, context.later(), margin=server.wanted)
        return fit(found.credentials, name)

    def tell(text: str) -> None:
        context.warn(f"profile {name}: {text}")

    return Supply(fetch, context.clock, deliver.wanted(context, server.wanted)[0], tell, start)


async def _serve(
    server: Server,
    supply: Supply,
    context: Context,
    watch: Callable[[asyncio.AbstractEventLoop, asyncio.Event], None],
) -> None:
    over = asyncio.Event()
    watch(asyncio.get_running_loop(), over)
    keeper = asyncio.create_task(supply.keep())
    heard = context.debug if context.args.debug else None
    await listener.Listener(server.listening, server.answerer(supply), heard).serve(over)
    keeper.cancel()
