"""Role credentials of Identity Center."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pass_aws.aws.refusals import AwsError
from pass_aws.sso import answers, identity_center, refusal_rows, requests

if TYPE_CHECKING:
    from pass_aws.context import Context
    from pass_aws.model import Credentials
    from pass_aws.sso.identity_center_token import Portal


def credentials(portal: Portal, account: str, role: str, context: Context, *, profile: str) -> Credentials:
    """The credentials of a role in an account; renews a revoked token once.

    Args:
        portal: the Identity Center.
        account: twelve digits.
        role: its name in Identity Center.
        context: the doors.
        profile: whose store directory determines the keys for encryption.

    Raises:
        UserError: no sign-in is possible, cancelled, refused.
    """
    token = identity_center.token(portal, context, keys_of=profile)
    try:
        return _fetched(portal, token.access, account, role, context)
    except AwsError as error:
        if error.aws_code != refusal_rows.UNAUTHORIZED:
            raise
    token = identity_center.token(portal, context, keys_of=profile, refused=token.access)
    return _fetched(portal, token.access, account, role, context)


def _fetched(portal: Portal, access: str, account: str, role: str, context: Context) -> Credentials:
    asked = requests.role_credentials(portal.sso, access, account, role)
    return context.aws.read(asked, lambda answer: answers.role_credentials(answer, account, context.clock()))
