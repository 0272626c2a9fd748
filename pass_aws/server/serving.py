"""A server from its socket to its end: what it answers, where its credentials come from, when it is over."""

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
"""Seconds of life that botocore wants of an instance's credentials; else it keeps them past their end."""
ROLE = "pass-aws"


class Server(NamedTuple):
    """A server that listens, and does not answer yet.

    Args:
        listening: its socket.
        variables: what lets an SDK find it.
        answerer: makes its answers out of a supply.
        wanted: seconds of life that its credentials should have left.
    """

    listening: socket.socket
    variables: dict[str, str]
    answerer: Callable[[Supply], Answerer]
    wanted: int


def first(name: str, context: Context, wanted: int) -> Delivered:
    """What a profile becomes, while somebody can still be asked.

    Raises:
        UserError: whatever stops it; what no server may hand out.
    """
    found = deliver.deliver(name, context, margin=wanted)
    fit(found.credentials, name)
    return found


def fit(credentials: Credentials, name: str) -> Credentials:
    """The same credentials, if they may be served.

    Raises:
        UserError: a long-lived key, or nothing that says when they end.
    """
    if not credentials.session_token:
        raise UserError(
            f"a credential server hands out sessions, and profile {name} gives a long-lived key",
            hint="leave out --no-session, or --server",
        )
    if credentials.expires is None:
        raise UserError(
            f"the credentials of profile {name} do not say when they expire, which SDKs want to know",
            hint="leave out --server",
        )
    return credentials


def of_ecs(listening: socket.socket) -> Server:
    """A server as ECS containers have one."""
    known = ecs.new_secrets()

    def answerer(supply: Supply) -> Answerer:
        async def answer(request: Request, _: Whose) -> Answer:
            return ecs.refusal(request, known) or await _credentials(supply, ecs.answer)

        return answer

    variables = dict(ecs.variables(listener.named(listening), known))
    return Server(listening, variables, answerer, PROCESS_MARGIN)


def of_imds(listening: socket.socket, region: str, context: Context) -> Server:
    """A server as EC2 instances have one; it answers this user alone, since any process could ask it."""
    service = Imds(ROLE, region, context.clock)

    def answerer(supply: Supply) -> Answerer:
        async def answer(request: Request, whose: Whose) -> Answer:
            if whose() != os.geteuid():
                return refused(403, "only processes of the user who started this server get an answer")
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
    """Serves until a descriptor can be read.

    Args:
        server: what `of_ecs` or `of_imds` made.
        name: the profile.
        context: the doors of the run that started it.
        start: credentials that are there already.
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
