"""Strict readers for answers of Identity Center and the sign-in service."""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from pass_aws.model import Credentials
from pass_aws.text import json_objects
from pass_aws.text.answers import account, visible

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST_TOKEN = 90 * 24 * 3600
"""Seconds; a portal session lasts at most 90 days."""
LONGEST_ROLE = 12 * 3600
SLACK = 900


class Client(NamedTuple):
    """Our client registration; its repr does not show the secret."""

    id: str
    secret: str
    expires: int

    def __repr__(self) -> str:
        """No secret."""
        return f"Client(expires={self.expires})"

    @property
    def parameters(self) -> dict[str, str]:
        """The registration as parameters of a call."""
        return {"clientId": self.id, "clientSecret": self.secret}


class Device(NamedTuple):
    """A device authorization; its repr shows no code.

    Args:
        code: for our polls.
        user_code: for the user, to compare or to enter.
        url: where the user enters it.
        complete: the URL that contains the code.
        expires_in: seconds until the authorization expires.
        interval: seconds between two polls.
    """

    code: str
    user_code: str
    url: str
    complete: str
    expires_in: int
    interval: int

    def __repr__(self) -> str:
        """No code."""
        return f"Device(expires_in={self.expires_in})"


class Granted(NamedTuple):
    """The answer of CreateToken; its repr shows no token."""

    access: str
    expires_in: int
    refresh: str

    def __repr__(self) -> str:
        """No token."""
        return f"Granted(expires_in={self.expires_in})"


class LoginGranted(NamedTuple):
    """The answer of the sign-in service: credentials, the next refresh token, and at first the identity."""

    credentials: Credentials
    refresh: str
    arn: str

    def __repr__(self) -> str:
        """No token."""
        return f"LoginGranted({self.credentials!r})"


def client(answer: Mapping[str, Any]) -> Client:
    """Reads the answer of RegisterClient.

    Raises:
        ValueError: what is wrong with it; so do all functions below.
    """
    expires = _number(answer.get("clientSecretExpiresAt"), "clientSecretExpiresAt", 1 << 40)
    return Client(visible(answer.get("clientId"), "clientId"), _secret(answer, "clientSecret"), expires)


def device(answer: Mapping[str, Any]) -> Device:
    """Reads the answer of StartDeviceAuthorization."""
    url = _page(answer, "verificationUri")
    complete = _page(answer, "verificationUriComplete") if answer.get("verificationUriComplete") else url
    user_code = visible(answer.get("userCode"), "userCode")
    if not re.fullmatch(r"[A-Za-z0-9-]{4,20}", user_code):
        raise ValueError("userCode is not a code")
    return Device(
        visible(answer.get("deviceCode"), "deviceCode"),
        user_code,
        url,
        complete,
        _number(answer.get("expiresIn") or 600, "expiresIn", 3600),
        _number(answer.get("interval", 5), "interval", 60, least=0),
    )


def granted(answer: Mapping[str, Any]) -> Granted:
    """Reads the answer of CreateToken."""
    if str(answer.get("tokenType", "Bearer")).lower() != "bearer":
        raise ValueError("tokenType is not Bearer")
    refresh = _secret(answer, "refreshToken") if answer.get("refreshToken") else ""
    seconds = _number(answer.get("expiresIn"), "expiresIn", LONGEST_TOKEN)
    return Granted(_secret(answer, "accessToken"), seconds, refresh)


def role_credentials(answer: Mapping[str, Any], number: str, now: float) -> Credentials:
    """Reads the answer of GetRoleCredentials; its expiration is in milliseconds.

    Args:
        answer: as botocore has parsed it.
        number: of the account.
        now: Unix seconds.
    """
    found = json_objects.one(answer.get("roleCredentials"), "roleCredentials is missing")
    expires = _number(found.get("expiration"), "expiration", 1 << 50) // 1000
    if not now < expires < now + LONGEST_ROLE + SLACK:
        raise ValueError("expiration is in the past" if expires <= now else "expiration is days ahead")
    return Credentials(
        visible(found.get("accessKeyId"), "accessKeyId"),
        visible(found.get("secretAccessKey"), "secretAccessKey"),
        _secret(found, "sessionToken"),
        expires,
        number,
    )


def accounts(answer: Mapping[str, Any]) -> tuple[list[tuple[str, str]], str]:
    """Number and name of each account on one page, and the token of the next page."""
    rows = json_objects.many(answer.get("accountList"), "accountList")
    return [(_account(row), _text(row.get("accountName"))) for row in rows], _next(answer)


def roles(answer: Mapping[str, Any]) -> tuple[list[str], str]:
    """The role names on one page, and the token of the next page."""
    rows = json_objects.many(answer.get("roleList"), "roleList")
    return [visible(row.get("roleName"), "roleName") for row in rows], _next(answer)


def login(answer: Mapping[str, Any], now: float) -> LoginGranted:
    """Reads the answer of the sign-in service.

    Args:
        answer: as botocore has parsed it.
        now: Unix seconds.
    """
    found = json_objects.one(answer.get("tokenOutput"), "tokenOutput is missing")
    access = json_objects.one(found.get("accessToken"), "accessToken is missing")
    if found.get("tokenType") != "aws_sigv4":
        raise ValueError("tokenType is not aws_sigv4")
    arn = _subject(_secret(found, "idToken")) if found.get("idToken") else ""
    credentials = Credentials(
        visible(access.get("accessKeyId"), "accessKeyId"),
        visible(access.get("secretAccessKey"), "secretAccessKey"),
        _secret(access, "sessionToken"),
        int(now) + _number(found.get("expiresIn"), "expiresIn", LONGEST_ROLE),
        account(arn.split(":")[4]) if arn else "",
    )
    return LoginGranted(credentials, _secret(found, "refreshToken"), arn)


def _subject(token: str) -> str:
    """The subject of an id token; it came from AWS over TLS, so we do not check its signature."""
    try:
        claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "==="))
        arn = claims["sub"]
    except (ValueError, IndexError, KeyError, TypeError):
        raise ValueError("idToken is not a token") from None
    if not isinstance(arn, str) or not re.fullmatch(
        r"arn:aws(?:-[a-z]+)*:(?:iam|sts)::\d{12}:[!-~]+", arn, re.ASCII
    ):
        raise ValueError("idToken has no subject")
    return arn


def _number(value: object, name: str, most: int, *, least: int = 1) -> int:
    if type(value) is not int or not least <= value <= most:
        raise ValueError(f"{name} is not a valid number")
    return value


def _secret(answer: Mapping[str, Any], name: str) -> str:
    return visible(answer.get(name), name)


def _page(answer: Mapping[str, Any], name: str) -> str:
    url = visible(answer.get(name), name)
    if not re.match(r"https://|http://(?:127\.0\.0\.1|localhost)[:/]", url):
        raise ValueError(f"{name} is not https")
    return url


def _account(row: Mapping[str, Any]) -> str:
    number = account(row.get("accountId"))
    if not number:
        raise ValueError("accountId is missing")
    return number


def _text(value: object) -> str:
    return " ".join(value.split()) if isinstance(value, str) else ""


def _next(answer: Mapping[str, Any]) -> str:
    return visible(answer["nextToken"], "nextToken") if answer.get("nextToken") else ""
