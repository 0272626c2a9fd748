"""Plans the calls for a profile's credentials, with their durations and MFA devices.

The rules are aws-vault's (7.13: users with keys, roles, aliases, with and without MFA), with three changes:
an alias is transparent, the one-hour limit applies to every session, and we refuse what AWS would refuse.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pass_aws.aws import partition
from pass_aws.aws.role_request import RoleRequest
from pass_aws.credentials.chain import LackingError
from pass_aws.errors import UserError
from pass_aws.system import self_reference
from pass_aws.text.quoting import quote
from pass_aws.text.safe_text import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

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
CREDENTIAL_SOURCES = {
    "Environment": ENVIRONMENT,
    "EcsContainer": CONTAINER,
    "Ec2InstanceMetadata": INSTANCE,
}

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
    from_session: bool = False


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


def make(
    links: Sequence[Settings], *, no_session: bool = False, env_has_token: bool = False, federation: int = 0
) -> Plan:
    """The calls for a chain, root first.

    Args:
        links: from chain.follow.
        no_session: the user's `--no-session`: no GetSessionToken.
        env_has_token: whether the environment's own credentials are a session.
        federation: for the console: the life of a plain key's federation token in seconds; else 0.

    Raises:
        UserError: the chain cannot work; this is checked before any prompt, decryption or call.
    """
    first, is_session = root(links[0], env_has_token)
    no_session = no_session or any(link.get("no_session").lower() == "true" for link in links)
    roles = [link for link in links if link.get("role_arn")]
    if first.call == WEB_IDENTITY:
        roles = [link for link in roles if link is not links[0]]
    partition.same([link.get("role_arn") for link in links if link.get("role_arn")])
    target = links[-1]
    if not roles and federation and first.call in LONG_LIVED and not is_session:
        steps, notes = _federated(first, links, federation)
    elif not roles:
        steps, notes = _without_role(first, links, is_session or no_session)
    else:
        steps, notes = _with_roles(first, links, roles, is_session, no_session)
    _check_encrypted(steps)
    told = _fixed_life(first, target) if not roles else ()
    return Plan(target, _narrowed(target, steps), (*told, *notes), is_session)


def _fixed_life(first: Step, target: Settings) -> tuple[str, ...]:
    """The note for an explicit duration that only an administrator can set."""
    if first.call != SSO or not target.session_duration(0)[1]:
        return ()
    return ("the duration is ignored: Identity Center sets the lifetime of its credentials",)


def make_for_user(links: Sequence[Settings], *, no_session: bool = False) -> Plan:
    """The plan for acting as the IAM user at the start of a chain, in calls about this user.

    IAM accepts the key itself, or a session that was made with MFA; some policies require the latter.

    Args:
        links: from chain.follow.
        no_session: the user's `--no-session`.

    Raises:
        UserError: the chain does not start with a stored key.
    """
    first, _ = root(links[0], env_has_token=False)
    if first.call != STORE:
        raise UserError(
            f"the credentials of profile {links[-1].name} start with {first.call}, not with a stored key"
        )
    roles = [link for link in links if link.get("role_arn")]
    holder = _holder(links[: links.index(roles[0]) + 1] if roles else links)
    if holder is None or no_session:
        return Plan(links[-1], (first,), ())
    serial = holder.get("mfa_serial")
    step = Step(SESSION_TOKEN, links[0], USER_LIFE, False, serial, _asking(links, holder))
    return Plan(links[-1], (first, step), ())


def _without_role(
    first: Step, links: Sequence[Settings], bare: bool
) -> tuple[tuple[Step, ...], tuple[str, ...]]:
    """The steps of a profile that gets its own key, or the session of its source."""
    if first.call == WEB_IDENTITY or bare:
        return (first,), ()
    asking = _holder(links)
    serial = asking.get("mfa_serial") if asking else ""
    duration, given = links[-1].session_duration(CODE_LIFE if serial else PLAIN_LIFE)
    step = Step(SESSION_TOKEN, links[0], duration, given, serial, _asking(links, asking))
    return (first, step), ()


def _federated(
    first: Step, links: Sequence[Settings], duration: int
) -> tuple[tuple[Step, ...], tuple[str, ...]]:
    """The steps of a plain key for the console.

    Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html
    """
    asked = RoleRequest("", "", duration)
    note = "the console session has no MFA, because GetFederationToken accepts no code"
    return (first, Step(FEDERATION, links[0], duration, given=True, request=asked)), (
        (note,) if _holder(links) else ()
    )


def _with_roles(
    first: Step, links: Sequence[Settings], roles: Sequence[Settings], is_session: bool, no_session: bool
) -> tuple[tuple[Step, ...], tuple[str, ...]]:
    steps = [first]
    notes: list[str] = []
    group = links[: links.index(roles[0])]
    primed = "" if is_session or no_session else _primed(group, roles)
    if primed:
        holder = _holder(group) or roles[0]
        duration, given = roles[0].chained_duration(CODE_LIFE)
        steps.append(Step(SESSION_TOKEN, links[0], duration, given, primed, _asking(links, holder)))
    for number, role in enumerate(roles):
        from_session = bool(primed) or (is_session and first.call != PROCESS) or number > 0
        wanted, given = role.role_duration(HOUR)
        duration = min(wanted, CAP) if from_session else wanted
        if duration < wanted:
            notes.append(capping(wanted))
        serial = role.get("mfa_serial")
        serial = "" if serial == primed else serial
        if serial and (number > 0 or _of_role(first)):
            advice = _no_key_advice(role) if is_session else _one_device(role, group, roles, no_session)
            raise _mfa_from_role(role, steps[-1], advice)
        known = None if number or serial or primed else _holder(group)
        spare = known.get("mfa_serial") if known else ""
        asked = request(role, duration)
        steps.append(Step(ROLE, role, duration, given, serial, _asking(links, role), asked, spare))
    return tuple(steps), tuple(dict.fromkeys(notes))


def _of_role(first: Step) -> bool:
    """Whether a chain starts with the session of a role, which cannot be combined with an MFA code."""
    if first.call == LOGIN:
        return ":assumed-role/" in first.settings.get("login_session")
    return first.call in (CONTAINER, INSTANCE, WEB_IDENTITY, SSO)


def capping(wanted: int) -> str:
    """The note for a reduced duration."""
    return f"duration {wanted} s reduced to {CAP} s: roles assumed from a session last one hour at most"


def capped(step: Step) -> Step:
    """A role's step with its duration limited to what a session allows."""
    if step.request is None or step.duration <= CAP:
        return step
    return step._replace(duration=CAP, request=step.request._replace(duration=CAP))


def _primed(group: Sequence[Settings], roles: Sequence[Settings]) -> str:
    """The serial of the GetSessionToken session that serves the whole chain, or empty.

    A single role for longer than an hour is assumed with the key itself; from a session this is impossible.
    """
    serial = roles[0].get("mfa_serial")
    if len(roles) == 1 and roles[0].role_duration(HOUR)[0] > CAP:
        return ""
    holder = _holder(group)
    shared = holder is not None and holder.get("mfa_serial") == serial
    needed_again = len(roles) > 1 and roles[1].get("mfa_serial") == serial
    return serial if serial and (shared or needed_again) else ""


def _holder(group: Sequence[Settings]) -> Settings | None:
    """The settings that name the MFA device of a user and its aliases: those nearest to the target."""
    return next((link for link in reversed(group) if link.get("mfa_serial")), None)


def _asking(links: Sequence[Settings], holder: Settings | None) -> Settings | None:
    """The settings that say how to get a code: the holder's, else its sources', else any profile's."""
    if holder is None:
        return None
    at = list(links).index(holder)
    order = [*reversed(links[: at + 1]), *links[at + 1 :]]
    return next((link for link in order if link.get("mfa_process") or link.get("mfa_entry")), holder)


def _check_encrypted(steps: Sequence[Step]) -> None:
    """Fails before any prompt if the secrets of a call would be sent unencrypted."""
    for step in steps:
        if step.call in CALLS:
            step.settings.endpoint().check_encrypted(f"{step.call} for profile {step.profile}")


def _mfa_from_role(role: Settings, before: Step, advice: str) -> UserError:
    return UserError(
        f"profile {role.name} needs an MFA code of {role.get('mfa_serial')},"
        f" which AWS does not accept from the role session of {before.profile}",
        hint=advice,
    )


def _no_key_advice(role: Settings) -> str:
    return f"remove mfa_serial from profile {role.name}, or start its chain with an access key"


def _one_device(
    role: Settings, group: Sequence[Settings], roles: Sequence[Settings], no_session: bool
) -> str:
    """Where to set mfa_serial, so that `_primed` finds it and all roles use the same device."""
    serial = role.get("mfa_serial")
    ends = ((_holder(group) or group[0]) if group else roles[1], roles[0])
    there = {
        link.name: link.get("mfa_serial")
        for link in (*ends, *roles)
        if link in ends or link.get("mfa_serial")
    }
    lacking = [name for name, device in there.items() if device != serial]
    advice = ["omit --no-session"] if no_session else []
    if lacking:
        advice.append(f"set mfa_serial = {serial} in profile {' and in '.join(lacking)}, too")
    return f"{', '.join(advice)}: one session with MFA then serves the chain"


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


def web_identity(settings: Settings) -> Step:
    """The step that needs a token but no signature; aws/sts sends only the parameters of this call.

    Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
    """
    duration, given = settings.role_duration(HOUR)
    return Step(WEB_IDENTITY, settings, duration, given, request=request(settings, duration))


def _narrowed(target: Settings, steps: tuple[Step, ...]) -> tuple[Step, ...]:
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
