"""The credential server in the style of ECS containers: one path, one token.

Source: AWS SDKs reference, "Container credential provider".
"""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING, NamedTuple

from pass_aws.server.admission import refused, same
from pass_aws.server.request import Answer
from pass_aws.system.child_environment import moment

if TYPE_CHECKING:
    from pass_aws.model import Credentials
    from pass_aws.server.request import Request

FULL_URI, TOKEN = "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN"


class Secrets(NamedTuple):
    """The secrets that a client must know.

    Args:
        path: of the only resource.
        token: the whole Authorization header.
    """

    path: str
    token: str


def new_secrets() -> Secrets:
    """Random secrets as long as a cryptographic key."""
    return Secrets(f"/{secrets.token_urlsafe(16)}", secrets.token_urlsafe(32))


def variables(address: str, known: Secrets) -> list[tuple[str, str]]:
    """The variables with which an SDK finds the server.

    Args:
        address: `127.0.0.1:PORT`.
        known: the secrets of this server.
    """
    return [(FULL_URI, f"http://{address}{known.path}"), (TOKEN, known.token)]


def refusal(request: Request, known: Secrets) -> Answer | None:
    """The refusal of a request; None if it gets credentials.

    Path and token are always both compared, in constant time.
    """
    token, path = same(request.one("authorization"), known.token), same(request.path, known.path)
    if not token:
        return refused(403, "the Authorization header is not this server's token")
    if not path:
        return refused(404, "there is nothing at this path")
    if request.method != "GET":
        return refused(405, "only GET is allowed")
    return None


def answer(credentials: Credentials) -> Answer:
    """Credentials in the form that SDKs read."""
    return Answer(200, json.dumps(fields(credentials)).encode() + b"\n")


def fields(credentials: Credentials) -> dict[str, str]:
    """The fields of credentials, which IMDS has, too; Token and Expiration are required."""
    assert credentials.expires is not None  # noqa: S101 - the supply ensures it
    return {
        "AccessKeyId": credentials.access_key_id,
        "SecretAccessKey": credentials.secret_access_key,
        "Token": credentials.session_token,
        "Expiration": moment(credentials.expires),
        **({"AccountId": credentials.account_id} if credentials.account_id else {}),
    }
