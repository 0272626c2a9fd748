"""Filters requests to a credential server: it answers SDKs, but not browsers and proxies.

A web page can send requests to loopback, even with its own host name (DNS rebinding). The Host header, and
headers that only browsers and proxies send, reveal such requests.
"""

from __future__ import annotations

import hmac
import json
from typing import TYPE_CHECKING

from pass_aws.server.request import Answer

if TYPE_CHECKING:
    from pass_aws.server.request import Request

FORWARDED = ("forwarded", "via", "x-real-ip", "client-ip", "true-client-ip", "cf-connecting-ip")
BROWSERS = ("origin", "referer", "cookie")
PREFIXES = ("x-forwarded-", "sec-fetch-", "sec-ch-", "access-control-")


def refused(status: int, message: str) -> Answer:
    """An error in the form that SDKs show: like the agents of ECS and EKS, with `code` and `message`."""
    text = {"code": f"{status}", "message": f"pass aws: {message}"}
    return Answer(status, json.dumps(text).encode() + b"\n")


def refusal(request: Request, hosts: frozenset[str]) -> Answer | None:
    """The refusal of a request; None if it passes this filter.

    Args:
        request: the request.
        hosts: allowed values of Host: `127.0.0.1:PORT`, `localhost:PORT`.
    """
    if request.one("host") not in hosts:
        return refused(421, "the Host header does not name this server")
    for name, _ in request.headers:
        if name in BROWSERS or name.startswith(PREFIXES) or name in FORWARDED:
            return refused(403, f"the {name} header shows that the request comes from a browser or a proxy")
    return None


def same(given: str, secret: str) -> bool:
    """Whether two texts are equal; the time of the comparison does not depend on where they differ."""
    return hmac.compare_digest(given.encode(), secret.encode())
