"""STS for OIDC tokens: AssumeRoleWithWebIdentity, unsigned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fakeaws.limits import Text
from fakeaws.roles import NAME, ROLE_SECONDS, answer, become, role_of
from fakeaws.session_policy import packed_size
from fakeaws.sts import ARN, POLICY, POLICY_ARNS, STS
from fakeaws.wire import Refused

if TYPE_CHECKING:
    from fakeaws.people import WebToken
    from fakeaws.query import Asked


@STS.action(
    "AssumeRoleWithWebIdentity",
    {
        "RoleArn": ARN,
        "RoleSessionName": NAME,
        "WebIdentityToken": Text(4, 20000),
        "PolicyArns": POLICY_ARNS,
        "Policy": POLICY,
        "DurationSeconds": ROLE_SECONDS,
    },
    "RoleArn",
    "RoleSessionName",
    "WebIdentityToken",
    signed=False,
)
def assume_role_with_web_identity(asked: Asked) -> dict[str, object]:
    """A role's session for a token of a trusted issuer."""
    token = _web_token(asked)
    role = role_of(asked)
    if role is None or token.issuer not in role.trust:
        message = "Not authorized to perform sts:AssumeRoleWithWebIdentity"
        raise Refused("AccessDenied", message, 403)
    packed = packed_size(asked)
    return answer(role, asked, become(role, asked, "", {})) | {
        "SubjectFromWebIdentityToken": token.subject,
        "Provider": f"arn:{role.partition}:iam::{role.account}:oidc-provider/{token.issuer}",
        "Audience": token.audience,
        "PackedPolicySize": packed,
    }


def _web_token(asked: Asked) -> WebToken:
    text = asked.text("WebIdentityToken")
    if text.count(".") != 2:
        message = (
            "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"
        )
        raise Refused("InvalidIdentityToken", message)
    token = asked.world.web_tokens.get(text)
    if token is None:
        message = (
            "Couldn't retrieve verification key from your identity provider,  please reference"
            " AssumeRoleWithWebIdentity documentation for requirements"
        )
        raise Refused("InvalidIdentityToken", message)
    if asked.now >= token.expires:
        times = (
            f"current date/time {int(asked.now)} must be before the expiration date/time{int(token.expires)}"
        )
        raise Refused("ExpiredTokenException", f"Token expired: {times}")
    return token
