"""STS calls with the standard library, without the half second that botocore needs to start.

`botocore_client` makes the same calls with botocore; the tests compare the two.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from pass_aws.aws import partition, refusals, sts_wire, urls
from pass_aws.aws.http_answer import TooLargeError
from pass_aws.aws.refusals import AwsError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pass_aws.aws.connection import Target
    from pass_aws.aws.http_post import Connections, Reply
    from pass_aws.aws.partition import Endpoint
    from pass_aws.aws.refusals import Refusal
    from pass_aws.aws.sts import Call

ATTEMPTS = 3
TROUBLED = (500, 502, 503, 504)
THROTTLED = frozenset(
    (
        "BandwidthLimitExceeded", "EC2ThrottledException", "LimitExceededException",
        "PriorRequestNotComplete", "ProvisionedThroughputExceededException", "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException", "SlowDown", "Throttling", "ThrottledException", "ThrottlingException",
        "TooManyRequestsException", "TransactionInProgressException",
    )
)  # fmt: skip
TRANSIENT = frozenset(("RequestTimeout", "RequestTimeoutException", "PriorRequestNotComplete"))
PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/")
"""Characters of a path that are not escaped in a signature."""


class Route(NamedTuple):
    """The target of a call, and its signing region."""

    target: Target
    region: str


class StsDoor:
    """Calls STS over our own connections.

    Args:
        env: the environment with the proxy variables.
        read_timeout: seconds to wait for each part of an answer.
        clock: Unix seconds.
        pause: sleeps for a number of seconds.
    """

    def __init__(
        self,
        env: Mapping[str, str],
        read_timeout: float,
        clock: Callable[[], float],
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._env = env
        self._read_timeout = read_timeout
        self._clock = clock
        self._pause = pause
        self._made: Connections | None = None

    def route(self, call: Call) -> Route | None:
        """The route of a call; None if only botocore can make it."""
        return route(self._env, call.endpoint) if call.service == "sts" else None

    def reconnect(self) -> None:
        """Closes the connections, so that the next call may reach another host."""
        self._made = None

    @property
    def _connections(self) -> Connections:
        if self._made is None:
            from pass_aws.aws.http_post import Connections

            self._made = Connections(self._read_timeout)
        return self._made

    def send(self, call: Call, way: Route) -> Mapping[str, Any]:
        """Sends a call by its route and returns AWS's answer in botocore's form; a refusal is an answer, too.

        Raises:
            AwsError: AWS does not answer, or its answer cannot be read.
        """
        parameters = {name: value for name, value in call.parameters.items() if value}
        if name := sts_wire.too_short(parameters):
            raise AwsError(refusals.parameter(call.facts, name))
        target, body = way.target, sts_wire.form(call.name, parameters)
        request = sts_wire.Request(target.authority, target.path, body, way.region)
        attempts = 1 if call.once else ATTEMPTS
        for attempt in range(attempts):
            last = attempt == attempts - 1
            stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(self._clock()))
            headers = {**sts_wire.headers(call.signer, request, stamp), "User-Agent": "pass-aws"}
            try:
                answer = _read(call, self._connections.post(target, headers, body))
            except TooLargeError as error:
                raise AwsError(refusals.unusable(call.facts, error)) from None
            except OSError as error:
                if last:
                    raise AwsError(unanswered(call, target, error)) from None
                self._pause(_delay(attempt))
                continue
            code = answer.get("Error", {}).get("Code", "")
            if last or not again(answer["ResponseMetadata"]["HTTPStatusCode"], code):
                return answer
            self._pause(_delay(attempt, throttled=code in THROTTLED))
        raise AssertionError  # the last attempt returns or raises


def again(status: int, code: str) -> bool:
    """Whether to repeat the call after this answer, as in botocore's standard mode.

    Source: https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
    """
    return status in TROUBLED or code in THROTTLED or code in TRANSIENT


def _delay(attempt: int, *, throttled: bool = False) -> float:
    """Seconds before the next attempt."""
    import random

    return random.random() * (1.0 if throttled else 0.05) * (1 << attempt)  # noqa: S311 - not used for security


def route(env: Mapping[str, str], endpoint: Endpoint) -> Route | None:
    """The route of a call to an endpoint; None if only botocore can reach it.

    Only botocore supports proxies over TLS, and URLs with a password, a query or an unusual path.
    """
    from pass_aws.aws.connection import Target

    host, region = partition.sts(endpoint)
    url = endpoint.url or f"https://{host}"
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)
        proxy = urls.proxies(env, url).get(parts.scheme, "")
        bridge = urlsplit(proxy if "://" in proxy or not proxy else f"http://{proxy}")
        _ = bridge.port
    except ValueError:
        return None
    name, path = parts.hostname or "", parts.path or "/"
    odd = "@" in parts.netloc or parts.query or parts.fragment or not set(path) <= PLAIN or "/." in path
    known = name.isascii() and all(each.isalnum() or each in "-._:" for each in name) and ".." not in name
    if odd or not (port and name and known) or "//" in path or (proxy and bridge.scheme != "http"):
        return None
    if endpoint.url and (endpoint.fips or endpoint.dualstack):
        return None
    return Route(Target(parts.scheme, name, port, path, bridge.geturl(), endpoint.ca_bundle), region)


def _read(call: Call, reply: Reply) -> dict[str, Any]:
    """Converts a reply into botocore's form.

    Raises:
        AwsError: it cannot be read.
    """
    metadata = {"HTTPStatusCode": reply.status, "HTTPHeaders": {"date": reply.date}}
    try:
        if 200 <= reply.status < 300:
            return {**sts_wire.result(call.name, reply.body), "ResponseMetadata": metadata}
        return {"Error": sts_wire.error(reply.body), "ResponseMetadata": metadata}
    except ValueError as error:
        if reply.status >= 500:
            refused = {"Code": str(reply.status), "Message": reply.reason}
            return {"Error": refused, "ResponseMetadata": metadata}
        raise AwsError(refusals.unusable(call.facts, error)) from None


def unanswered(call: Call, target: Target, error: OSError) -> Refusal:
    """The error for a call without an answer.

    Args:
        call: the call.
        target: of the call.
        error: the reason; part of its text is shown.
    """
    import socket
    import ssl

    from pass_aws.aws.connection import ProxyError
    from pass_aws.aws.http_post import LostError

    host = target.authority
    if isinstance(error, LostError):
        return refusals.lost(call.facts, host)
    kinds: tuple[tuple[type[OSError], str], ...] = (
        (ProxyError, "proxy"),
        (ssl.SSLError, "tls"),
        (socket.gaierror, "dns"),
        (TimeoutError, "timeout"),
        (ConnectionError, "refused"),
    )
    kind = next((name for kind, name in kinds if isinstance(error, kind)), "other")
    return refusals.unreached(kind, host, error)
