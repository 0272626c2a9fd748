"""Ends sign-ins: at AWS where that is possible, and in the cache always."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pass_aws.aws import partition
from pass_aws.cache.token import LOGIN
from pass_aws.config import settings
from pass_aws.config.options import Options
from pass_aws.errors import INTERRUPTED, UserError
from pass_aws.sso import identity, refusal_rows, requests

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pass_aws.cache.token import SignIn
    from pass_aws.context import Context


def ended(signs: Iterable[SignIn], context: Context) -> int:
    """Revokes the tokens, drops them and the sessions that came of them; returns how many there were.

    Role credentials that were given out live until they expire, here and at AWS.
    """
    gone = 0
    for one in signs:
        if one.kind != LOGIN:
            _revoke(one, context)
        context.tickets.drop_entry(identity.stem(one.digest))
        gone += context.tokens.drop(one.digest)
    return gone


def _revoke(one: SignIn, context: Context) -> None:
    """Tells AWS; what it does not hear ends by itself."""
    try:
        token = identity.stored(context.tokens.read(one.digest))
        if token is None or not token.lives(context.clock(), 0):
            return
        files = context.files
        found = settings.look_up(
            files.config(),
            files.credentials(),
            "sso logout",
            context.env,
            Options(),
            target=False,
            stored=False,
        )
        named = partition.of_region(one.region).name
        endpoint = found.endpoint("sso")._replace(region=one.region, partition=named)
        context.aws.read(requests.logout(endpoint, token.access), lambda _: None)
    except UserError as error:
        if error.code == INTERRUPTED:
            raise
        if getattr(error, "aws_code", "") != refusal_rows.UNAUTHORIZED:
            context.warn(f"the sign-in to {one.name} could not be revoked at AWS: {error}")
