"""What the refusals of Identity Center and of the sign-in service mean, and what to do about them."""

from __future__ import annotations

from pass_aws.aws import refusal_rows as causes
from pass_aws.aws.refusals import Refusal, clock, plain

ENDED = "ended"
"""The sign-in is over: a refresh cannot help, a new sign-in does."""
PENDING, SLOW, THROTTLED = "AuthorizationPendingException", "SlowDownException", "TooManyRequestsException"
DENIED = "AccessDeniedException"
UNAUTHORIZED = "UnauthorizedException"
EXPIRED = "ExpiredTokenException"

_AGAIN = "run it again to sign in anew"
TABLE: dict[str, tuple[str, str, str]] = {
    UNAUTHORIZED: ("the sign-in has ended or was revoked", _AGAIN, ENDED),
    EXPIRED: ("the code was not entered in time", _AGAIN, ENDED),
    "InvalidGrantException": ("the sign-in cannot be refreshed any more", _AGAIN, ENDED),
    "InvalidClientException": ("Identity Center does not know our registration any more", _AGAIN, ENDED),
    "TOKEN_EXPIRED": ("the sign-in has expired", _AGAIN, ENDED),
    "AUTHCODE_EXPIRED": ("the code of this sign-in has expired or was used", _AGAIN, ENDED),
    "USER_CREDENTIALS_CHANGED": ("the password of this user has changed since the sign-in", _AGAIN, ENDED),
    "INSUFFICIENT_PERMISSIONS": (
        "this user may not use console sign-in as credentials",
        "attach the policy SignInLocalDevelopmentAccess to the user",
        causes.DENIED,
    ),
    DENIED: ("access was refused in the browser", "run it again, and allow the access there", causes.DENIED),
    "UnauthorizedClientException": (
        "Identity Center does not allow this way to sign in",
        "try --device-code, or leave it out",
        causes.DENIED,
    ),
    "ForbiddenException": (
        "Identity Center does not give you this role in this account",
        "run pass aws sso list to see the accounts and roles that you have",
        causes.DENIED,
    ),
    "ResourceNotFoundException": (
        "Identity Center does not know this account or role",
        "run pass aws sso list to see the accounts and roles that you have",
        causes.DENIED,
    ),
    THROTTLED: ("Identity Center is asked too often", "try again in a minute", causes.TROUBLE),
    "TooManyRequestsError": ("the sign-in service throttles", "try again in a minute", causes.TROUBLE),
    "InvalidRequestRegionException": (
        "this Identity Center is in another region",
        "correct sso_region in the config file",
        causes.PARAMETER,
    ),
    "InvalidRedirectUriException": ("our address is refused", "use --device-code", causes.DENIED),
}  # fmt: skip


def refusal(name: str, *, code: str, status: int, text: str, skew: float) -> Refusal:
    """What to tell the user.

    Args:
        name: the operation.
        code: AWS's error code, or the `error` of the sign-in service.
        status: of the HTTP answer.
        text: AWS's own words, without secrets.
        skew: seconds AWS's clock is ahead of ours.
    """
    if row := TABLE.get(code):
        return Refusal(*row)
    if status >= 500:
        return Refusal(f"AWS has trouble with {name} (HTTP {status})", "try again", causes.TROUBLE)
    said = f"{name} was refused: {plain(code, 60)}: {plain(text)}"
    if code == "InvalidRequestException":
        return Refusal(
            said, "see that sso_start_url and sso_region are those of your organization", causes.PARAMETER
        )
    if abs(skew) > 300:
        return Refusal(said, clock(skew), causes.OTHER)
    return Refusal(said, "", causes.OTHER)
