"""Strict readers for answers with credentials or a token: complete and plausible, or an error.

The values are used in `export` lines, session files and HTTP headers, so only visible ASCII is accepted.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from pass_aws.model import Credentials
from pass_aws.text import json_objects

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST_LIFE = 36 * 3600
"""Seconds; the longest life of AWS credentials (GetSessionToken's maximum)."""
SLACK = 900
"""Seconds by which two clocks may differ before AWS refuses the signature."""
LONGEST_TEXT = 16_384
"""Characters; AWS's session tokens have about 1,000, an environment variable may have 131,072."""
TOKEN_SIZE = range(4, 20_001)
"""Characters of a web identity token.

Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
"""


class Identity(NamedTuple):
    """The owner of credentials, as GetCallerIdentity reports it."""

    account: str
    arn: str
    user_id: str


def visible(value: object, name: str) -> str:
    """Checks for visible ASCII characters.

    Raises:
        ValueError: the reason, without the value.
    """
    if value is None or value == "":
        raise ValueError(f"{name} is missing")
    if not isinstance(value, str):
        raise ValueError(f"{name} is not a text")  # noqa: TRY004 - the caller handles one kind
    if len(value) > LONGEST_TEXT or not all("!" <= character <= "~" for character in value):
        raise ValueError(f"{name} has invalid characters or an invalid length")
    return value


def account(value: object) -> str:
    """An account id of twelve digits, or an empty text if there is none.

    Raises:
        ValueError: it is something else.
    """
    if value is None or value == "":
        return ""
    if not isinstance(value, str) or len(value) != 12 or not (value.isascii() and value.isdigit()):
        raise ValueError("the account id is not twelve digits")
    return value


def instant(value: object, name: str = "Expiration") -> int:
    """Unix seconds of an ISO 8601 text with a time zone, or of a datetime.

    Raises:
        ValueError: it is neither.
    """
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise ValueError(f"{name} is not an ISO 8601 time") from None
    if not isinstance(value, datetime):
        raise ValueError(f"{name} is missing or not a time")  # noqa: TRY004 - the caller handles one kind
    if value.tzinfo is None:
        raise ValueError(f"{name} has no time zone")
    try:
        return int(value.timestamp())
    except (OverflowError, OSError):
        raise ValueError(f"{name} is out of range") from None


def of_sts(answer: Mapping[str, object], now: float, partition: str = "") -> Credentials:
    """Reads the session in an answer of STS; the account is taken from the assumed role's ARN.

    Args:
        answer: as botocore has parsed it.
        now: Unix seconds.
        partition: of the requested role; empty if there is none.

    Raises:
        ValueError: what is wrong with it.
    """
    found = json_objects.one(answer.get("Credentials"), "Credentials is missing")
    user = answer.get("AssumedRoleUser") or answer.get("FederatedUser")
    arn = user.get("Arn") if isinstance(user, dict) else None
    parts = visible(arn, "the user's Arn").split(":") if arn else []
    if parts and (len(parts) < 6 or parts[0] != "arn"):
        raise ValueError("the user's Arn is not an ARN")
    if parts and partition not in ("", parts[1]):
        raise ValueError("it is for a role of another partition")
    return _session({**found, "AccountId": parts[4] if parts else ""}, "SessionToken", now)


def of_metadata(answer: object, now: float) -> Credentials:
    """Reads the session in the JSON of a container's or an instance's credential server.

    Raises:
        ValueError: what is wrong with it.
    """
    return _session(json_objects.one(answer, "it is not a JSON object"), "Token", now)


def _session(found: Mapping[str, object], token: str, now: float) -> Credentials:
    expires = instant(found.get("Expiration"))
    if not now < expires < now + LONGEST_LIFE + SLACK:
        raise ValueError("Expiration is in the past" if expires <= now else "Expiration is days ahead")
    return Credentials(
        visible(found.get("AccessKeyId"), "AccessKeyId"),
        visible(found.get("SecretAccessKey"), "SecretAccessKey"),
        visible(found.get(token), token),
        expires,
        account(found.get("AccountId")),
    )


def of_process(text: bytes, now: float) -> Credentials:
    """Reads the output of a `credential_process`; without Expiration the credentials do not expire.

    An Expiration later than AWS ever issues is reduced to that limit.

    Raises:
        ValueError: what is wrong with it.

    Source: https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
    """
    answer = json_objects.read(text)
    version = answer.get("Version")
    if type(version) is not int or version != 1:
        raise ValueError("Version is not 1")
    key_id = visible(answer.get("AccessKeyId"), "AccessKeyId")
    secret = visible(answer.get("SecretAccessKey"), "SecretAccessKey")
    token = answer.get("SessionToken")
    expires = None if answer.get("Expiration") is None else instant(answer["Expiration"])
    if expires is not None and expires <= now:
        raise ValueError("Expiration is in the past")
    return Credentials(
        key_id,
        secret,
        "" if token is None or token == "" else visible(token, "SessionToken"),
        None if expires is None else min(expires, int(now) + LONGEST_LIFE),
        account(answer.get("AccountId")),
    )


def identity(answer: Mapping[str, object]) -> Identity:
    """Reads the answer of GetCallerIdentity.

    Raises:
        ValueError: what is wrong with it.
    """
    arn = visible(answer.get("Arn"), "Arn")
    number = account(answer.get("Account"))
    if not number:
        raise ValueError("Account is missing")
    return Identity(number, arn, visible(answer.get("UserId"), "UserId"))


def serials(answer: Mapping[str, object]) -> list[str]:
    """Reads the answer of ListMFADevices.

    Raises:
        ValueError: what is wrong with it.
    """
    devices = json_objects.many(answer.get("MFADevices", []), "MFADevices")
    return [visible(each.get("SerialNumber"), "SerialNumber") for each in devices]


def sign_in_token(text: bytes) -> str:
    """Reads the token in the answer of the console's federation endpoint.

    Raises:
        ValueError: what is wrong with it.
    """
    return visible(json_objects.read(text).get("SigninToken"), "SigninToken")


def web_token(text: bytes) -> str:
    """Checks a web identity token, and removes the newline that programs print after it.

    Raises:
        ValueError: it cannot be a token.
    """
    token = text.decode("ascii", "replace").strip()
    if len(token) not in TOKEN_SIZE:
        raise ValueError(f"a token has {TOKEN_SIZE[0]} to {TOKEN_SIZE[-1]} characters, this has {len(token)}")
    if not all("!" <= character <= "~" for character in token):
        raise ValueError("a token has only visible ASCII characters")
    return token
