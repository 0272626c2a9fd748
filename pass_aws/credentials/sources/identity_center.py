"""Role credentials of Identity Center as the start of a chain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pass_aws.credentials.sources.root import Root
from pass_aws.sso import identity_center_token, roles
from pass_aws.text.quoting import quote

if TYPE_CHECKING:
    from pass_aws.context import Context
    from pass_aws.credentials.step import Step
    from pass_aws.sso.identity_center_token import Portal


def source(step: Step, context: Context) -> Root:
    """The credentials of the profile's role in its account.

    Neither the scopes of the token nor the name of the sso-session are part of their identity.
    """
    found = portal(step)
    account, role = (step.settings.get(key) for key in ("sso_account_id", "sso_role_name"))
    return Root(
        (step.call, found.start_url, found.region, account, role, found.sso.url or ""),
        lambda: roles.credentials(found, account, role, context, profile=step.profile),
        cached=True,
    )


def stem(step: Step) -> str:
    """The name of the sign-in in the cache's index; its end invalidates these credentials."""
    return identity_center_token.stem(portal(step).digest)


def portal(step: Step) -> Portal:
    """The Identity Center of a step's profile."""
    session = step.settings.get("sso_session")
    ad_hoc = step.settings.values["sso_account_id"].origin.startswith("--")
    words = f"--sso-session {quote(session)}" if ad_hoc else quote(step.profile)
    return identity_center_token.portal(step.settings, f"pass aws sso login {words}")
