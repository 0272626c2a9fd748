"""Reads the AWS CLI's plain-text sign-ins.

Source: botocore's SSOTokenLoader and LoginTokenLoader, and the AWS CLI's caches.
"""

from __future__ import annotations

from hashlib import sha1, sha256
from typing import TYPE_CHECKING

from pass_aws.model import Credentials
from pass_aws.sso import dpop
from pass_aws.sso.aws_login_session import Login
from pass_aws.sso.identity_center_token import Token
from pass_aws.text import json_objects
from pass_aws.text.answers import account, instant, visible

if TYPE_CHECKING:
    from pass_aws.sso.aws_login_session import Place
    from pass_aws.sso.identity_center_token import Portal


def sso_names(portal: Portal) -> list[str]:
    """The file names of a token: by the sso-session's name, or by the start URL."""
    texts = dict.fromkeys((portal.name, portal.start_url, f"{portal.start_url}/", f"{portal.start_url}#/"))
    return [f"{sha1(text.encode(), usedforsecurity=False).hexdigest()}.json" for text in texts]


def login_name(arn: str) -> str:
    """The file name of a console sign-in."""
    return f"{sha256(arn.encode()).hexdigest()}.json"


def token(text: bytes, portal: Portal) -> Token:
    """A token of Identity Center.

    Raises:
        ValueError: it is invalid, or belongs to another portal; so does `login`.
    """
    from pass_aws.aws import start_url

    found = json_objects.read(text)
    if start_url.known_by(str(found.get("startUrl", portal.start_url))) != portal.start_url:
        raise ValueError("it is for another start URL")
    if found.get("region", portal.region) != portal.region:
        raise ValueError("it is for another region")
    access, expires = (
        visible(found.get("accessToken"), "accessToken"),
        instant(found.get("expiresAt"), "expiresAt"),
    )
    if not all(
        found.get(name) for name in ("refreshToken", "clientId", "clientSecret", "registrationExpiresAt")
    ):
        return Token(access, expires, "", "", "", 0)
    return Token(
        access,
        expires,
        visible(found["refreshToken"], "refreshToken"),
        visible(found["clientId"], "clientId"),
        visible(found["clientSecret"], "clientSecret"),
        instant(found["registrationExpiresAt"], "registrationExpiresAt"),
    )


def login(text: bytes, place: Place) -> Login:
    """A console sign-in."""
    found = json_objects.read(text)
    access = json_objects.one(found.get("accessToken"), "accessToken is missing")
    credentials = Credentials(
        visible(access.get("accessKeyId"), "accessKeyId"),
        visible(access.get("secretAccessKey"), "secretAccessKey"),
        visible(access.get("sessionToken"), "sessionToken"),
        instant(access.get("expiresAt"), "expiresAt"),
        account(access.get("accountId")),
    )
    return Login(
        credentials,
        visible(found.get("refreshToken"), "refreshToken"),
        visible(found.get("clientId"), "clientId"),
        dpop.of_pem(str(found.get("dpopKey", ""))),
        str(found.get("signInRegion") or place.endpoint.region),
    )


def is_registration(text: bytes, client_id: str) -> bool:
    """Whether a file contains a client registration."""
    try:
        return bool(client_id) and json_objects.read(text).get("clientId") == client_id
    except ValueError:
        return False
