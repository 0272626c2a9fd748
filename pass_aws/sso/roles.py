"""Role credentials of Identity Center."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pass_aws.sso import answers, identity_center, requests

if TYPE_CHECKING:
    from pass_aws.context import Context
    from pass_aws.model import Credentials
    from pass_aws.sso.identity_center_token import Portal


def credentials(portal: Portal, account: str, role: str, context: Context, *, profile: str) -> Credentials:
    """The credentials of a role in an account.

    Args:
        portal: the Identity Center.
        account: twelve digits.
        role: its name in Identity Center.
        context: the doors.
        profile: whose store directory determines the keys for encryption.

    Raises:
        UserError: no sign-in is possible, cancelled, refused.
    """

    def fetch(access: str) -> Credentials:
        asked = requests.role_credentials(portal.sso, access, account, role)
        return context.aws.read(
            asked, lambda answer: answers.role_credentials(answer, account, context.clock())
        )

    return identity_center.with_token(portal, context, fetch, keys_of=profile)
