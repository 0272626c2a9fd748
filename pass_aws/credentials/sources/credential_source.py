"""`credential_source`: credentials from the environment, a container's server or an instance's server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pass_aws.aws import botocore_client
from pass_aws.aws.http_answer import TooLargeError
from pass_aws.aws.refusals import plain
from pass_aws.credentials import step as calls
from pass_aws.credentials.sources import root, web_token
from pass_aws.errors import UserError
from pass_aws.model import Credentials
from pass_aws.text import answers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pass_aws.context import Context
    from pass_aws.credentials.sources.root import Root
    from pass_aws.credentials.step import Step

RELATIVE, FULL = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"
TOKEN, TOKEN_FILE = "AWS_CONTAINER_AUTHORIZATION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"
TRIES = ("metadata_service_timeout", "metadata_service_num_attempts")
NAMES = {
    "access_key": "AccessKeyId",
    "secret_key": "SecretAccessKey",
    "token": "Token",
    "expiry_time": "Expiration",
}
LONGEST = 10
"""Seconds for each answer of a server that is near."""
WEEK = 7 * 86_400
EXPORT = "export the credentials of the identity that this profile should use"
NO_SERVER = f"check the server in {RELATIVE} or {FULL}"
NO_ROLE = "check whether this machine is an EC2 instance with a role"


def source(step: Step, context: Context) -> Root:
    """Gets the credentials that `credential_source` names.

    Raises:
        UserError: there are none.
    """
    now = context.clock()
    if step.call == calls.ENVIRONMENT:
        return root.of_key(environment(context.parent, now))
    if step.call == calls.CONTAINER:
        return root.of_key(container(context.parent, now))
    return root.of_key(instance(context.parent, now, step.settings.get))


def environment(env: Mapping[str, str], now: float) -> Credentials:
    """The credentials in the SDKs' variables.

    Raises:
        UserError: they are missing, incomplete, invalid or expired.
    """
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    if missing := [name for name in names if not env.get(name)]:
        raise UserError(f"credential_source Environment: {' and '.join(missing)} not set", hint=EXPORT)
    token = "AWS_SECURITY_TOKEN" if env.get("AWS_SECURITY_TOKEN") else "AWS_SESSION_TOKEN"
    end = env.get("AWS_CREDENTIAL_EXPIRATION")
    try:
        made = Credentials(
            answers.visible(env[names[0]], names[0]),
            answers.visible(env[names[1]], names[1]),
            answers.visible(env[token], token) if env.get(token) else "",
            answers.instant(end, "AWS_CREDENTIAL_EXPIRATION") if end else None,
            answers.account(env.get("AWS_ACCOUNT_ID")),
        )
    except ValueError as error:
        raise UserError(f"credential_source Environment: {error}", hint=EXPORT) from None
    if made.expires is not None and made.expires <= now:
        raise UserError(
            "credential_source Environment: the credentials of the environment have expired", hint=EXPORT
        )
    return made


def container(env: Mapping[str, str], now: float) -> Credentials:
    """The session from the server of an ECS task, an EKS pod, or another credential server.

    Raises:
        UserError: no server is set, it is not allowed, or it gives no credentials.

    Source: https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
    """
    if not (env.get(RELATIVE) or env.get(FULL)):
        raise UserError(
            f"credential_source EcsContainer: neither {RELATIVE} nor {FULL} is set",
            hint="it works in a container whose task or pod has a role",
        )
    headers = _authorization(env)
    botocore_client.silence()
    from botocore.exceptions import BotoCoreError
    from botocore.utils import ContainerMetadataFetcher

    from pass_aws.aws.limited_session import LimitedSession

    fetcher = ContainerMetadataFetcher(
        LimitedSession(timeout=ContainerMetadataFetcher.TIMEOUT_SECONDS, longest=LONGEST)
    )
    try:
        url = fetcher.full_url(env[RELATIVE]) if env.get(RELATIVE) else env[FULL]
        return answers.of_metadata(fetcher.retrieve_full_uri(url, headers), now)
    except BotoCoreError as error:  # the server's answer follows the colon
        reason = str(getattr(error, "kwargs", {}).get("error_msg", "")).partition(":")[0]
        said = plain(reason, 150) or "the server cannot be reached"
        raise UserError(f"credential_source EcsContainer: {said}", hint=NO_SERVER) from None
    except (ValueError, TooLargeError) as error:
        raise UserError(f"credential_source EcsContainer: {plain(error, 150)}", hint=NO_SERVER) from None


def _authorization(env: Mapping[str, str]) -> dict[str, str]:
    """The Authorization header for the server; the token file takes precedence."""
    token = env.get(TOKEN, "")
    if path := env.get(TOKEN_FILE):
        token = web_token.contents(path, TOKEN_FILE, answers.LONGEST_TEXT).decode(errors="replace")
    if not (token.isascii() and token.isprintable()):
        raise UserError(
            "the token for the container's server is not a valid header", hint="remove the newline at its end"
        )
    return {"Authorization": token} if token else {}


def instance(env: Mapping[str, str], now: float, get: Callable[[str], str]) -> Credentials:
    """The session of the EC2 instance's role.

    Args:
        env: may disable it.
        now: Unix seconds.
        get: returns a checked value of the profile by its key in setting_keys.INSTANCE, or an empty text.

    Raises:
        UserError: it is disabled, does not answer, or has no credentials.

    Source: https://docs.aws.amazon.com/sdkref/latest/guide/feature-imds-credentials.html
    """
    if env.get("AWS_EC2_METADATA_DISABLED", "").lower() == "true":
        raise UserError(
            "credential_source Ec2InstanceMetadata: AWS_EC2_METADATA_DISABLED disables it",
            hint="unset AWS_EC2_METADATA_DISABLED",
        )
    six = get("ec2_metadata_service_endpoint_mode") == "ipv6" or get("imds_use_ipv6").lower() == "true"
    config = {
        "ec2_metadata_service_endpoint": get("ec2_metadata_service_endpoint") or None,
        "ec2_metadata_service_endpoint_mode": "ipv6" if six else "ipv4",
        "ec2_metadata_v1_disabled": get("ec2_metadata_v1_disabled").lower() == "true",
        "ec2_credential_refresh_window": -WEEK,  # otherwise botocore writes a later expiry into an old answer
    }
    timeout, attempts = (int(get(key) or 1) for key in TRIES)
    try:
        return answers.of_metadata(_from_instance(env, config, timeout, attempts), now)
    except ValueError as error:
        raise UserError(f"credential_source Ec2InstanceMetadata: {plain(error, 150)}", hint=NO_ROLE) from None


def _from_instance(
    env: Mapping[str, str], config: Mapping[str, object], timeout: int, attempts: int
) -> dict[str, object]:
    """The answer of the instance's server, with the names of its JSON."""
    botocore_client.silence()
    from botocore.exceptions import BotoCoreError
    from botocore.utils import InstanceMetadataFetcher, get_environ_proxies

    from pass_aws.aws.limited_session import LimitedSession

    try:
        fetcher = InstanceMetadataFetcher(timeout, attempts, env=dict(env), config=dict(config))
        fetcher._session = LimitedSession(  # noqa: SLF001 - it takes none as an argument
            timeout=timeout, proxies=get_environ_proxies(fetcher.get_base_url()), longest=LONGEST
        )
        found = fetcher.retrieve_iam_role_credentials()
    except (BotoCoreError, TypeError) as error:  # TypeError: its JSON is not an object
        raise ValueError(f"the metadata server does not work ({type(error).__name__})") from None
    except TooLargeError as error:
        raise ValueError(f"the metadata server does not work: {error}") from None
    if not found:
        raise ValueError("the metadata server does not answer, or has no credentials")
    return {name: found[key] for key, name in NAMES.items()}
