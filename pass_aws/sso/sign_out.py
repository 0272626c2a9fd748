"""Ends sign-ins: always in the cache, and at AWS if possible."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pass_aws.aws import partition
from pass_aws.cache.token import LOGIN
from pass_aws.config import settings
from pass_aws.config.precedence import Options
from pass_aws.errors import INTERRUPTED, UserError
from pass_aws.sso import identity_center_token, refusal_rows, requests

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pass_aws.cache.token import SignIn
    from pass_aws.context import Context


def ended(signs: Iterable[SignIn], context: Context) -> int:
    """Revokes the tokens, deletes them and their sessions; returns the number of tokens.

    Role credentials that commands have received stay valid until they expire.
    """
    gone = 0
    for one in signs:
        if one.kind != LOGIN:
            _revoke(one, context)
        context.tickets.drop_entry(identity_center_token.stem(one.digest))
        gone += context.tokens.drop(one.digest)
        context.listings.drop(one.digest)
    return gone


def _revoke(one: SignIn, context: Context) -> None:
    """Revokes the token at AWS; if that fails, it expires later."""
    try:
        token = identity_center_token.stored(context.tokens.read(one.digest))
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
            context.warn(f"cannot revoke the sign-in to {one.name} at AWS: {error}")
