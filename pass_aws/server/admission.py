"""Which requests a credential server answers at all: those of SDKs, not those of browsers and proxies.

A page in a browser can send requests to loopback, also under a name of its own (DNS rebinding): Host and the
headers that only browsers and proxies send give it away.
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
    """An error as SDKs show it: ECS's agent and EKS's say `code` and `message`."""
    text = {"code": f"{status}", "message": f"pass aws: {message}"}
    return Answer(status, json.dumps(text).encode() + b"\n")


def refusal(request: Request, hosts: frozenset[str]) -> Answer | None:
    """Why a request is not looked at any further; None if it is.

    Args:
        request: as it came.
        hosts: what Host may say: `127.0.0.1:PORT`, `localhost:PORT`.
    """
    if request.one("host") not in hosts:
        return refused(421, "the Host header does not name this server")
    for name, _ in request.headers:
        if name in BROWSERS or name.startswith(PREFIXES) or name in FORWARDED:
            return refused(403, f"requests with {name} come from a browser or a proxy, and get nothing")
    return None


def same(given: str, secret: str) -> bool:
    """Whether two texts are equal, in a time that does not tell how much of them is."""
    return hmac.compare_digest(given.encode(), secret.encode())
