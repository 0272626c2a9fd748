"""Plans the calls for a profile's credentials, with their durations and MFA devices.

The rules are aws-vault's (7.13: users with keys, roles, aliases, with and without MFA), with three changes:
an alias is transparent, the one-hour limit applies to every session, and we refuse what AWS would refuse.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pass_aws.aws import partition
from pass_aws.aws.role_request import RoleRequest
from pass_aws.credentials import chain
from pass_aws.credentials.devices import (
    advise_key,
    advise_one_device,
    find_asking,
    find_holder,
    refused_code,
    shared_serial,
    starts_with_role,
)
from pass_aws.credentials.step import (
    CALLS,
    CAP,
    CODE_LIFE,
    FEDERATION,
    HOUR,
    LONG_LIVED,
    PLAIN_LIFE,
    PROCESS,
    ROLE,
    SESSION_TOKEN,
    SSO,
    STORE,
    USER_LIFE,
    WEB_IDENTITY,
    Plan,
    Step,
    capping,
    limited,
    request,
)
from pass_aws.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pass_aws.config.settings import Settings


def make(links: Sequence[Settings], *, no_session: bool, env_has_token: bool, federation: int) -> Plan:
    """The calls for a chain, root first.

    Args:
        links: from chain.follow.
        no_session: the user's `--no-session`: no GetSessionToken.
        env_has_token: whether the environment's own credentials are a session.
        federation: for the console: the life of a plain key's federation token in seconds; else 0.

    Raises:
        UserError: the chain cannot work; this is checked before any prompt, decryption or call.
    """
    first, is_session = chain.root(links[0], env_has_token)
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
    return Plan(target, limited(target, steps), (*told, *notes), is_session)


def _fixed_life(first: Step, target: Settings) -> tuple[str, ...]:
    """The note for an explicit duration that only an administrator can set."""
    if first.call == SSO and target.get("session_token_ttl"):
        return ("the duration is ignored: Identity Center sets the lifetime of its credentials",)
    return ()


def make_for_user(links: Sequence[Settings], *, no_session: bool) -> Plan:
    """The plan for acting as the IAM user at the start of a chain, in calls about this user.

    IAM accepts the key itself, or a session that was made with MFA; some policies require the latter.

    Args:
        links: from chain.follow.
        no_session: the user's `--no-session`.

    Raises:
        UserError: the chain does not start with a stored key.
    """
    first, _ = chain.root(links[0], env_has_token=False)
    if first.call != STORE:
        raise UserError(
            f"the credentials of profile {links[-1].name} start with {first.call}, not with a stored key",
            hint="give a profile of an IAM user: pass aws list shows the stored keys",
        )
    roles = [link for link in links if link.get("role_arn")]
    holder = find_holder(links[: links.index(roles[0]) + 1] if roles else links)
    if holder is None or no_session:
        return Plan(links[-1], (first,), (), from_session=False)
    serial = holder.get("mfa_serial")
    step = Step(SESSION_TOKEN, links[0], USER_LIFE, False, serial, find_asking(links, holder))
    return Plan(links[-1], (first, step), (), from_session=False)


def _without_role(
    first: Step, links: Sequence[Settings], bare: bool
) -> tuple[tuple[Step, ...], tuple[str, ...]]:
    """The steps of a profile that gets its own key, or the session of its source."""
    if first.call == WEB_IDENTITY or bare:
        return (first,), ()
    asking = find_holder(links)
    serial = asking.get("mfa_serial") if asking else ""
    duration, given = links[-1].session_duration(CODE_LIFE if serial else PLAIN_LIFE)
    step = Step(SESSION_TOKEN, links[0], duration, given, serial, find_asking(links, asking))
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
        (note,) if find_holder(links) else ()
    )


def _with_roles(
    first: Step, links: Sequence[Settings], roles: Sequence[Settings], is_session: bool, no_session: bool
) -> tuple[tuple[Step, ...], tuple[str, ...]]:
    steps = [first]
    notes: list[str] = []
    group = links[: links.index(roles[0])]
    primed = "" if is_session or no_session else shared_serial(group, roles)
    if primed:
        holder = find_holder(group) or roles[0]
        duration, given = roles[0].chained_duration(CODE_LIFE)
        steps.append(Step(SESSION_TOKEN, links[0], duration, given, primed, find_asking(links, holder)))
    for number, role in enumerate(roles):
        from_session = bool(primed) or (is_session and first.call != PROCESS) or number > 0
        wanted, given = role.role_duration(HOUR)
        duration = min(wanted, CAP) if from_session else wanted
        if duration < wanted:
            notes.append(capping(wanted))
        serial = role.get("mfa_serial")
        serial = "" if serial == primed else serial
        if serial and (number > 0 or starts_with_role(first)):
            advice = advise_key(role) if is_session else advise_one_device(role, group, roles, no_session)
            raise refused_code(role, steps[-1], advice)
        known = None if number or serial or primed else find_holder(group)
        spare = known.get("mfa_serial") if known else ""
        asked = request(role, duration)
        steps.append(Step(ROLE, role, duration, given, serial, find_asking(links, role), asked, spare))
    return tuple(steps), tuple(dict.fromkeys(notes))


def _check_encrypted(steps: Sequence[Step]) -> None:
    """Fails before any prompt if the secrets of a call would be sent unencrypted."""
    for step in steps:
        if step.call in CALLS:
            step.settings.endpoint().check_encrypted(f"{step.call} for profile {step.profile}")
