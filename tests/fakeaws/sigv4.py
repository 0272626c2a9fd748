"""Signature Version 4 from its specification, without botocore, so that it can check botocore's callers.

Source: AWS, "Signature Version 4 signing process", canonical request and string to sign.
"""

from __future__ import annotations

import hashlib
import hmac
import posixpath
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote, unquote_to_bytes

from fakeaws.wire import Refused, Request

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ALGORITHM = "AWS4-HMAC-SHA256"


class Authorization(NamedTuple):
    """The parts of an Authorization header."""

    key_id: str
    date: str
    region: str
    service: str
    terminator: str
    signed: tuple[str, ...]
    signature: str

    @property
    def scope(self) -> str:
        """The scope of the signature: `20261122/us-east-1/sts/aws4_request`."""
        return f"{self.date}/{self.region}/{self.service}/{self.terminator}"


def parse(header: str) -> Authorization:
    """Parses an Authorization header.

    Raises:
        Refused: IncompleteSignature, with every missing part in AWS's words.
    """
    algorithm, _, rest = header.partition(" ")
    if algorithm != ALGORITHM:
        raise Refused("IncompleteSignature", f"Unsupported AWS 'algorithm': '{algorithm}'.")
    parts = dict(part.strip().partition("=")[::2] for part in rest.split(","))
    wanted = ("Credential", "Signature", "SignedHeaders")
    missing = "".join(
        f"Authorization header requires '{name}' parameter. " for name in wanted if not parts.get(name)
    )
    if missing:
        raise Refused("IncompleteSignature", f"{missing}Authorization={header}")
    credential = parts["Credential"].split("/")
    if len(credential) != 5:
        wanted_form = "exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term"
        message = f"Credential must have {wanted_form}, got '{parts['Credential']}'"
        raise Refused("IncompleteSignature", message)
    key_id, date, region, service, terminator = credential
    signed = tuple(parts["SignedHeaders"].split(";"))
    return Authorization(key_id, date, region, service, terminator, signed, parts["Signature"])


def canonical_path(path: str) -> str:
    """The path without dot segments and empty ones, each part encoded again."""
    if not path or path == "/":
        return "/"
    plain = posixpath.normpath("/" + path.lstrip("/"))
    slash = "/" if path.endswith("/") and plain != "/" else ""
    return quote(plain + slash, safe="/-_.~")


def canonical_query(query: str) -> str:
    """The query's parameters, encoded again and sorted."""
    pairs = (part.partition("=") for part in query.split("&") if part)
    encoded = ((_encode(name), _encode(value)) for name, _, value in pairs)
    return "&".join(f"{name}={value}" for name, value in sorted(encoded))


def _encode(text: str) -> str:
    return quote(unquote_to_bytes(text.replace("+", " ")), safe="-_.~")


def canonical_headers(headers: Iterable[tuple[str, str]], signed: Sequence[str]) -> str:
    """The signed headers, one per line, with single blanks, repeated ones joined by commas."""
    values: dict[str, list[str]] = {}
    for name, value in headers:
        values.setdefault(name.lower(), []).append(" ".join(value.split()))
    return "".join(f"{name}:{','.join(values.get(name, []))}\n" for name in signed)


def signature(secret: str, claim: Authorization, request: Request) -> str:
    """The correct signature of this request in the claimed scope, made with the secret."""
    canonical = "\n".join(
        (
            request.method,
            canonical_path(request.path),
            canonical_query(request.query),
            canonical_headers(request.headers, claim.signed),
            ";".join(claim.signed),
            hashlib.sha256(request.body).hexdigest(),
        )
    )
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    to_sign = f"{ALGORITHM}\n{request.header('x-amz-date')}\n{claim.scope}\n{digest}"
    key = b"AWS4" + secret.encode()
    for part in claim.scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
