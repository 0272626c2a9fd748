"""The key or session of a profile in the AWS files, unencrypted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pass_aws.credentials.sources import root
from pass_aws.model import Credentials
from pass_aws.text.quoting import quote

if TYPE_CHECKING:
    from pass_aws.context import Context
    from pass_aws.credentials.sources.root import Root
    from pass_aws.credentials.step import Step


def source(step: Step, context: Context) -> Root:
    """Uses the key, with a warning."""
    settings = step.settings
    context.warn(
        f"warning: the keys of profile {settings.name} are stored unencrypted in the AWS files;"
        f" pass aws add {quote(settings.name)} stores them encrypted"
    )
    return root.of_key(
        Credentials(
            settings.get("aws_access_key_id"),
            settings.get("aws_secret_access_key"),
            settings.get("aws_session_token"),
        )
    )
