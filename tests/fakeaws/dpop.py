"""Proofs of possession (RFC 9449): ES256 over method, URL and time, with the key in the header."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from fakeaws.wire import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

TOLERANCE = 300


class Proof(NamedTuple):
    """A valid proof: the thumbprint of its key (RFC 7638) and its own id."""

    thumbprint: str
    id: str


def proven(text: str, url: str, now: float) -> Proof:
    """Checks a `DPoP` header.

    Raises:
        Refused: the proof is not valid.
    """
    try:
        head, body, signature = text.split(".")
        header, claims, raw = json.loads(_bytes(head)), json.loads(_bytes(body)), _bytes(signature)
        jwk = header["jwk"]
        key = _key(jwk)
    except (ValueError, KeyError, TypeError):
        raise _refused("the proof is not a DPoP token") from None
    if header != {"typ": "dpop+jwt", "alg": "ES256", "jwk": jwk} or set(jwk) != {"kty", "crv", "x", "y"}:
        raise _refused("the proof's header is not right")
    if len(raw) != 64:
        raise _refused("the proof's signature is not r and s")
    try:
        pair = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
        key.verify(pair, f"{head}.{body}".encode(), ec.ECDSA(SHA256()))
    except InvalidSignature:
        raise _refused("the proof's signature is wrong") from None
    if claims.get("htm") != "POST" or claims.get("htu") != url:
        raise _refused(f"the proof is for {claims.get('htm')} {claims.get('htu')}, not POST {url}")
    if type(claims.get("iat")) is not int or abs(claims["iat"] - now) > TOLERANCE:
        raise _refused("the proof's time is not now")
    if not isinstance(claims.get("jti"), str) or not claims["jti"]:
        raise _refused("the proof has no id")
    return Proof(_thumbprint(jwk), claims["jti"])


def _refused(message: str) -> Refused:
    return Refused("ValidationException/INVALID_REQUEST", message)


def _bytes(text: str) -> bytes:
    if "=" in text:
        raise ValueError("padded")
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _key(jwk: Mapping[str, Any]) -> ec.EllipticCurvePublicKey:
    x, y = _bytes(jwk["x"]), _bytes(jwk["y"])
    if (jwk["kty"], jwk["crv"], len(x), len(y)) != ("EC", "P-256", 32, 32):
        raise ValueError("not a P-256 key")
    return ec.EllipticCurvePublicNumbers(int.from_bytes(x), int.from_bytes(y), ec.SECP256R1()).public_key()


def _thumbprint(jwk: Mapping[str, str]) -> str:
    members = json.dumps({name: jwk[name] for name in ("crv", "kty", "x", "y")}, separators=(",", ":"))
    return hashlib.sha256(members.encode()).hexdigest()
