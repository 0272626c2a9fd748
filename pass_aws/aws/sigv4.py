"""Signature Version 4 for the POST of a form, as STS expects it."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pass_aws.model import Credentials

CONTENT_TYPE = "application/x-www-form-urlencoded; charset=utf-8"
ALGORITHM = "AWS4-HMAC-SHA256"
SERVICE = "sts"


class Request(NamedTuple):
    """The parts of a request that are signed.

    Args:
        host: with the port if it is not the scheme's default.
        path: of characters that need no escape.
        body: the form.
        region: the signing region; a global host does not contain it.
    """

    host: str
    path: str
    body: bytes
    region: str


def headers(credentials: Credentials | None, request: Request, stamp: str) -> dict[str, str]:
    """The headers of a request, signed if there are credentials.

    Args:
        credentials: to sign with, or None.
        request: the request.
        stamp: the time as `20150830T123600Z`.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
    """
    made = {"Content-Type": CONTENT_TYPE, "Host": request.host}
    if credentials is None:
        return made
    made["X-Amz-Date"] = stamp
    if credentials.session_token:
        made["X-Amz-Security-Token"] = credentials.session_token
    lines = sorted((name.lower(), value) for name, value in made.items())
    signed = ";".join(name for name, _ in lines)
    canonical = "\n".join(
        (
            "POST",
            request.path,
            "",
            *(f"{name}:{value}" for name, value in lines),
            "",
            signed,
            _sha256(request.body),
        )
    )
    scope = f"{stamp[:8]}/{request.region}/{SERVICE}/aws4_request"
    text = "\n".join((ALGORITHM, stamp, scope, _sha256(canonical.encode())))
    signature = hmac.new(_key(credentials.secret_access_key, scope), text.encode(), hashlib.sha256)
    made["Authorization"] = (
        f"{ALGORITHM} Credential={credentials.access_key_id}/{scope}, "
        f"SignedHeaders={signed}, Signature={signature.hexdigest()}"
    )
    return made


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _key(secret: str, scope: str) -> bytes:
    """The signing key, derived from the secret with each part of the scope."""
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key
