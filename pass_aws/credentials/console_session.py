"""Which credentials the console is signed in with, and for how long.

A role's, or a federation token's: never those of GetSessionToken, which the console refuses.
Source: IAM User Guide, "Enable custom identity broker access to the AWS console".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pass_aws.aws import federation, role_request
from pass_aws.aws.role_request import RoleRequest
from pass_aws.credentials import plan, resolve
from pass_aws.credentials.sources import container
from pass_aws.errors import UserError

if TYPE_CHECKING:
    from pass_aws.aws.partition import Endpoint
    from pass_aws.config.settings import Settings
    from pass_aws.context import Context
    from pass_aws.credentials.plan import Plan
    from pass_aws.model import Credentials
    from pass_aws.text.answers import Identity

SHORTEST, LONGEST = 900, 43200
"""Seconds of a console session that outlasts its credentials."""
MARGIN = 900
"""Seconds that a cached session must still live: the console lasts no longer than a chain's credentials."""
KNOWN = (plan.ROLE, plan.WEB_IDENTITY, plan.FEDERATION, plan.CONTAINER, plan.INSTANCE)
"""Steps that give a role's credentials or a federation token; of what others give, AWS knows the kind."""
USABLE = ("assumed-role/", "federated-user/")


def shorten(made: Plan) -> tuple[Plan, int]:
    """The calls for the console, and the SessionDuration to ask for; 0 where it may not be sent.

    It is for a role that a long-lived key has assumed: not for chains, not for federation tokens. The console
    then outlasts the credentials, which need no more than the hour that every role allows.
    """
    last = made.steps[-1]
    if len(made.steps) != 2 or made.from_session or last.call != plan.ROLE or last.request is None:
        return made, 0
    hour = min(last.duration, plan.HOUR)
    shorter = last._replace(duration=hour, request=last.request._replace(duration=hour))
    return made._replace(steps=(made.steps[0], shorter)), max(SHORTEST, min(last.duration, LONGEST))


def usable(identity: Identity) -> bool:
    """Whether the console takes credentials of this kind."""
    return identity.arn.rpartition(":")[2].startswith(USABLE)


def of_profile(made: Plan, context: Context) -> tuple[Credentials, int]:
    """The credentials that sign a profile in, and the SessionDuration.

    Raises:
        UserError: whatever stops it; credentials that the console would refuse.
    """
    shorter, seconds = shorten(made)
    with context.locks.turn():
        credentials = resolve.resolve(shorter, context, margin=MARGIN)
    if made.steps[-1].call not in KNOWN:
        _check(credentials, context.aws.caller_identity(credentials, made.settings.endpoint()))
    return credentials, seconds


def of_environment(settings: Settings, seconds: int, context: Context) -> Credentials:
    """The same of the environment, where some `exec` or `env` has put credentials.

    Args:
        settings: those without a profile.
        seconds: of the federation token that a plain key gets.
        context: the doors.

    Raises:
        UserError: there are none, or such that the console refuses.
    """
    credentials, endpoint = container.environment(context.parent, context.clock()), settings.endpoint()
    identity = context.aws.caller_identity(credentials, endpoint)
    if credentials.session_token:
        plan.check_not_narrowed(settings)
        _check(credentials, identity)
        return credentials
    asked = plan.narrowed(settings, RoleRequest("", "", seconds))
    return context.aws.get_federation_token(
        credentials, endpoint, role_request.federated(asked, identity.arn)
    )


def _check(credentials: Credentials, identity: Identity) -> None:
    if not credentials.session_token or not usable(identity):
        raise UserError(
            f"the console takes the credentials of a role or a federation token, not those of {identity.arn}",
            hint="name a profile whose key is in the store, or one with a role: pass aws login PROFILE",
        )


def sign_in_token(
    url: str, credentials: Credentials, endpoint: Endpoint, context: Context, seconds: int
) -> str:
    """A token for the sign-in page, without SessionDuration where AWS does not want it.

    Args:
        url: the federation endpoint.
        credentials: as above.
        endpoint: says which certificates are trusted.
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
            context.warn("AWS does not take the duration: the console lasts as long as the role's session")
            return token
