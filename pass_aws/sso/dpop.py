"""Proofs of possession for tokens: ES256 with `cryptography`, which only `aws login` needs.

Source: RFC 9449; the sign-in service requires neither nonce nor `ath`.
"""

from __future__ import annotations

import base64
import json
import sys
from typing import TYPE_CHECKING, Any

from pass_aws.errors import UserError
from pass_aws.sso.addresses import unpadded
from pass_aws.text.quoting import command

if TYPE_CHECKING:
    from collections.abc import Mapping


def _library() -> tuple[Any, Any]:
    try:
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import ec, utils
    except ImportError:
        fix = adding(sys.executable)
        raise UserError("console sign-in needs the Python package cryptography", hint=f"run {fix}") from None
    return (hashes, serialization), (ec, utils)


def adding(python: str) -> str:
    """The command that adds the library to the installation of which this is the Python, as a shell line.

    Debian's python3 has no pip, and `make install` leaves none: the environment's own Python gets one.
    """
    if "/pipx/venvs/pass-aws/" in python:
        return "pipx inject pass-aws cryptography"
    run = (*(["sudo"] if python.startswith(("/usr/", "/opt/")) else []), python, "-I", "-m")
    return f"{command(*run, 'ensurepip')} && {command(*run, 'pip', 'install', 'cryptography')}"


def new_key() -> str:
    """A new P-256 key: PKCS 8 in base64, on one line.

    Raises:
        UserError: the library is missing; so do all functions below.
    """
    (_, serialization), (ec, _) = _library()
    return _coded(ec.generate_private_key(ec.SECP256R1()), serialization)


def of_pem(text: str) -> str:
    """Converts a key from the AWS CLI's format, SEC 1 in PEM, to that of `new_key`.

    Raises:
        ValueError: it is not a P-256 key.
    """
    (_, serialization), (ec, _) = _library()
    key = serialization.load_pem_private_key(text.encode(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != "secp256r1":
        raise ValueError("not a P-256 key")
    return _coded(key, serialization)


def _coded(key: Any, serialization: Any) -> str:  # noqa: ANN401 - the library is imported late
    form = serialization.PrivateFormat.PKCS8
    raw = key.private_bytes(serialization.Encoding.DER, form, serialization.NoEncryption())
    return base64.b64encode(raw).decode()


def headers(key: str, url: str, *, now: int, unique: str) -> dict[str, str]:
    """The `DPoP` header of one POST.

    Args:
        key: from `new_key`.
        url: the whole URL of the request.
        now: Unix seconds.
        unique: an id that no other proof has.
    """
    (hashes, serialization), (ec, utils) = _library()
    private = serialization.load_der_private_key(base64.b64decode(key), None)
    numbers = private.public_key().public_numbers()
    point = {
        name: unpadded(value.to_bytes(32, "big")) for name, value in (("x", numbers.x), ("y", numbers.y))
    }
    header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": {"kty": "EC", **point, "crv": "P-256"}}
    claims = {"htm": "POST", "htu": url, "iat": now, "jti": unique}
    text = f"{_part(header)}.{_part(claims)}"
    r, s = utils.decode_dss_signature(private.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
    return {"DPoP": f"{text}.{unpadded(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"}


def _part(value: Mapping[str, Any]) -> str:
    return unpadded(json.dumps(value, separators=(",", ":")).encode())
