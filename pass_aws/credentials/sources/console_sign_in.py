"""The console's sign-in (`aws login`) as the start of a chain."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from pass_aws.credentials.sources.root import Root
from pass_aws.sso import console_identity, console_sign_in, identity
from pass_aws.text.quoting import quote

if TYPE_CHECKING:
    from pass_aws.context import Context
    from pass_aws.credentials.plan import Step
    from pass_aws.model import Credentials
    from pass_aws.sso.console_identity import Place


def source(step: Step, context: Context) -> Root:
    """The identity's own credentials; the stored sign-in holds them, so they are not cached once more."""
    found = place(step)

    @cache
    def fetch() -> Credentials:
        return console_sign_in.credentials(found, context, keys_of=step.profile)

    return Root((step.call, found.arn, found.endpoint.url or ""), fetch)


def stem(step: Step) -> str:
    """Whose end is the end of what was made of these credentials in the cache."""
    return identity.stem(place(step).digest)


def place(step: Step) -> Place:
    """Where the step's profile signs in."""
    return console_identity.place(step.settings, f"pass aws signin {quote(step.profile)}")
