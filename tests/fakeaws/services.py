"""The services the fake offers; a new one is a new file and a line here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fakeaws import iam, iam_keys, iam_mfa, oidc, portal, roles, signin, sts, web_identity
from fakeaws.federation import Federation
from fakeaws.query import QueryDoor

REGISTERING = (roles, web_identity, iam_keys, iam_mfa)  # importing them adds their actions

if TYPE_CHECKING:
    from fakeaws.wire import Service
    from fakeaws.world import World


def services(world: World) -> tuple[Service, ...]:
    """All services of one world; a request goes to the first that accepts it."""
    return (
        QueryDoor(sts.STS, world),
        QueryDoor(iam.IAM, world),
        oidc.service(world.center),
        portal.service(world.center),
        signin.service(world.signin),
        Federation(world),
    )
