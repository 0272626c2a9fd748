"""Looks a profile up in the AWS files and the store, and plans its calls; decrypts and calls nothing."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from pass_aws.config import settings
from pass_aws.credentials import chain, plan
from pass_aws.errors import UserError
from pass_aws.store import entry_names
from pass_aws.system import self_reference
from pass_aws.text.quoting import quote

if TYPE_CHECKING:
    from pass_aws.config.settings import Settings
    from pass_aws.context import Context
    from pass_aws.credentials.step import Plan

TOKENS = ("AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN")
"""Variables that show that the environment's credentials are a session."""


def planned(name: str, context: Context, *, as_user: bool = False, federation: int = 0) -> Plan:
    """The plan for a profile, made without decryption, prompts or calls.

    Args:
        name: of the profile.
        context: the doors.
        as_user: whether to act as the IAM user at the start of the profile's chain.
        federation: for the console: the life of a plain key's federation token in seconds; else 0.

    Raises:
        UserError: unknown profiles, loops, contradictions, values out of range; no stored key for `as_user`.
    """
    no_session = context.options.no_session
    has_token = any(context.env.get(token) for token in TOKENS)
    try:
        source = partial(settings_of, context=context, target=False)
        links = chain.follow(settings_of(name, context), source)
        made = (
            plan.make_for_user(links, no_session=no_session)
            if as_user
            else plan.make(links, no_session=no_session, env_has_token=has_token, federation=federation)
        )
    except chain.LackingError as lacking:
        raise _with_place(lacking, context) from None
    for number, step in enumerate(made.steps):
        if step.program and (loop := self_reference.circle(context.env, step.program)):
            raise UserError(
                f"the {step.program} calls itself: {loop}",
                hint="make it use another profile, or remove the line",
            )
        context.debug(f"step {number + 1}: {step.call} for profile {step.profile}")
    return made


def settings_of(
    profile: str, context: Context, *, target: bool = True, stored: bool | None = None
) -> Settings:
    """The settings of one profile.

    Args:
        profile: its name.
        context: the doors.
        target: whether it is the profile of the request.
        stored: whether the store has its key; looked up if None.
    """
    if stored is None:
        stored = entry_names.is_key(profile) and context.store.exists(profile)
    files = context.files
    return settings.look_up(
        files.config(),
        files.credentials(),
        profile,
        context.parent,
        context.options,
        target=target,
        stored=stored,
    )


def _with_place(lacking: chain.LackingError, context: Context) -> UserError:
    """Completes the error: a name of an sso-session, a missing store, keys elsewhere, similar names."""
    if lacking.profile in context.files.config().sso_sessions:
        name = quote(lacking.profile)
        return lacking.with_hint(
            f"{name} is an sso-session: run pass aws sso login --sso-session {name},"
            f" or pass aws sso sync --sso-session {name} to write its profiles"
        )
    if trouble := context.store.trouble():
        return UserError(f"{lacking}: {trouble}", hint=trouble.hint)
    if label := context.store.elsewhere(lacking.profile):
        there = quote(context.store.label(lacking.profile))
        return lacking.with_hint(f"the store has {label}: run pass mv {quote(label)} {there}")
    near = _meant(lacking.profile, context)
    return lacking.with_hint(f"did you mean {near}") if near not in ("", lacking.profile) else lacking


def _meant(name: str, context: Context) -> str:
    """The most similar profile name, but not one whose program has called us."""
    from pass_aws.credentials import listing
    from pass_aws.text import suggestions

    inside = {line.rpartition(" of profile ")[2] for line in self_reference.running(context.env)}
    known = [profile for profile in listing.profiles(context) if profile not in inside]
    while (near := suggestions.to(name, known)) and _asks(near, name, context):
        known.remove(near)
    return near


def _asks(profile: str, name: str, context: Context) -> bool:
    """Whether a profile's credential_process is pass aws for the profile of this name."""
    try:
        section = context.files.config().profile(profile)
    except UserError:
        return False
    line = section.values.get("credential_process") if section else None
    return (
        line is not None and self_reference.is_line(line.text) and self_reference.named(line.text)[0] == name
    )
