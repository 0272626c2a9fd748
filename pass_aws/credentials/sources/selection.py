"""Which source gives the credentials that a chain starts with: one function per source, one file each.

A source is a function `(step, context) -> Root`. A new one needs its constant and its place in plan.root,
a module in this package, and a row in `root_of`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pass_aws.credentials import plan

if TYPE_CHECKING:
    from collections.abc import Callable

    from pass_aws.context import Context
    from pass_aws.credentials.plan import Step
    from pass_aws.credentials.sources.root import Root


def stem(step: Step) -> str:
    """What the cache's index knows the sessions of a plan's first step by: an entry, or a sign-in."""
    from pass_aws.credentials.sources import console_sign_in, identity_center

    if step.call == plan.SSO:
        return identity_center.stem(step)
    if step.call == plan.LOGIN:
        return console_sign_in.stem(step)
    return step.profile if step.call == plan.STORE else ""


def origin(step: Step, context: Context) -> str:
    """The file whose end is the end of the tickets that come of a plan's first step; empty for no ticket."""
    from pass_aws.credentials.sources import console_sign_in, identity_center

    if step.call in (plan.SSO, plan.LOGIN):
        sso = step.call == plan.SSO
        digest = identity_center.portal(step).digest if sso else console_sign_in.place(step).digest
        path = context.tokens.path(digest)
        return path if context.tokens.there(path) else ""
    return context.store.path(step.profile) if step.call == plan.STORE else ""


def root_of(step: Step, context: Context) -> Root:
    """The source of a plan's first step, asked once per run; what its identity needs is read or run here.

    Raises:
        UserError: it gives nothing; two lines that name the profile or the setting.
    """
    from pass_aws.credentials.sources import (
        console_sign_in,
        identity_center,
        metadata,
        process,
        static,
        stored,
        web_identity,
    )

    sources: dict[str, Callable[[Step, Context], Root]] = {
        plan.STORE: stored.source,
        plan.STATIC: static.source,
        plan.PROCESS: process.source,
        plan.WEB_IDENTITY: web_identity.source,
        plan.SSO: identity_center.source,
        plan.LOGIN: console_sign_in.source,
        plan.ENVIRONMENT: metadata.environment,
        plan.CONTAINER: metadata.container,
        plan.INSTANCE: metadata.instance,
    }
    return sources[step.call](step, context)
