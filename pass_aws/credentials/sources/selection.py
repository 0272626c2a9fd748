"""Selects the source of a chain's root: one function per source, in its own file.

A source is a function `(step, context) -> Root`. A new one needs a constant and a place in chain.root,
a module in this package, and a row in `root_of`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pass_aws.credentials import step as calls

if TYPE_CHECKING:
    from pass_aws.context import Context
    from pass_aws.credentials.sources.root import Root
    from pass_aws.credentials.step import Step


def stem(step: Step) -> str:
    """The name of a plan's first step in the cache's index: an entry, or a sign-in."""
    if step.call == calls.SSO:
        from pass_aws.credentials.sources import identity_center

        return identity_center.stem(step)
    if step.call == calls.LOGIN:
        from pass_aws.credentials.sources import aws_login

        return aws_login.stem(step)
    return step.profile if step.call == calls.STORE else ""


def origin(step: Step, context: Context) -> str:
    """The file whose removal invalidates the tickets of a plan; empty if there can be no ticket."""
    if step.call in (calls.SSO, calls.LOGIN):
        from pass_aws.credentials.sources import aws_login, identity_center

        sso = step.call == calls.SSO
        digest = identity_center.portal(step).digest if sso else aws_login.place(step).digest
        path = context.tokens.path(digest)
        return path if context.tokens.there(path) else ""
    return context.store.path(step.profile) if step.call == calls.STORE else ""


def root_of(step: Step, context: Context) -> Root:
    """The root of a plan, from the source of its first step; reads or runs what its identity needs.

    Raises:
        UserError: the source gives nothing; the message names the profile or the setting.
    """
    match step.call:  # each loads its own modules: Identity Center loads ten times as many as a stored key
        case calls.STORE:
            from pass_aws.credentials.sources.root import stored as source
        case calls.STATIC:
            from pass_aws.credentials.sources.root import static as source
        case calls.PROCESS:
            from pass_aws.credentials.sources.process import source
        case calls.WEB_IDENTITY:
            from pass_aws.credentials.sources.web_identity import source
        case calls.SSO:
            from pass_aws.credentials.sources.identity_center import source
        case calls.LOGIN:
            from pass_aws.credentials.sources.aws_login import source
        case calls.ENVIRONMENT | calls.CONTAINER | calls.INSTANCE:
            from pass_aws.credentials.sources.credential_source import source
    return source(step, context)
