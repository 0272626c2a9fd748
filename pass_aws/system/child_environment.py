"""The environment of a command that gets credentials: a new mapping with ours instead of old ones."""

from __future__ import annotations

from time import gmtime  # a conversion that reads no clock

from pass_aws.errors import UserError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pass_aws.model import Credentials

EXPORTED = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_CREDENTIAL_EXPIRATION",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_ACCOUNT_ID",
    "AWS_VAULT",
    "_PASS_AWS_REGION",
)
"""The variables of credentials, in the order of our output."""

MEMORY = "_PASS_AWS_SETTINGS"
"""Lists the directing variables that we set, as `NAME=value`; otherwise they would look like the user's."""

REGIONS = ("AWS_REGION", "AWS_DEFAULT_REGION")
OUR_REGION = "_PASS_AWS_REGION"
"""The region that we exported from a profile or an option, never the user's own."""

ENDPOINT = "AWS_ENDPOINT_URL"
FLAGS = ("AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT", "AWS_STS_REGIONAL_ENDPOINTS", "AWS_CA_BUNDLE")
SERVICE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")

REMOVED = (
    *EXPORTED,
    MEMORY,
    "AWS_SECURITY_TOKEN",
    "AWS_CREDENTIAL_FILE",
    "AWS_CREDENTIAL_SCOPE",
    "BOTO_CONFIG",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SDK_LOAD_CONFIG",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
)
"""Variables that would make an SDK use other credentials; `AWS_CONTAINER_…` are removed, too."""

SECRETS = (*EXPORTED[:3], "AWS_SECURITY_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN")
"""Variables with credentials that the caller may have: for `add --env`, inside `exec`, in a container."""

CONTAINER = "AWS_CONTAINER_"
OURS = "_PASS_AWS_"


def moment(expires: int) -> str:
    """Unix seconds in AWS's form: `2026-11-22T09:58:24Z`."""
    return "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z".format(*gmtime(expires)[:6])


def directing(name: str) -> bool:
    """Whether a variable sets the endpoints of SDKs, or the certificates they trust."""
    known, _, service = name.partition(f"{ENDPOINT}_")
    return name == ENDPOINT or name in FLAGS or (not known and service != "" and SERVICE.issuperset(service))


def ours(env: Mapping[str, str]) -> list[str]:
    """The variables in an environment that an earlier pass aws has set, not the user."""
    region, memory = env.get(OUR_REGION), f" {env.get(MEMORY, '')} "
    found = [name for name in REGIONS if region and env.get(name) == region]
    if memory.strip():
        endpoints = sorted(name for name in env if name.startswith(ENDPOINT))
        names = filter(directing, (*endpoints, *FLAGS))
        found += [name for name in names if name in env and f" {name}={env[name]} " in memory]
    return found


def users(env: Mapping[str, str]) -> dict[str, str]:
    """The variables that the user has set: without our exports and our internal variables."""
    not_theirs = ours(env)
    return {name: value for name, value in without_messages(env).items() if name not in not_theirs}


def without_messages(env: Mapping[str, str]) -> dict[str, str]:
    """The environment without our internal variables."""
    return {name: value for name, value in env.items() if not name.startswith(OURS)}


def helpers(env: Mapping[str, str]) -> dict[str, str]:
    """The environment of a program that we use: gpg, git with its hooks, mfa_process, pinentry, a browser.

    It is the caller's environment without credentials and without our internal variables. A program that a
    profile names as a source of credentials gets them, as SDKs do; see `users`.
    """
    return {name: value for name, value in users(env).items() if name not in SECRETS}


def exports(
    credentials: Credentials,
    *,
    profile: str,
    region: str,
    users_region: bool = False,
    directions: Sequence[tuple[str, str]] = (),
) -> list[tuple[str, str]]:
    """The variables to set, in order, without unknown ones.

    Args:
        credentials: a session or a key.
        profile: the name in the request.
        region: empty if the profile has none.
        users_region: whether the region comes from the caller's environment, and so stays the user's setting.
        directions: directing variables that the profile sets.
    """
    values = (
        credentials.access_key_id,
        credentials.secret_access_key,
        credentials.session_token,
        "" if credentials.expires is None else moment(credentials.expires),
        region,
        region,
        credentials.account_id,
        profile,
        "" if users_region else region,
    )
    found = [(name, value) for name, value in zip(EXPORTED, values, strict=True) if value]
    memory = " ".join(f"{name}={value}" for name, value in directions)
    return [*found, *directions, *([(MEMORY, memory)] if memory else [])]


def replaced(parent: Mapping[str, str], exported: Sequence[tuple[str, str]]) -> dict[str, str]:
    """The caller's environment with other credentials.

    Args:
        parent: the caller's environment.
        exported: the result of `exports`.
    """
    kept = {
        name: value
        for name, value in users(parent).items()
        if name not in REMOVED and not name.startswith(CONTAINER)
    }
    kept.update(exported)
    return kept


def umask(env: Mapping[str, str]) -> int | None:
    """The command's file mode mask, if pass has replaced the caller's or the user sets another.

    Raises:
        UserError: PASS_AWS_UMASK is not a mask.
    """
    text = env.get("PASS_AWS_UMASK", "")
    if text and (len(text) > 4 or text.strip("01234567") or int(text, 8) > 0o777):
        raise UserError(f"PASS_AWS_UMASK is not an octal mask: {text}", hint="set it to a mask such as 022")
    return int(text, 8) if text else None
