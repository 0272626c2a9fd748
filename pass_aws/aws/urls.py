"""URLs that receive secrets: checks, the host for messages, and the proxies."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pass_aws.text.safe_text import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

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


def proxies(env: Mapping[str, str], url: str) -> dict[str, str]:
    """The proxy for a URL by its scheme, in botocore's form; empty for none.

    Lower-case variable names take precedence, even if they are empty, as in curl and Python's urllib.
    """
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    proxy = _either(env, f"{parts.scheme}_proxy")
    if not proxy or _spared(parts.hostname or "", _either(env, "no_proxy")):
        return {}
    return {parts.scheme: proxy}


def _either(env: Mapping[str, str], name: str) -> str:
    return env.get(name, env.get(name.upper(), ""))


def _spared(host: str, listed: str) -> bool:
    """Whether NO_PROXY contains a host or one of its domains."""
    domains = [name.strip().lstrip(".").lower() for name in listed.split(",")]
    return "*" in domains or any(name and f".{host}".endswith(f".{name}") for name in domains)


def host(url: str) -> str:
    """A URL's host and port for messages: without a password; any text is accepted."""
    return url.partition("://")[2].partition("/")[0].rpartition("@")[2]
