"""The environment of a command that gets credentials: a new mapping, everything stale out, nine names in."""

from __future__ import annotations

from time import gmtime  # a conversion; no clock is read

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
"""The only names that are ever set, in the order in which they are shown."""

REMOVED = (
    *EXPORTED,
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
"""Names that would make an SDK take other credentials than ours; `AWS_CONTAINER_…` go too."""

CONTAINER = "AWS_CONTAINER_"
OURS = "_PASS_AWS_"


def moment(expires: int) -> str:
    """Unix seconds as AWS writes them: `2026-11-22T09:58:24Z`."""
    return "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z".format(*gmtime(expires)[:6])


def exports(credentials: Credentials, *, profile: str, region: str) -> list[tuple[str, str]]:
    """The variables to set, in order; what is not known is left out.

    Args:
        credentials: a session or a key.
        profile: the name as it was asked for.
        region: empty where the profile has none.
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
        region,
    )
    return [(name, value) for name, value in zip(EXPORTED, values, strict=True) if value]


def replaced(parent: Mapping[str, str], exported: Sequence[tuple[str, str]]) -> dict[str, str]:
    """The caller's environment with other credentials.

    Args:
        parent: the caller's.
        exported: what `exports` made.
    """
    kept = {
        name: value
        for name, value in parent.items()
        if name not in REMOVED and not name.startswith((CONTAINER, OURS))
    }
    kept.update(exported)
    return kept


def of(parent: Mapping[str, str], credentials: Credentials, *, profile: str, region: str) -> dict[str, str]:
    """The environment of a command that gets these credentials; `exports` has the arguments."""
    return replaced(parent, exports(credentials, profile=profile, region=region))


def umask(env: Mapping[str, str]) -> int | None:
    """The command's file mode mask, where pass has replaced the caller's or the user wants another.

    Raises:
        UserError: PASS_AWS_UMASK is no mask.
    """
    text = env.get("PASS_AWS_UMASK") or env.get("_PASS_AWS_UMASK", "")
    if text and (len(text) > 4 or text.strip("01234567") or int(text, 8) > 0o777):
        raise UserError(f"PASS_AWS_UMASK is no octal mask: {text}", hint="for example 022")
    return int(text, 8) if text else None
