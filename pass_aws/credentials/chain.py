"""The chain of profiles from a profile to its credentials, and the step in which they start."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
    from collections.abc import Callable

    from pass_aws.config.settings import Settings

CREDENTIAL_SOURCES = {
    "Environment": ENVIRONMENT,
    "EcsContainer": CONTAINER,
    "Ec2InstanceMetadata": INSTANCE,
}


class LackingError(UserError):
    """A profile does not exist, or has no credentials.

    Args:
        profile: its name.
        message: as in UserError.
        hint: as in UserError.
    """

    def __init__(self, profile: str, message: str, hint: str) -> None:
        super().__init__(message, hint=hint)
        self.profile = profile


def follow(target: Settings, look_up: Callable[[str], Settings]) -> tuple[Settings, ...]:
    """Follows `source_profile` from a profile to the start of its credentials; returns the root first.

    Args:
        target: the settings of the profile.
        look_up: returns the settings of a source profile.

    Raises:
        UserError: the chain is a loop, which is shown in full, or a profile does not exist.
    """
    links = [_there(target, "")]
    seen = {target.name}
    while not links[-1].stored and (source := links[-1].get("source_profile")):
        if source == links[-1].name and links[-1].get("aws_access_key_id"):
            break
        if source in seen:
            loop = " → ".join([link.name for link in links] + [source])
            raise UserError(
                f"the source_profile of profile {links[-1].name} forms a loop: {loop}",
                hint="change one of them in the config file",
            )
        seen.add(source)
        links.append(_there(look_up(source), f", the source_profile of profile {links[-1].name}"))
    return tuple(reversed(links))


def _there(found: Settings, why: str) -> Settings:
    if not found.exists:
        raise LackingError(
            found.name,
            f"there is no profile {found.name}{why}",
            f"run pass aws list, or pass aws add {quote(found.name)}",
        )
    return found


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
