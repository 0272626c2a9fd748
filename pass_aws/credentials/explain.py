"""Describes the plan for a profile as records to print, without prompts, decryption or calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pass_aws.credentials import profile_lookup
from pass_aws.credentials.step import (
    CONTAINER,
    ENVIRONMENT,
    INSTANCE,
    LOGIN,
    PROCESS,
    ROLE,
    SESSION_TOKEN,
    SSO,
    STATIC,
    STORE,
)
from pass_aws.system import child_environment
from pass_aws.text import durations

if TYPE_CHECKING:
    from pass_aws.context import Context
    from pass_aws.credentials.step import Plan, Step


def explained(name: str, context: Context) -> dict[str, Any]:
    """The output of `explain --json`: profile, region, settings with their origin, steps, notes, cached.

    Raises:
        UserError: there is no valid plan; the message has the reason.
    """
    made = profile_lookup.planned(name, context)
    settings = {
        key: {"value": setting.value, "from": setting.origin} for key, setting in made.settings.values.items()
    }
    usual = context.options._replace(region="", min_ttl=None, mfa_token="", prompt="", no_input=False).plain
    expiries = [one.expires for one in context.tickets.live() if one.profile == name and usual]
    return {
        "profile": name,
        "region": made.settings.get("region") or None,
        "settings": settings,
        "steps": [step(one) for one in made.steps],
        "notes": [*made.settings.notes, *made.notes, *_problems(context)],
        "cached": {"expires": child_environment.moment(max(expiries))} if expiries else None,
    }


def step(one: Step) -> dict[str, Any]:
    """A step for `explain --json`."""
    shown: dict[str, Any] = {"call": one.call, "profile": one.profile}
    if one.call == LOGIN:
        shown["login_session"] = one.settings.get("login_session")
    if one.call == SSO:
        keys = ("sso_session", "sso_start_url", "sso_account_id", "sso_role_name")
        shown |= {key: one.settings.get(key) for key in keys if one.settings.get(key)}
    if one.request is not None:
        shown["role_arn"] = one.request.role_arn
        shown |= {"policy_arns": list(one.request.policy_arns)} if one.request.policy_arns else {}
    if one.duration:
        shown["duration"] = one.duration
    if one.call in (SESSION_TOKEN, ROLE):
        shown["mfa_serial"] = one.mfa_serial or None
    return shown


def sentence(one: Step) -> str:
    """A step as a sentence."""
    code = f", with a code of {one.mfa_serial}" if one.mfa_serial else ""
    life = f" for {durations.short(one.duration)}" if one.duration else ""
    asked = one.request
    narrowed = ", limited by policies" if asked and (asked.policy or asked.policy_arns) else ""
    get = one.settings.get
    what = {
        STORE: f"the key of profile {one.profile}, from the store",
        STATIC: f"the keys of profile {one.profile}, unencrypted in the AWS files",
        PROCESS: f"credential_process of profile {one.profile}",
        ENVIRONMENT: "the credentials of the environment",
        CONTAINER: "the container's credential server",
        INSTANCE: "the instance's metadata server",
        SSO: _of_portal(one),
        LOGIN: f"Login: console sign-in of {get('login_session')} (profile {one.profile})",
        SESSION_TOKEN: f"GetSessionToken{life}, as profile {one.profile}{code}",
    }.get(one.call)
    role = asked.role_arn if asked else ""
    return what or f"{one.call} {role}{life}, as profile {one.profile}{code}{narrowed}"


def _of_portal(one: Step) -> str:
    get = one.settings.get
    where = get("sso_session") or get("sso_start_url")
    role, account = get("sso_role_name"), get("sso_account_id")
    return f"SSO: role {role} in account {account}, for the sign-in to {where} (profile {one.profile})"


def sentences(made: Plan) -> list[str]:
    """All steps as sentences."""
    return [sentence(one) for one in made.steps]


def _problems(context: Context) -> list[str]:
    found = (*context.files.config().problems(), *context.files.credentials().problems())
    return [str(one) for one in found]
