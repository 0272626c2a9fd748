"""Console sign-in (`aws login`) as the start of a chain."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from pass_aws.credentials.sources.root import Root
from pass_aws.sso import aws_login, aws_login_session, identity_center_token
from pass_aws.text.quoting import quote

if TYPE_CHECKING:
    from pass_aws.context import Context
    from pass_aws.credentials.step import Step
    from pass_aws.model import Credentials
    from pass_aws.sso.aws_login_session import Place


def source(step: Step, context: Context) -> Root:
    """The identity's own credentials; the stored sign-in contains them, so they are not cached again."""
    found = place(step)

    @cache
    def fetch() -> Credentials:
        return aws_login.credentials(found, context, keys_of=step.profile)

    return Root((step.call, found.arn, found.endpoint.url or ""), fetch)


def stem(step: Step) -> str:
    """The name of the sign-in in the cache's index; its end invalidates all sessions made from it."""
    return identity_center_token.stem(place(step).digest)


def place(step: Step) -> Place:
    """The sign-in place of the step's profile."""
    return aws_login_session.place(step.settings, f"pass aws signin {quote(step.profile)}")
