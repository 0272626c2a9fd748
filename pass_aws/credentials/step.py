"""The steps of a plan: the calls, their durations, the parameters of AssumeRole, and the policies in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pass_aws.aws.role_request import RoleRequest
from pass_aws.errors import UserError

if TYPE_CHECKING:
    from pass_aws.config.settings import Settings


STORE, STATIC, PROCESS = "store", "static", "credential_process"
ENVIRONMENT, CONTAINER, INSTANCE = "environment", "container", "instance-metadata"
LONG_LIVED = (STORE, STATIC, ENVIRONMENT)
"""Calls that may give a long-lived key."""
SESSION_TOKEN, ROLE, WEB_IDENTITY = "GetSessionToken", "AssumeRole", "AssumeRoleWithWebIdentity"
FEDERATION = "GetFederationToken"
"""Only for the console, which refuses a GetSessionToken session."""
SSO, LOGIN = "SSO", "Login"
"""Calls that need a sign-in: a role of Identity Center, or the console's own credentials (`aws login`)."""
PEOPLE = (SSO, LOGIN)
CALLS = (SESSION_TOKEN, ROLE, WEB_IDENTITY, FEDERATION)
"""Calls to STS; each answer contains a secret."""
HOUR = 3600
CAP = HOUR
"""A role assumed from a session lasts one hour at most (IAM user guide, "Role chaining")."""
CODE_LIFE = 8 * HOUR
PLAIN_LIFE = HOUR
USER_LIFE = 900
"""Seconds of a session that only signs calls about its user; the minimum at AWS."""

READ_ONLY = "arn:{}:iam::aws:policy/ReadOnlyAccess"
ALL_OF_IT = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
"""A federation token without a policy has no permissions; with this one it has its user's."""


class Step(NamedTuple):
    """One step from the key to the delivered credentials.

    Args:
        call: one of this module's constants.
        settings: of the step's profile.
        duration: the requested seconds; 0 if the call has no duration.
        given: whether the duration was set explicitly, so that it distinguishes sessions.
        mfa_serial: the device whose code the call contains, or empty.
        asking: the settings that say how to get a code.
        request: the parameters of AssumeRole.
        spare_serial: the device of the source, for a role that is assumed without a code; empty if none.
    """

    call: str
    settings: Settings
    duration: int = 0
    given: bool = False
    mfa_serial: str = ""
    asking: Settings | None = None
    request: RoleRequest | None = None
    spare_serial: str = ""

    @property
    def profile(self) -> str:
        """The profile of the step."""
        return self.settings.name

    @property
    def program(self) -> str:
        """The name in errors of the user's program that it runs; empty if there is none."""
        if self.call == PROCESS:
            return f"credential_process of profile {self.profile}"
        if self.call == WEB_IDENTITY and not self.settings.get("web_identity_token_file"):
            return f"web_identity_token_process of profile {self.profile}"
        if self.mfa_serial and self.asking and self.asking.get("mfa_process"):
            return f"mfa_process of profile {self.asking.name}"
        return ""


class Plan(NamedTuple):
    """The steps from a profile to credentials, in order, and notes for the user.

    Args:
        settings: of the target.
        steps: the root first.
        notes: messages for the user.
        from_session: whether the root gives a session.
    """

    settings: Settings
    steps: tuple[Step, ...]
    notes: tuple[str, ...]
    from_session: bool


def capping(wanted: int) -> str:
    """The note for a reduced duration."""
    return f"duration {wanted} s reduced to {CAP} s: roles assumed from a session last one hour at most"


def capped(step: Step) -> Step:
    """A role's step with its duration limited to what a session allows."""
    if step.request is None or step.duration <= CAP:
        return step
    return step._replace(duration=CAP, request=step.request._replace(duration=CAP))


def request(settings: Settings, duration: int) -> RoleRequest:
    """AssumeRole's parameters from a profile's settings."""
    return RoleRequest(
        role_arn=settings.get("role_arn"),
        session_name=settings.get("role_session_name") or "pass-aws-{time}",
        duration=duration,
        external_id=settings.get("external_id"),
        source_identity=settings.get("source_identity"),
        tags=settings.tags(),
        transitive_tags=settings.transitive_tags(),
        policy=settings.policy(),
        policy_arns=settings.policy_arns(),
    )


def limited(target: Settings, steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """The steps with the target's policies in the last one: an alias's policies apply to its source."""
    last = steps[-1]
    if last.request is not None:
        return (*steps[:-1], last._replace(request=narrowed(target, last.request)))
    check_not_narrowed(target)
    return steps


def narrowed(target: Settings, asked: RoleRequest) -> RoleRequest:
    """A request with the target's policies; without a role it is for a federation token."""
    arns = target.policy_arns()
    if target.get("read_only"):
        here = asked.role_arn.split(":")[1] if asked.role_arn else target.endpoint().partition
        arns = tuple(dict.fromkeys((*arns, READ_ONLY.format(here))))
    policy = target.policy() or ("" if asked.role_arn or arns else ALL_OF_IT)
    return asked._replace(policy=policy, policy_arns=arns)


def check_not_narrowed(target: Settings) -> None:
    """Fails if a policy is set, but the credentials cannot be limited by one.

    Raises:
        UserError: a policy is set.
    """
    if target.policy() or target.policy_arns() or target.get("read_only"):
        raise UserError(
            f"a policy cannot limit the credentials of profile {target.name}, which has no role",
            hint="add --role-arn, or omit --read-only and the policies",
        )
