"""The credentials for a console sign-in, and the lifetime of the console session.

They are those of a role or a federation token, but not of GetSessionToken, which the console refuses.
Source: IAM User Guide, "Enable custom identity broker access to the AWS console".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pass_aws.aws import federation, role_request, sts
from pass_aws.aws.role_request import RoleRequest
from pass_aws.credentials import resolve
from pass_aws.credentials.sources import credential_source
from pass_aws.credentials.step import (
    CONTAINER,
    FEDERATION,
    HOUR,
    INSTANCE,
    ROLE,
    WEB_IDENTITY,
    check_not_narrowed,
    narrowed,
)
from pass_aws.errors import UserError

if TYPE_CHECKING:
    from pass_aws.aws.partition import Endpoint
    from pass_aws.config.settings import Settings
    from pass_aws.context import Context
    from pass_aws.credentials.step import Plan
    from pass_aws.model import Credentials
    from pass_aws.text.answers import Identity

SHORTEST, LONGEST = 900, 43200
"""Seconds of a console session, which may be longer than the life of its credentials."""
MARGIN = 900
"""Seconds that a cached session must still live: a chain's console session ends with its credentials."""
KNOWN = (ROLE, WEB_IDENTITY, FEDERATION, CONTAINER, INSTANCE)
"""Steps that give a role's credentials or a federation token; for all others we ask AWS for the kind."""
USABLE = ("assumed-role/", "federated-user/")


def shorten(made: Plan) -> tuple[Plan, int]:
    """The calls for the console, and the SessionDuration to request; 0 if it must not be sent.

    It is allowed only for a role that a long-lived key assumes, not for chains or federation tokens. The
    console session then outlasts the credentials, for which the one hour that every role allows is enough.
    """
    last = made.steps[-1]
    if len(made.steps) != 2 or made.from_session or last.call != ROLE or last.request is None:
        return made, 0
    hour = min(last.duration, HOUR)
    shorter = last._replace(duration=hour, request=last.request._replace(duration=hour))
    return made._replace(steps=(made.steps[0], shorter)), max(SHORTEST, min(last.duration, LONGEST))


def usable(identity: Identity) -> bool:
    """Whether the console accepts credentials of this kind."""
    return identity.arn.rpartition(":")[2].startswith(USABLE)


def of_profile(made: Plan, context: Context) -> tuple[Credentials, int]:
    """The credentials for signing a profile in, and the SessionDuration.

    Raises:
        UserError: there are no credentials, or the console would refuse them.
    """
    shorter, seconds = shorten(made)
    with context.locks.ticket():
        credentials = resolve.resolve(shorter, context, margin=MARGIN, exact=False)
    if made.steps[-1].call not in KNOWN:
        _check(credentials, context.aws.caller_identity(credentials, made.settings.endpoint()))
    return credentials, seconds


def of_environment(settings: Settings, seconds: int, context: Context) -> Credentials:
    """The credentials in the environment, for example inside `exec`, and the SessionDuration.

    Args:
        settings: without a profile.
        seconds: the life of the federation token for a plain key.
        context: the doors.

    Raises:
        UserError: there are no credentials, or the console would refuse them.
    """
    credentials = credential_source.environment(context.parent, context.clock())
    endpoint = settings.endpoint()
    identity = context.aws.caller_identity(credentials, endpoint)
    if credentials.session_token:
        check_not_narrowed(settings)
        _check(credentials, identity)
        return credentials
    asked = narrowed(settings, RoleRequest("", "", seconds))
    return context.aws.session(
        sts.get_federation_token(credentials, endpoint, role_request.federated(asked, identity.arn))
    )


def _check(credentials: Credentials, identity: Identity) -> None:
    if not credentials.session_token or not usable(identity):
        raise UserError(
            f"the console accepts credentials of a role or a federation token, not those of {identity.arn}",
            hint="give a profile that has a stored key or a role: pass aws login PROFILE",
        )


def sign_in_token(
    url: str, credentials: Credentials, endpoint: Endpoint, context: Context, seconds: int
) -> str:
    """A token for the sign-in page; without SessionDuration if AWS refuses it.

    Args:
        url: the federation endpoint.
        credentials: of a role or a federation token.
        endpoint: its CA bundle sets which certificates are trusted.
        context: the doors.
        seconds: SessionDuration, or 0.

    Raises:
        UserError: AWS refuses the credentials, or cannot be reached.
    """
    with context.tty.waiting("waiting for AWS"):
        try:
            return federation.sign_in_token(url, credentials, endpoint, context.env, seconds=seconds)
        except federation.RefusedError:
            if not seconds:
                raise
            token = federation.sign_in_token(url, credentials, endpoint, context.env)
            context.warn("AWS does not accept the duration: the console session ends with the role's session")
            return token
