"""Start URLs of Identity Center: which hosts are AWS's, and what one is known by."""

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
    """The URL without what browsers add to it: `…/start/#/` and `…/start` are one portal."""
    return text.partition("#")[0].rstrip("/")


def host(text: str) -> str:
    """The host of a URL that keys has checked, in lower case."""
    return text.partition("://")[2].partition("/")[0].partition("#")[0].lower()


def check(text: str, *, overridden: bool) -> str:
    """A start URL whose page may be opened.

    Args:
        text: https, without control characters.
        overridden: whether the user has set another endpoint for Identity Center, and so knows the host.

    Raises:
        ValueError: the host is not one of AWS's.
    """
    if "?" in text:
        raise ValueError(f"{shown(text)} has a query, which a start URL does not have")
    there = host(text)
    if not overridden and not any(re.fullmatch(pattern, there) for pattern in _HOSTS):
        raise ValueError(
            f"{shown(text)} is not a host of AWS (https://NAME.awsapps.com/start);"
            " AWS_ENDPOINT_URL_SSO_OIDC names another service on purpose"
        )
    return known_by(text)
