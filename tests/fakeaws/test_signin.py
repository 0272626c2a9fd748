"""The fake's sign-in service: PKCE and proofs of possession are checked, and botocore can refresh with it."""

from __future__ import annotations

import base64
import hashlib
import json
import time
import urllib.error
import urllib.request
import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from fakeaws.client import by_botocore, sent_back, sts

if TYPE_CHECKING:
    from pathlib import Path

    from fakeaws import FakeAWS

SAME = "arn:aws:signin:::devtools/same-device"
CALLBACK = "http://127.0.0.1:4711/oauth/callback"
VERIFIER = "v" * 43
SPEND = {
    "clientId": SAME,
    "grantType": "authorization_code",
    "redirectUri": CALLBACK,
    "codeVerifier": VERIFIER,
}


def coded(raw: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def proof(key: ec.EllipticCurvePrivateKey, url: str, *, spoil: bool = False, **changes: object) -> str:
    """A DPoP header."""
    numbers = key.public_key().public_numbers()
    jwk = {
        "kty": "EC",
        "crv": "P-256",
        "x": coded(numbers.x.to_bytes(32)),
        "y": coded(numbers.y.to_bytes(32)),
    }
    header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": jwk}
    claims = {"htm": "POST", "htu": url, "iat": int(time.time()), "jti": str(uuid.uuid4())} | changes
    text = ".".join(coded(json.dumps(part).encode()) for part in (header, claims))
    r, s = decode_dss_signature(key.sign(text.encode(), ec.ECDSA(SHA256())))
    return f"{text}.{coded((r.to_bytes(32) + s.to_bytes(32))[: 63 if spoil else 64])}"


def authorized(fake: FakeAWS, **changes: str) -> dict[str, str]:
    """The query with which the page redirects the browser."""
    asked = {
        "response_type": "code", "client_id": SAME, "state": "s", "scope": "openid", "redirect_uri": CALLBACK,
        "code_challenge_method": "SHA-256", "code_challenge": coded(hashlib.sha256(VERIFIER.encode()).digest()),
    }  # fmt: skip
    return sent_back(f"{fake.url}/v1/authorize", asked | changes)


def post(fake: FakeAWS, header: str, **body: str) -> tuple[int, Any]:
    """Status and JSON of the token endpoint's answer."""
    headers = {"DPoP": header, "Content-Type": "application/json"}
    request = urllib.request.Request(f"{fake.url}/v1/token", json.dumps(body).encode(), headers)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310 - the fake's URL
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def test_a_code_needs_its_verifier_and_a_valid_proof(fake: FakeAWS) -> None:
    """Every invalid proof is refused; a valid one gives 15 minutes and an id token."""
    fake.signin.person = user = fake.user("ada")
    key, url = ec.generate_private_key(ec.SECP256R1()), f"{fake.url}/v1/token"
    used = proof(key, url)
    expired = {"error": "AUTHCODE_EXPIRED", "message": "authcode expired"}
    assert post(fake, used, **SPEND, code="x") == (401, expired)
    for wrong in (
        "", "a.b.c", used, proof(key, url, spoil=True), proof(key, url + "/"), proof(key, url, htm="GET"),
        proof(key, url, iat=int(time.time()) - 600), proof(key, url, iat="now"), proof(key, url, jti=""),
        proof(key, url).rpartition(".")[0] + "." + coded(bytes(range(64))),
    ):  # fmt: skip
        assert post(fake, wrong, **SPEND, code="x")[1]["error"] == "INVALID_REQUEST", wrong
    for change in ({"codeVerifier": "w" * 43}, {"redirectUri": CALLBACK.replace("4711", "4712")}):
        code = authorized(fake)["code"]
        assert post(fake, proof(key, url), **(SPEND | {"code": code} | change))[0] == 400
    status, answer = post(fake, proof(key, url), **SPEND, code=authorized(fake)["code"])
    assert (status, answer["tokenType"], answer["expiresIn"]) == (200, "aws_sigv4", 900)
    claims = answer["idToken"].split(".")[1]
    assert json.loads(base64.urlsafe_b64decode(claims + "==="))["sub"] == user.arn
    assert authorized(fake, code_challenge_method="S256") == {}


def test_a_refresh_keeps_its_key_and_can_be_repeated(fake: FakeAWS) -> None:
    """Another key is refused; the old token gives the same new one again, for twelve hours."""
    fake.signin.person = fake.user("ada")
    key, url = ec.generate_private_key(ec.SECP256R1()), f"{fake.url}/v1/token"
    _, first = post(fake, proof(key, url), **SPEND, code=authorized(fake)["code"])
    again = {"clientId": SAME, "grantType": "refresh_token", "refreshToken": first["refreshToken"]}
    assert post(fake, proof(ec.generate_private_key(ec.SECP256R1()), url), **again)[0] == 400
    _, second = post(fake, proof(key, url), **again)
    _, repeated = post(fake, proof(key, url), **again)
    assert second["refreshToken"] == repeated["refreshToken"] != first["refreshToken"]
    assert "idToken" not in second
    fake.signin.permitted = False
    assert post(fake, proof(key, url), **again)[1]["error"] == "INSUFFICIENT_PERMISSIONS"
    fake.clock.advance(12 * 3600)
    assert post(fake, proof(key, url), **again) == (
        401,
        {"error": "TOKEN_EXPIRED", "message": "token expired"},
    )


def test_botocore_refreshes_a_login(fake: FakeAWS, home: Path, aws_config: Path) -> None:
    """botocore's own login provider, with awscrt's ES256, passes the checks of the fake."""
    pytest.importorskip("awscrt", reason="`make dev` installs awscrt, other venvs may lack it")
    fake.signin.person = user = fake.user("ada")
    aws_config.write_text(f"[profile p]\nlogin_session = {user.arn}\nregion = us-east-1\n")
    key, url = ec.generate_private_key(ec.SECP256R1()), f"{fake.url}/v1/token"
    _, first = post(fake, proof(key, url), **SPEND, code=authorized(fake)["code"])
    soon = (datetime.now(UTC) + timedelta(seconds=30)).strftime("%Y-%m-%dT%H:%M:%SZ")
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()
    access = first["accessToken"] | {"accountId": user.account, "expiresAt": soon}
    path = home / ".aws/login/cache" / f"{hashlib.sha256(user.arn.encode()).hexdigest()}.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(first | {"accessToken": access, "clientId": SAME, "dpopKey": pem}))
    assert sts(fake, by_botocore("p")).get_caller_identity()["Arn"] == user.arn
    assert json.loads(path.read_text())["refreshToken"] != first["refreshToken"]
