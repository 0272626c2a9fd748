"""Which MFA device the calls of a chain need codes of, and which calls cannot contain a code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pass_aws.credentials.step import CAP, CONTAINER, HOUR, INSTANCE, LOGIN, SSO, WEB_IDENTITY, Step
from pass_aws.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pass_aws.config.settings import Settings


def starts_with_role(first: Step) -> bool:
    """Whether a chain starts with the session of a role, which cannot be combined with an MFA code."""
    if first.call == LOGIN:
        return ":assumed-role/" in first.settings.get("login_session")
    return first.call in (CONTAINER, INSTANCE, WEB_IDENTITY, SSO)


def shared_serial(group: Sequence[Settings], roles: Sequence[Settings]) -> str:
    """The serial of the GetSessionToken session that serves the whole chain, or empty.

    A single role for longer than an hour is assumed with the key itself; from a session this is impossible.
    """
    serial = roles[0].get("mfa_serial")
    if len(roles) == 1 and roles[0].role_duration(HOUR)[0] > CAP:
        return ""
    holder = find_holder(group)
    shared = holder is not None and holder.get("mfa_serial") == serial
    needed_again = len(roles) > 1 and roles[1].get("mfa_serial") == serial
    return serial if serial and (shared or needed_again) else ""


def find_holder(group: Sequence[Settings]) -> Settings | None:
    """The settings that name the MFA device of a user and its aliases: those nearest to the target."""
    return next((link for link in reversed(group) if link.get("mfa_serial")), None)


def find_asking(links: Sequence[Settings], holder: Settings | None) -> Settings | None:
    """The settings that say how to get a code: the holder's, else its sources', else any profile's."""
    if holder is None:
        return None
    at = list(links).index(holder)
    order = [*reversed(links[: at + 1]), *links]
    return next((link for link in order if link.get("mfa_process") or link.get("mfa_entry")), holder)


def refused_code(role: Settings, before: Step, advice: str) -> UserError:
    """The error for a code in a call that a role session signs."""
    return UserError(
        f"profile {role.name} needs an MFA code of {role.get('mfa_serial')},"
        f" which AWS does not accept from the role session of {before.profile}",
        hint=advice,
    )


def advise_key(role: Settings) -> str:
    """What to change in a chain that starts with a session."""
    return f"remove mfa_serial from profile {role.name}, or start its chain with an access key"


def advise_one_device(
    role: Settings, group: Sequence[Settings], roles: Sequence[Settings], no_session: bool
) -> str:
    """Where to set mfa_serial, so that `shared_serial` finds it and all roles use the same device."""
    serial = role.get("mfa_serial")
    ends = ((find_holder(group) or group[0]) if group else roles[1], roles[0])
    there = {
        link.name: link.get("mfa_serial")
        for link in (*ends, *roles)
        if link in ends or link.get("mfa_serial")
    }
    lacking = [name for name, device in there.items() if device != serial]
    advice = ["omit --no-session"] if no_session else []
    if lacking:
        advice.append(f"set mfa_serial = {serial} in profile {' and in '.join(lacking)} too")
    return f"{', '.join(advice)}: one session with MFA then serves the chain"
