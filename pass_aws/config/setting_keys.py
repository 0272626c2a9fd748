"""All profile keys about credentials: the variables that set them, and their valid values."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pass_aws.aws import role_request, urls, values

if TYPE_CHECKING:
    from collections.abc import Callable

CREDENTIAL_SOURCES = ("Environment", "Ec2InstanceMetadata", "EcsContainer")
SERVICES = ("sts", "iam", "sso", "sso_oidc", "signin")
"""Services whose endpoints can be overridden individually."""


class Key(NamedTuple):
    """A key of a profile.

    Args:
        name: lower case.
        check: raises ValueError with the reason; the message must not contain a secret.
        env: variables that override the file for every profile of a chain, highest precedence first.
        target_env: variables that apply only to the profile named on the command line.
        inherited: whether `[default]` may set it for every profile: settings, but never identity.
        in_files: whether files can set it; if not, a key of that name belongs to another tool.
    """

    name: str
    check: Callable[[str], object] = str
    env: tuple[str, ...] = ()
    target_env: tuple[str, ...] = ()
    inherited: bool = False
    in_files: bool = True


DURATION_ENV = ("PASS_AWS_DURATION", "AWS_VAULT_DURATION")
"""Variables with the meaning of `--duration`."""
REGION_ENV = ("AWS_REGION", "AWS_DEFAULT_REGION")
TOKEN_ENV = "AWS_WEB_IDENTITY_TOKEN_FILE"  # noqa: S105 - a variable's name
OF_TOKEN = ("AWS_ROLE_ARN", "AWS_ROLE_SESSION_NAME")
"""Variables that pods and runners set with their token; without a token they are user settings."""
OTHER_CA = "REQUESTS_CA_BUNDLE"
"""The last place where botocore looks for certificates."""

IDENTITY = (
    Key("role_arn", values.role_arn, target_env=("AWS_ROLE_ARN",)),
    Key("source_profile"),
    Key("credential_source", values.one_of(*CREDENTIAL_SOURCES)),
    Key("external_id", values.external_id),
    Key("source_identity", values.source_identity, target_env=("AWS_SOURCE_IDENTITY",)),
    Key("session_tags", role_request.tags, target_env=("AWS_SESSION_TAGS",)),
    Key("transitive_session_tags", role_request.transitive, target_env=("AWS_TRANSITIVE_TAGS",)),
    Key("credential_process"),
    Key("web_identity_token_file"),
    Key("web_identity_token_process"),
    Key("sso_session"),
    Key("sso_account_id", values.account),
    Key("sso_role_name", values.permission_set),
    Key("sso_start_url", urls.page),
    Key("sso_region", values.region),
    Key("sso_registration_scopes", values.scopes),
    Key("login_session", values.login_session),
    Key("aws_account_id", values.account),
)
"""Keys about identity: only from the profile and the profiles it includes."""

SETTINGS = (
    Key("region", values.region, env=REGION_ENV, inherited=True),
    Key("mfa_serial", values.serial, env=("AWS_MFA_SERIAL",), inherited=True),
    Key("mfa_process", inherited=True),
    Key("mfa_entry", inherited=True),
    Key("role_session_name", values.session_name, target_env=("AWS_ROLE_SESSION_NAME",), inherited=True),
    Key(
        "sts_regional_endpoints",
        values.one_of("regional", "legacy"),
        env=("AWS_STS_REGIONAL_ENDPOINTS",),
        inherited=True,
    ),
    Key("use_fips_endpoint", values.flag, env=("AWS_USE_FIPS_ENDPOINT",), inherited=True),
    Key("use_dualstack_endpoint", values.flag, env=("AWS_USE_DUALSTACK_ENDPOINT",), inherited=True),
    Key("ca_bundle", env=("AWS_CA_BUNDLE",), inherited=True),
    Key("services"),
    Key("no_session", values.flag),
    Key("allow_http_endpoint", values.flag, env=("PASS_AWS_ALLOW_HTTP_ENDPOINT",)),
    Key(
        "ignore_configured_endpoint_urls",
        values.flag,
        env=("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",),
        inherited=True,
    ),
)
"""Keys about how calls are made."""

INSTANCE = (
    Key("ec2_metadata_service_endpoint", urls.metadata, env=("AWS_EC2_METADATA_SERVICE_ENDPOINT",)),
    Key(
        "ec2_metadata_service_endpoint_mode",
        values.one_of("ipv4", "ipv6"),
        env=("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",),
    ),
    Key("imds_use_ipv6", values.flag, env=("AWS_IMDS_USE_IPV6",)),
    Key("ec2_metadata_v1_disabled", values.flag, env=("AWS_EC2_METADATA_V1_DISABLED",)),
    Key("metadata_service_timeout", values.count, env=("AWS_METADATA_SERVICE_TIMEOUT",)),
    Key("metadata_service_num_attempts", values.count, env=("AWS_METADATA_SERVICE_NUM_ATTEMPTS",)),
)
"""Keys about the instance metadata service."""

DURATIONS = (
    Key("duration_seconds", env=(*DURATION_ENV, "AWS_ASSUME_ROLE_TTL"), inherited=True),
    Key("session_token_ttl", env=(*DURATION_ENV, "AWS_SESSION_TOKEN_TTL"), in_files=False),
    Key("chained_session_token_ttl", env=("AWS_CHAINED_SESSION_TOKEN_TTL",), in_files=False),
)
"""Durations: of a role, of a delivered session, of a session from which roles are assumed.

`--duration` does not set the last one: one code should serve every role, whatever the first one needed.
"""

NARROWING = (
    Key("policy", role_request.policy, in_files=False),
    Key("policy_arns", role_request.policy_arns, in_files=False),
    Key("read_only", in_files=False),
)
"""Keys that only the command line can set."""

ALL = (*IDENTITY, *SETTINGS, *INSTANCE, *DURATIONS, *NARROWING)
