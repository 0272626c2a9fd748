"""Start URLs of Identity Center: their valid hosts, and their normal form."""

from __future__ import annotations

import re

from pass_aws.text.safe_text import shown

_NAME = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_HOSTS = (
    rf"(?:{_NAME}\.){{1,2}}awsapps\.(?:com|cn)",
    rf"{_NAME}\.portal\.{_NAME}\.app\.(?:aws|amazonwebservices\.com\.cn)",
    rf"{_NAME}\.{_NAME}\.portal\.amazonaws\.(?:com\.cn|com|cn|eu)",
    rf"identitycenter\.(?:{_NAME}\.)?amazonaws\.(?:com\.cn|com|cn|eu)",
)
"""Source: IAM Identity Center user guide, "AWS access portal URL"."""


def known_by(text: str) -> str:
    """The URL without what browsers add to it: `…/start/#/` and `…/start` are the same portal."""
    return text.partition("#")[0].rstrip("/")


def host(text: str) -> str:
    """The host of a checked URL, in lower case."""
    return text.partition("://")[2].partition("/")[0].partition("#")[0].lower()


def check(text: str, *, overridden: bool) -> str:
    """Checks that the page of a start URL may be opened.

    Args:
        text: an https URL, without control characters.
        overridden: whether the user has set another endpoint for Identity Center, and so knows the host.

    Raises:
        ValueError: the host is not one of AWS's.
    """
    if "?" in text:
        raise ValueError(f"{shown(text)} has a query, which is not allowed in a start URL")
    there = host(text)
    if not overridden and not any(re.fullmatch(pattern, there) for pattern in _HOSTS):
        raise ValueError(
            f"the host of {shown(text)} does not belong to AWS (https://NAME.awsapps.com/start);"
            " to use another service, set AWS_ENDPOINT_URL_SSO_OIDC"
        )
    return known_by(text)
