"""The host of a URL, and the proxy for it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping


def select(env: Mapping[str, str], url: str) -> dict[str, str]:
    """The proxy for a URL by its scheme, in botocore's form; empty for none.

    Lower-case variable names take precedence, even if they are empty, as in curl and Python's urllib.
    """
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
