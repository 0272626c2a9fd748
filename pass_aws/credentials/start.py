"""Where the credentials of a chain start: the first step, and whether it gives a session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pass_aws.credentials.chain import LackingError
from pass_aws.credentials.step import (
    CONTAINER,
    ENVIRONMENT,
    HOUR,
    INSTANCE,
    LOGIN,
    PROCESS,
    SSO,
    STATIC,
    STORE,
    WEB_IDENTITY,
    Step,
    request,
)
from pass_aws.errors import UserError
from pass_aws.system import self_reference
from pass_aws.text.quoting import quote
from pass_aws.text.safe_text import shown

if TYPE_CHECKING:
    from pass_aws.config.settings import Settings


CREDENTIAL_SOURCES = {
    "Environment": ENVIRONMENT,
    "EcsContainer": CONTAINER,
    "Ec2InstanceMetadata": INSTANCE,
}


def root(settings: Settings, env_has_token: bool) -> tuple[Step, bool]:
    """The start of a chain's credentials, and whether they are already a session.

    Raises:
        UserError: nothing gives credentials.
    """
    name = settings.name
    if settings.stored:
        return Step(STORE, settings), False
    if source := settings.get("credential_source"):
        call = CREDENTIAL_SOURCES[source]
        return Step(call, settings), call != ENVIRONMENT or env_has_token
    if session := _of_person_or_token(settings):
        return session, True
    if command := settings.get("credential_process"):
        if self_reference.is_line(command):
            source, _ = self_reference.named(command)
            raise UserError(
                f"the credential_process of profile {name} is pass aws itself, with further options",
                hint=f"use profile {shown(source)} instead, or remove the options from the line",
            )
        return Step(PROCESS, settings), True
    if settings.get("aws_access_key_id"):
        return Step(STATIC, settings), bool(settings.get("aws_session_token"))
    raise LackingError(name, f"no credentials for profile {name}", f"run pass aws add {quote(name)}")


def _of_person_or_token(settings: Settings) -> Step | None:
    """The call that gives a session for a sign-in, or for a token of an identity provider."""
    if settings.get("sso_session") or settings.get("sso_start_url"):
        return Step(SSO, settings)
    if settings.get("web_identity_token_file") or settings.get("web_identity_token_process"):
        return web_identity(settings)
    return Step(LOGIN, settings) if settings.get("login_session") else None


def web_identity(settings: Settings) -> Step:
    """The step that needs a token but no signature; aws/sts sends only the parameters of this call.

    Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
    """
    duration, given = settings.role_duration(HOUR)
    return Step(WEB_IDENTITY, settings, duration, given, request=request(settings, duration))
