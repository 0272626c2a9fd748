"""Where a URL leads, and through which proxy."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping


def select(env: Mapping[str, str], url: str) -> dict[str, str]:
    """The proxy for a URL by its scheme, as botocore wants it told; empty for none.

    The lower-case names win, also when they are empty, as with curl and Python's urllib.
    """
    parts = urlsplit(url)
    proxy = _either(env, f"{parts.scheme}_proxy")
    if not proxy or _spared(parts.hostname or "", _either(env, "no_proxy")):
        return {}
    return {parts.scheme: proxy}


def _either(env: Mapping[str, str], name: str) -> str:
    return env.get(name, env.get(name.upper(), ""))


def _spared(host: str, listed: str) -> bool:
    """Whether a host is one of NO_PROXY's hosts, or in one of its domains."""
    domains = [name.strip().lstrip(".").lower() for name in listed.split(",")]
    return "*" in domains or any(name and f".{host}".endswith(f".{name}") for name in domains)


def host(url: str) -> str:
    """A URL's host and port as they may be shown: without a password, and of any text."""
    return url.partition("://")[2].partition("/")[0].rpartition("@")[2]
