"""What an exception of botocore means that is not an answer of AWS."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

from pass_aws.aws import refusals, urls

if TYPE_CHECKING:
    from pass_aws.aws.refusals import Refusal
    from pass_aws.aws.sts import Call


def unanswered(call: Call, error: Exception) -> Refusal:
    """The error for an exception of botocore that is not an answer of AWS.

    Args:
        call: the call.
        error: the exception; part of its text is shown.
    """
    from botocore import exceptions as raised

    if isinstance(error, raised.ParamValidationError):
        return refusals.parameter(call.facts, str(error).partition("parameter ")[2].partition(",")[0])
    known = getattr(error, "kwargs", {})
    host = urls.host(known.get("endpoint_url") or call.endpoint.url or "") or "AWS"
    if isinstance(error, (raised.ReadTimeoutError, raised.ConnectionClosedError)):
        return refusals.lost(call.facts, host)
    cause = known.get("error", error)
    unknown = any(isinstance(each, socket.gaierror) for each in (cause, getattr(cause, "__context__", None)))
    kinds: tuple[tuple[Any, str], ...] = (
        (raised.ProxyConnectionError, "proxy"),
        (raised.SSLError, "tls"),
        (raised.ConnectTimeoutError, "timeout"),
        (raised.EndpointConnectionError, "dns" if unknown else "refused"),
    )
    kind = next((name for kind, name in kinds if isinstance(error, kind)), "other")
    return refusals.unreached(kind, host, cause)
