"""A live sign-in of the AWS CLI is imported, its plain text is named, and removed on request."""

from __future__ import annotations

import base64
import json
import os
import time
import urllib.parse
import urllib.request
import uuid
from hashlib import sha1, sha256
from typing import TYPE_CHECKING, Any

import pytest
import sso_world
from conftest import run
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)
from fakeaws.client import sent_back
from sso_world import SsoWorld

from pass_aws.sso import addresses, dpop

if TYPE_CHECKING:
    from pathlib import Path

    from fakeaws import FakeAWS


@pytest.fixture
def world(
    fake: FakeAWS, store: Path, tmp_path: Path, aws_config: Path, monkeypatch: pytest.MonkeyPatch
) -> SsoWorld:
    return sso_world.built(fake, store, tmp_path, aws_config, monkeypatch)


def iso(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))


@pytest.fixture
def cached(world: SsoWorld, home: Path) -> Path:
    """The token and the registration of `aws sso login`, in the AWS CLI's files."""
    world.signed_in()
    run("clear")
    center = world.fake.center
    (client,) = center.clients.values()
    (access,), (refresh,) = center.access, center.refresh
    known = {"clientId": client.id, "clientSecret": client.secret}
    token = {
        "startUrl": center.start_url, "region": "us-east-1", "accessToken": access, "expiresAt": iso(3000),
        "refreshToken": refresh, "registrationExpiresAt": iso(80000), **known,
    }  # fmt: skip
    folder = home / ".aws/sso/cache"
    folder.mkdir(parents=True)
    path = folder / f"{sha1(b'team', usedforsecurity=False).hexdigest()}.json"
    path.write_text(json.dumps(token))
    (folder / "0123.json").write_text(json.dumps({**known, "expiresAt": iso(80000)}))
    (folder / "other.json").write_text(json.dumps({"clientId": "another"}))
    world.fake.clear_calls()
    return path


def test_a_live_token_is_imported(world: SsoWorld, cached: Path) -> None:
    """No sign-in is needed; the plain text is named, and kept without --scrub."""
    before = len(world.visits)
    done = run("sso", "login", "--import", "--sso-session", "team")
    assert done.returncode == 0, done.stderr
    assert str(cached) in done.stderr
    assert "--scrub removes the plain text" in done.stderr
    assert cached.exists()
    assert run("env", "dev").returncode == 0
    assert world.fake.actions() == ["GetRoleCredentials"]
    assert len(world.visits) == before


def test_a_fifo_among_the_tokens_is_not_waited_for(world: SsoWorld, cached: Path) -> None:
    """It contains no registration; as the token itself, it is unusable."""
    assert world
    os.mkfifo(cached.with_name("fifo.json"))
    assert run("sso", "login", "--import", "--scrub", "--sso-session", "team").returncode == 0
    os.mkfifo(cached)
    done = run("sso", "login", "--import", "--sso-session", "team")
    assert (done.returncode, str(cached) in done.stderr) == (1, True), done.stderr


def test_scrub_removes_the_token_and_its_registration(world: SsoWorld, cached: Path) -> None:
    """Files of other sign-ins are kept, and the imported token can be refreshed."""
    text = json.loads(cached.read_text())
    cached.write_text(json.dumps(text | {"expiresAt": iso(100)}))
    done = run("sso", "login", "dev", "--import", "--scrub")
    assert done.returncode == 0, done.stderr
    assert [path.name for path in cached.parent.iterdir()] == ["other.json"]
    assert run("env", "dev").returncode == 0
    assert world.fake.actions() == ["CreateToken", "GetRoleCredentials"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"startUrl": "https://other.awsapps.com/start"}, "it is for another start URL"),
        ({"region": "eu-west-1"}, "it is for another region"),
        ({"expiresAt": "soon"}, "expiresAt is not an ISO 8601 time"),
        ({"expiresAt": "2020-01-01T00:00:00Z", "refreshToken": ""}, "has ended"),
        (None, "it is not JSON"),
    ],
)
def test_an_unusable_token_is_not_imported(
    world: SsoWorld, cached: Path, change: dict[str, str] | None, message: str
) -> None:
    """The error has the reason and no content; nothing is stored and nothing is removed."""
    secret = json.loads(cached.read_text())["accessToken"]
    cached.write_text(secret if change is None else json.dumps(json.loads(cached.read_text()) | change))
    done = run("sso", "login", "dev", "--import", "--scrub")
    assert done.returncode == 1
    assert message in done.stderr
    assert secret not in done.stderr
    assert cached.exists()
    assert world.tokens == []


@pytest.mark.parametrize(
    ("words", "option"),
    [
        ("sso login dev --import --qr", "--qr"),
        ("sso login dev --import --device-code", "--device-code"),
        ("sso login dev --import --browser true", "--browser"),
        ("signin me --import --remote", "--remote"),
        ("signin me --import --browser true", "--browser"),
    ],
)
def test_options_of_a_sign_in_are_refused_with_import(world: SsoWorld, words: str, option: str) -> None:
    """An import has no sign-in, so these options would have no effect."""
    done = run(*words.split())
    assert done.returncode == 2
    assert f"{option} cannot be combined with --import" in done.stderr
    assert world.fake.actions() == []


@pytest.mark.parametrize("option", ["--device-code", "--qr"])
def test_a_browser_option_without_a_browser_is_refused(world: SsoWorld, option: str) -> None:
    """The device flow prints its URL, so --browser would have no effect."""
    done = run("sso", "login", "dev", "--browser", "true", option)
    assert done.returncode == 2
    assert f"--browser cannot be combined with {option}" in done.stderr
    assert world.fake.actions() == []


def test_nothing_to_import(world: SsoWorld) -> None:
    """The error names the searched directory; --scrub alone is refused."""
    done = run("sso", "login", "dev", "--import")
    assert done.returncode == 1
    assert "the AWS CLI has no sign-in for team in" in done.stderr
    assert run("sso", "login", "dev", "--scrub").returncode == 2


def signed_in(fake: FakeAWS, key: str) -> dict[str, Any]:
    """What the AWS CLI would have received from the sign-in service, with a key."""
    proof = addresses.Proof("s", "v" * 43)
    redirect, url = addresses.redirect(4711), f"{fake.url}/v1/token"
    page, _, query = addresses.console(fake.url, redirect, proof).partition("?")
    code = sent_back(page, dict(urllib.parse.parse_qsl(query)))["code"]
    given = {"clientId": addresses.SAME_DEVICE, "grantType": "authorization_code", "code": code,
             "codeVerifier": proof.verifier, "redirectUri": redirect}  # fmt: skip
    headers = dpop.headers(key, url, now=int(time.time()), unique=str(uuid.uuid4()))
    request = urllib.request.Request(url, json.dumps(given).encode(), headers)  # noqa: S310 - the fake's URL
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - the same
        return dict(json.load(answer))


def test_a_console_sign_in_is_imported(world: SsoWorld, home: Path, aws_config: Path) -> None:
    """Credentials, refresh token and key; the next refresh uses that key."""
    world.fake.signin.person = user = world.fake.user("ada")
    aws_config.write_text(f"[profile me]\nlogin_session = {user.arn}\nregion = us-east-1\n")
    key = dpop.new_key()
    granted = signed_in(world.fake, key)
    private = load_der_private_key(base64.b64decode(key), None)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()
    access = granted["accessToken"] | {"accountId": user.account, "expiresAt": iso(100)}
    known = {"accessToken": access, "tokenType": "aws_sigv4", "clientId": addresses.SAME_DEVICE,
             "refreshToken": granted["refreshToken"], "idToken": granted["idToken"], "dpopKey": pem}  # fmt: skip
    path = home / ".aws/login/cache" / f"{sha256(user.arn.encode()).hexdigest()}.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(known))
    world.fake.clear_calls()
    done = run("signin", "me", "--import", "--scrub")
    assert done.returncode == 0, done.stderr
    assert not path.exists()
    assert run("env", "me").returncode == 0
    assert world.fake.actions() == ["CreateOAuth2Token"]
    assert world.visits == []
