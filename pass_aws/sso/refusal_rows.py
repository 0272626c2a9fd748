"""The meaning of refusals of Identity Center and the sign-in service, and the hints for them."""

from __future__ import annotations

from pass_aws.aws import refusal_rows as causes
from pass_aws.aws.refusals import Refusal, clock, plain

ENDED = "ended"
"""The sign-in has ended: a refresh does not help, only a new sign-in."""
PENDING, SLOW, THROTTLED = "AuthorizationPendingException", "SlowDownException", "TooManyRequestsException"
DENIED = "AccessDeniedException"
UNAUTHORIZED = "UnauthorizedException"
EXPIRED = "ExpiredTokenException"

_AGAIN = "run the command again to sign in"
TABLE: dict[str, tuple[str, str, str]] = {
    UNAUTHORIZED: ("the sign-in has ended or was revoked", _AGAIN, ENDED),
    EXPIRED: ("the code was not entered in time", _AGAIN, ENDED),
    "InvalidGrantException": ("the sign-in can no longer be refreshed", _AGAIN, ENDED),
    "InvalidClientException": ("Identity Center no longer knows our registration", _AGAIN, ENDED),
    "TOKEN_EXPIRED": ("the sign-in has expired", _AGAIN, ENDED),
    "AUTHCODE_EXPIRED": ("the code of this sign-in has expired or was used", _AGAIN, ENDED),
    "USER_CREDENTIALS_CHANGED": ("the user's password has changed since the sign-in", _AGAIN, ENDED),
    "INSUFFICIENT_PERMISSIONS": (
        "this user has no permission to use console sign-in for credentials",
        "attach the policy SignInLocalDevelopmentAccess to the user",
        causes.DENIED,
    ),
    DENIED: ("access was refused in the browser", "run the command again and allow it", causes.DENIED),
    "UnauthorizedClientException": (
        "Identity Center does not allow this way to sign in",
        "use --device-code, or omit it if you did",
        causes.DENIED,
    ),
    "ForbiddenException": (
        "you do not have this role in this account in Identity Center",
        "run pass aws sso list to see the accounts and roles that you have",
        causes.DENIED,
    ),
    "ResourceNotFoundException": (
        "Identity Center does not know this account or role",
        "run pass aws sso list to see the accounts and roles that you have",
        causes.DENIED,
    ),
    THROTTLED: ("Identity Center is throttling", "try again in a minute", causes.TROUBLE),
    "TooManyRequestsError": ("the sign-in service is throttling", "try again in a minute", causes.TROUBLE),
    "InvalidRequestRegionException": (
        "this Identity Center is in another region",
        "correct sso_region in the config file",
        causes.PARAMETER,
    ),
    "InvalidRedirectUriException": ("our redirect URL was refused", "use --device-code", causes.DENIED),
}  # fmt: skip


def refusal(name: str, *, code: str, status: int, text: str, skew: float) -> Refusal:
    """The message for the user.

    Args:
        name: the operation.
        code: AWS's error code, or the `error` of the sign-in service.
        status: of the HTTP answer.
        text: AWS's own words, without secrets.
        skew: seconds by which AWS's clock is ahead of ours.
    """
    if row := TABLE.get(code):
        return Refusal(*row)
    if status >= 500:
        return Refusal(f"AWS has trouble with {name} (HTTP {status})", "try again", causes.TROUBLE)
    said = f"{name} was refused: {plain(code, 60)}: {plain(text)}"
    if code == "InvalidRequestException":
        return Refusal(
            said, "check that sso_start_url and sso_region are those of your organization", causes.PARAMETER
        )
    if abs(skew) > 300:
        return Refusal(said, clock(skew), causes.OTHER)
    return Refusal(said, f"look up the code in AWS's documentation of {name}", causes.OTHER)
