"""The door to AWS: the STS calls that return credentials, and all other calls of STS and IAM."""

from __future__ import annotations

import contextlib
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from pass_aws.aws import http_answer, partition, refusals, sts, urls
from pass_aws.aws.refusals import AwsError
from pass_aws.aws.sts_door import StsDoor
from pass_aws.text import answers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pass_aws.aws.botocore_client import Clients
    from pass_aws.aws.partition import Endpoint
    from pass_aws.aws.refusals import Refusal
    from pass_aws.aws.sts import Call
    from pass_aws.model import Credentials
    from pass_aws.text.answers import Identity

READ_TIMEOUT = 15
T = TypeVar("T")


class Aws:
    """Calls AWS with explicit credentials at an explicit endpoint.

    Every call raises AwsError with a cause and a hint; it never contains a secret.

    Args:
        env: the environment with the proxy variables.
        clock: Unix seconds.
        note: tells the user which custom endpoint, proxy or certificates are in use.
        waiting: a context that tells the user about a long wait.
        read_timeout: seconds to wait for an answer.
    """

    def __init__(
        self,
        env: Mapping[str, str],
        clock: Callable[[], float],
        note: Callable[[str], None],
        *,
        waiting: Callable[[str], contextlib.AbstractContextManager[object]] = contextlib.nullcontext,
        read_timeout: float = READ_TIMEOUT,
    ) -> None:
        self._env = env
        self._clock = clock
        self._note = note
        self._waiting = waiting
        self._read_timeout = read_timeout
        self._sts = StsDoor(env, read_timeout, clock)
        self._said: set[str] = set()
        self.skew = 0.0
        """Seconds by which AWS's clock is ahead of ours, from the Date header of the last answer."""

    def session(self, call: Call) -> Credentials:
        """The session that a call of STS returns: of a user, a role, or a federated user."""
        wanted = str(call.parameters.get("RoleArn", "")).split(":")[1:2]
        return self.read(
            call, lambda answer: answers.of_sts(answer, self._clock(), partition="".join(wanted))
        )

    def caller_identity(self, credentials: Credentials, endpoint: Endpoint) -> Identity:
        """The owner of the credentials."""
        return self.read(sts.get_caller_identity(credentials, endpoint), answers.identity)

    def mfa_serials(self, credentials: Credentials, endpoint: Endpoint) -> list[str]:
        """The serials of the user's MFA devices."""
        return self.read(sts.list_mfa_devices(credentials, endpoint), answers.serials)

    def seconds_ahead(self, endpoint: Endpoint) -> float:
        """Seconds by which AWS's clock is ahead of ours, from an unsigned call, which AWS refuses."""
        try:
            self.read(sts.unsigned(endpoint), answers.identity)
        except AwsError as error:
            if not error.aws_code:
                raise
        return self.skew

    def reconnect(self) -> None:
        """Closes the connections, so that the next call may reach another host."""
        if "_clients" in vars(self):
            self._clients.reconnect()
        self._sts.reconnect()

    @cached_property
    def _clients(self) -> Clients:
        """The clients for all services but STS."""
        from pass_aws.aws.botocore_client import Clients

        return Clients(self._env, self._read_timeout)

    def read(self, call: Call, reader: Callable[[Mapping[str, Any]], T], *, quiet: bool = False) -> T:
        """Makes a call, once if it uses a one-time code, else up to three times; reads its answer strictly.

        Args:
            call: the call.
            reader: converts the answer; raises ValueError if it cannot.
            quiet: whether the caller itself reports the wait.
        """
        if call.name in sts.SECRETS:
            call.endpoint.check_encrypted(call.name)
        self._say_where(call)
        with contextlib.nullcontext() if quiet else self._waiting("waiting for AWS"):
            answer = self.send(call)
        self._note_clock(answer)
        if refused := answer.get("Error"):
            raise self._error(call.refused(answer, self.skew), str(refused.get("Code", "")))
        try:
            return reader(answer)
        except ValueError as error:
            raise self._error(refusals.unusable(call.facts, error)) from None

    def send(self, call: Call) -> Mapping[str, Any]:
        """Sends a call: of STS over our own connections if they reach its endpoint, else with botocore."""
        route = self._sts.route(call)
        return self._sts.send(call, route) if route else self._clients.send(call)

    def _say_where(self, call: Call) -> None:
        """Reports custom endpoints, proxies and certificates, each once: an attacker may have set them."""
        endpoint = call.endpoint
        scheme, _, host = (endpoint.url or "https://").partition("://")
        service = call.service.replace("-", "_")
        if endpoint.url:
            self._say(f"using AWS endpoint {scheme}://{urls.host(endpoint.url)}")
        self._say_proxy(f"{scheme}://{host or partition.host(service, endpoint.region)}")
        for name in ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"):
            if endpoint.ca_bundle and endpoint.ca_bundle == self._env.get(name):
                self._say(f"trusting the certificates in {endpoint.ca_bundle} ({name})")

    def _say_proxy(self, url: str) -> None:
        with contextlib.suppress(ValueError):  # the call itself reports a wrong endpoint
            for scheme, proxy in urls.proxies(self._env, url).items():
                self._say(f"using the proxy {urls.host(proxy) or proxy} ({scheme.upper()}_PROXY)")

    def _say(self, text: str) -> None:
        if text not in self._said:
            self._said.add(text)
            self._note(text)

    def _error(self, refusal: Refusal, code: str = "") -> AwsError:
        return AwsError(refusal, aws_code=code, skew=self.skew)

    def _note_clock(self, answer: Mapping[str, Any]) -> None:
        date = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
        there = http_answer.date_seconds(date or "")
        self.skew = 0.0 if there is None else there - self._clock()
