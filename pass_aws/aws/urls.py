"""Checks of URLs that receive secrets."""

from __future__ import annotations

import re

from pass_aws.text.safe_text import shown

_HOST = r"\[[0-9a-f:.]+\]|[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?"
_URL = rf"(https?)://({_HOST})(?::([0-9]{{1,5}}))?(/[!-~]*)?"
_LOOPBACK = r"localhost|127(?:\.[0-9]{1,3}){3}|\[(?:(?:0{1,4}:){7}|::)0{0,3}1\]"


def endpoint(text: str) -> str:
    """An endpoint for AWS calls."""
    _parts(text)
    if set(text) & set("?#"):
        raise ValueError(f"{shown(text)} has a query or a fragment, which is not allowed in an endpoint")
    return text


def in_clear(text: str) -> bool:
    """Whether others can read requests to an endpoint: http on another machine."""
    found = re.fullmatch(_URL, text, re.IGNORECASE)
    return bool(found and found[1].lower() == "http" and not re.fullmatch(_LOOPBACK, found[2], re.IGNORECASE))


def page(text: str) -> str:
    """A page to open in a browser."""
    if _parts(text)[0] != "https":
        raise ValueError(f"{shown(text)} must be https")
    return text


def metadata(text: str) -> str:
    """The instance metadata service, which uses http on a private link."""
    _parts(text)
    return text


def _parts(text: str) -> tuple[str, str]:
    """Scheme and host."""
    found = re.fullmatch(_URL, text, re.IGNORECASE)
    if not found or int(found[3] or 0) > 65535:
        raise ValueError(f"{shown(text)} is not a URL (https://host:port)")
    return found[1].lower(), found[2]
