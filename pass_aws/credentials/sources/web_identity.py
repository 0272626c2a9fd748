"""AssumeRoleWithWebIdentity: a role for the token of an identity provider."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from pass_aws.aws import sts
from pass_aws.credentials import digest
from pass_aws.credentials.sources import sts_call, web_token
from pass_aws.credentials.sources.root import Root

if TYPE_CHECKING:
    from pass_aws.context import Context
    from pass_aws.credentials.step import Step


def source(step: Step, context: Context) -> Root:
    """Reads the token, which is the identity: a cached session is used only while the token is the same.

    Raises:
        UserError: there is no token.
    """
    settings, asked = step.settings, step.request
    assert asked is not None  # noqa: S101 - chain.web_identity has set it
    path, command = settings.get("web_identity_token_file"), settings.get("web_identity_token_process")
    token = (
        web_token.of_file(path, settings.name)
        if path
        else web_token.of_process(command, context.programs_env, settings.name)
    )
    return Root(
        (*digest.request(step), sha256(token.encode()).hexdigest()),
        lambda: context.aws.session(
            sts.assume_role_with_web_identity(settings.endpoint(), sts_call.named(asked, context), token)
        ),
        cached=True,
    )
