"""boto3's clients, isolated from files and variables, and imported for the first call.

A boto3 client is a botocore client; what isolates it (files, variables, credentials) is set in botocore.
"""

from __future__ import annotations

import logging
import os
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from pass_aws.aws import refusals, urls
from pass_aws.aws.botocore_errors import unanswered
from pass_aws.aws.http_answer import TooLargeError
from pass_aws.aws.refusals import AwsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pass_aws.aws.partition import Endpoint
    from pass_aws.aws.sts import Call
    from pass_aws.model import Credentials

CONNECT_TIMEOUT = 5
ATTEMPTS = 3
NOT_FOR_IT = ("SSLKEYLOGFILE", "BOTOCORE_EXPERIMENTAL__PLUGINS")
"""Variables that would log the keys of our TLS connections, or load other code into our process."""
SILENCED = ("botocore", "urllib3")
"""Loggers whose debug lines contain request bodies and answers."""
SERVICES = ("iam", "signin", "sso", "sso-oidc", "sts")


class Clients:
    """boto3's clients, one for each service, endpoint and number of attempts.

    Args:
        env: the environment with the proxy variables.
        read_timeout: seconds to wait for an answer.
    """

    def __init__(self, env: Mapping[str, str], read_timeout: float) -> None:
        self._env = env
        self._read_timeout = read_timeout
        self._made: dict[tuple[str, Endpoint, bool], Any] = {}
        self._botocore: Any = None
        self._session: Any = None
        self._signer = _Signer()

    def get(self, service: str, endpoint: Endpoint, *, once: bool) -> Any:  # noqa: ANN401 - no types, here and below
        """The client for an endpoint.

        Args:
            service: one of SERVICES.
            endpoint: where the calls go.
            once: whether a request must not be repeated.
        """
        key = (service, endpoint, once)
        if key not in self._made:
            self._made[key] = self._new(service, endpoint, 1 if once else ATTEMPTS)
        return self._made[key]

    def reconnect(self) -> None:
        """Forgets the clients and their connections."""
        self._made.clear()

    def send(self, call: Call) -> Mapping[str, Any]:
        """Sends a call and returns AWS's answer as botocore has parsed it; a refusal is an answer, too.

        Raises:
            AwsError: AWS does not answer, or its answer cannot be parsed.
        """
        from botocore import exceptions, xform_name

        sent = {name: value for name, value in call.parameters.items() if value}
        self._signer.use(call.signer)
        try:
            client = self.get(call.service, call.endpoint, once=call.once)
        except (exceptions.BotoCoreError, OSError, ValueError) as error:
            raise AwsError(unanswered(call, error)) from None
        try:
            with _headers(client, call.headers):
                answer: Mapping[str, Any] = getattr(client, xform_name(call.name))(**sent)
        except exceptions.ClientError as error:
            return error.response  # type: ignore[no-any-return] # botocore has no types
        except (exceptions.BotoCoreError, OSError) as error:
            raise AwsError(unanswered(call, error)) from None
        except TooLargeError as error:
            raise AwsError(refusals.unusable(call.facts, error)) from None
        except Exception:  # noqa: BLE001 - its parsers raise any exception for a strange answer, and quote the answer
            raise AwsError(refusals.unusable(call.facts, "it is not an answer of AWS")) from None
        return answer

    def _new(self, service: str, endpoint: Endpoint, attempts: int) -> Any:  # noqa: ANN401
        bundle = endpoint.ca_bundle
        if bundle and not (os.access(bundle, os.R_OK) and (os.path.isfile(bundle) or os.path.isdir(bundle))):
            raise OSError(f"cannot read the CA bundle {bundle}")
        from pass_aws.aws import limited_session

        if self._session is None:
            self._botocore, self._session = _new_sessions(self._signer)
        self._botocore.set_config_variable(
            "sts_regional_endpoints", "legacy" if endpoint.legacy else "regional"
        )

        def made(proxy: Mapping[str, str]) -> Any:  # noqa: ANN401
            return self._session.client(
                service,
                region_name=endpoint.region,
                endpoint_url=endpoint.url,
                verify=bundle or True,
                config=self._config(endpoint, attempts, proxy),
            )

        client = made({})  # only a client knows its host, and the host decides which proxy is used
        proxy = urls.proxies(self._env, client.meta.endpoint_url)
        if proxy:
            client = made(proxy)
        timeout = (CONNECT_TIMEOUT, self._read_timeout)
        limited_session.limit(client, verify=bundle or True, proxies=proxy, timeout=timeout)
        return client

    def _config(self, endpoint: Endpoint, attempts: int, proxy: Mapping[str, str]) -> Any:  # noqa: ANN401
        from botocore.config import Config

        return Config(
            connect_timeout=CONNECT_TIMEOUT,
            read_timeout=self._read_timeout,
            retries={"mode": "standard", "total_max_attempts": attempts},
            use_fips_endpoint=endpoint.fips,
            use_dualstack_endpoint=endpoint.dualstack,
            ignore_configured_endpoint_urls=True,
            proxies=proxy,
        )


@contextmanager
def _headers(client: Any, made: Callable[[str], Mapping[str, str]] | None) -> Iterator[None]:  # noqa: ANN401
    """Adds headers to the requests that are sent inside this context."""
    if made is None:
        yield
        return

    def add(params: dict[str, Any], **_: object) -> None:
        params["headers"].update(made(params["url"]))

    client.meta.events.register("before-call", add)
    try:
        yield
    finally:
        client.meta.events.unregister("before-call", add)


class _Frozen(NamedTuple):
    """Credentials with botocore's attribute names."""

    access_key: str
    secret_key: str
    token: str
    account_id: str


class _Signer:
    """Stands for the botocore session's credentials: those of the current call of this thread."""

    method = "explicit"

    def __init__(self) -> None:
        self._local = threading.local()

    def use(self, credentials: Credentials | None) -> None:
        """Sets the credentials that sign the next call; None for an unsigned call."""
        self._local.now = credentials

    def load_credentials(self) -> _Signer:
        """Gives the session these credentials, once."""
        return self

    def get_frozen_credentials(self) -> _Frozen | None:
        """Gives botocore the credentials for each signature."""
        now: Credentials | None = getattr(self._local, "now", None)
        if now is None:
            return None
        return _Frozen(now.access_key_id, now.secret_access_key, now.session_token, now.account_id)

    def get_deferred_property(self, _: str) -> Callable[[], None]:
        """Answers for endpoints that contain the account, which STS and IAM do not have."""
        return lambda: None


def silence() -> None:
    """Disables botocore's logging and its environment variables; call this before botocore does anything."""
    for name in NOT_FOR_IT:
        os.environ.pop(name, None)
    for name in SILENCED:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)


def _new_sessions(signer: _Signer) -> tuple[Any, Any]:
    """A session of botocore without files, profiles or variables, and one of boto3 on it."""
    silence()
    from boto3 import Session as Boto3Session
    from botocore.loaders import Loader
    from botocore.session import Session

    defaults = {name: (None, None, found[2], found[3]) for name, found in Session.SESSION_VARIABLES.items()}
    files = dict.fromkeys(("config_file", "credentials_file"), (None, None, os.devnull, None))
    session = Session(session_vars={**defaults, **files})
    loader = Loader(extra_search_paths=[Loader.BUILTIN_DATA_PATH], include_default_search_paths=False)
    loader.list_available_services = lambda _: list(SERVICES)  # otherwise it searches 1,700 files
    session.register_component("data_loader", loader)
    session.register_component("credential_provider", signer)
    return session, Boto3Session(botocore_session=session)
