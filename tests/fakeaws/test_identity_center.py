"""The fake's Identity Center: it refuses what AWS refuses, and botocore's own providers accept its answers."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from fakeaws.client import by_botocore, client, refused, sent_back, sts

if TYPE_CHECKING:
    from pathlib import Path

    from fakeaws import FakeAWS

FAR = "222222222222"
CALLBACK = "http://127.0.0.1/oauth/callback"
SCOPES = ["sso:account:access"]
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"


def oidc(fake: FakeAWS) -> Any:  # noqa: ANN401 - boto3 has no types
    """botocore's client of the OIDC service."""
    return client(fake.url, "sso-oidc")


def portal(fake: FakeAWS) -> Any:  # noqa: ANN401 - boto3 has no types
    """botocore's client of the portal."""
    return client(fake.url, "sso")


def registered(fake: FakeAWS, **more: Any) -> dict[str, str]:  # noqa: ANN401 - botocore checks
    """A client's id and secret."""
    answer = oidc(fake).register_client(clientName="test", clientType="public", **more)
    assert answer["clientSecretExpiresAt"] == pytest.approx(time.time() + 90 * 24 * 3600, abs=60)
    return {name: answer[name] for name in ("clientId", "clientSecret")}


def for_codes(fake: FakeAWS) -> dict[str, str]:
    """A client of the authorization code flow."""
    grants, url = ["authorization_code", "refresh_token"], fake.center.start_url
    return registered(fake, scopes=SCOPES, grantTypes=grants, redirectUris=[CALLBACK], issuerUrl=url)


def started(fake: FakeAWS, keys: dict[str, str]) -> Any:  # noqa: ANN401 - boto3 has no types
    """A device authorization."""
    return oidc(fake).start_device_authorization(**keys, startUrl=fake.center.start_url)


def token(fake: FakeAWS, keys: dict[str, str], **more: str) -> Any:  # noqa: ANN401 - boto3 has no types
    """The answer of CreateToken."""
    return oidc(fake).create_token(**keys, **more)


def by_device(fake: FakeAWS, **registration: Any) -> tuple[dict[str, str], Any]:  # noqa: ANN401
    """A client and its tokens from the device flow."""
    fake.center.interval = 0
    keys = registered(fake, **registration)
    return keys, token(fake, keys, grantType=DEVICE, deviceCode=started(fake, keys)["deviceCode"])


def authorized(fake: FakeAWS, keys: dict[str, str], verifier: str, **changes: str) -> dict[str, str]:
    """The query with which the authorization page redirects the browser."""
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {
        "response_type": "code",
        "client_id": keys["clientId"],
        "redirect_uri": "http://127.0.0.1:4711/oauth/callback",
        "state": "s",
        "code_challenge_method": "S256",
        "scopes": " ".join(SCOPES),
        "code_challenge": challenge,
    }
    return sent_back(f"{fake.url}/authorize", asked | changes)


def test_the_device_flow_waits_for_the_user_and_enforces_the_interval(fake: FakeAWS) -> None:
    """Pending until the user allows it; an early poll gets slow_down; a code works once."""
    fake.center.consent, fake.center.interval = "hold", 1
    keys = registered(fake, scopes=SCOPES)
    device = started(fake, keys)
    assert (device["expiresIn"], device["interval"]) == (600, 1)
    assert device["verificationUriComplete"].endswith(f"?user_code={device['userCode']}")
    asked = {"grantType": DEVICE, "deviceCode": device["deviceCode"]}
    with refused("AuthorizationPendingException", status=400):
        token(fake, keys, **asked)
    with refused("SlowDownException", status=400):
        token(fake, keys, **asked)
    fake.center.devices[device["deviceCode"]].interval = 0
    fake.center.answer_device()
    answer = token(fake, keys, **asked)
    assert (answer["tokenType"], answer["expiresIn"]) == ("Bearer", 3600)
    with refused("InvalidGrantException"):
        token(fake, keys, **asked)


def test_denial_expiry_and_foreign_clients_are_refused(fake: FakeAWS) -> None:
    """A denied or expired code, a wrong secret, another client's code and a wrong start URL."""
    fake.center.consent, fake.center.interval = "deny", 0
    keys, others = registered(fake), registered(fake)
    device = started(fake, keys)["deviceCode"]
    with refused("AccessDeniedException"):
        token(fake, keys, grantType=DEVICE, deviceCode=device)
    with refused("InvalidGrantException"):
        token(fake, others, grantType=DEVICE, deviceCode=device)
    with refused("InvalidClientException", status=401):
        token(fake, keys | {"clientSecret": "x"}, grantType=DEVICE, deviceCode=device)
    with refused("InvalidRequestException"):
        oidc(fake).start_device_authorization(**keys, startUrl="https://other.awsapps.com/start")
    fake.clock.advance(601)
    with refused("ExpiredTokenException"):
        token(fake, keys, grantType=DEVICE, deviceCode=device)


def test_without_scopes_there_is_no_refresh_token(fake: FakeAWS) -> None:
    """A client without scopes gets a token of eight hours, one with scopes a token of an hour."""
    _, plain = by_device(fake)
    assert plain["expiresIn"] == 8 * 3600
    assert "refreshToken" not in plain
    _, scoped = by_device(fake, scopes=SCOPES)
    assert scoped["expiresIn"] == 3600
    assert scoped["refreshToken"]


def test_a_registration_is_for_its_grants_and_redirects(fake: FakeAWS) -> None:
    """Unknown scopes, grants and redirects are refused, and each flow needs its own registration."""
    more = {"scopes": SCOPES, "grantTypes": ["authorization_code"], "issuerUrl": fake.center.start_url}
    with refused("InvalidScopeException"):
        registered(fake, scopes=["everything"])
    with refused("UnsupportedGrantTypeException"):
        registered(fake, grantTypes=["password"])
    for wrong in (
        "http://127.0.0.1:80/oauth/callback",
        "http://localhost/oauth/callback",
        "https://a.example/",
    ):
        with refused("InvalidRedirectUriException"):
            registered(fake, redirectUris=[wrong], **more)
    with refused("UnauthorizedClientException"):
        started(fake, for_codes(fake))
    assert authorized(fake, registered(fake, scopes=SCOPES), "v" * 43) == {}


def test_a_code_needs_its_verifier_and_works_once(fake: FakeAWS) -> None:
    """PKCE is checked, the redirect URI must be equal, and a used code stays used."""
    keys, verifier = for_codes(fake), secrets.token_urlsafe(48)
    spend = {"grantType": "authorization_code", "redirectUri": "http://127.0.0.1:4711/oauth/callback"}
    for wrong in ({"codeVerifier": "w" * 43}, {"redirectUri": "http://127.0.0.1:4712/oauth/callback"}):
        back = authorized(fake, keys, verifier)
        assert back["state"] == "s"
        with refused("InvalidGrantException"):
            token(fake, keys, **(spend | {"codeVerifier": verifier, "code": back["code"]} | wrong))
    code = authorized(fake, keys, verifier)["code"]
    assert token(fake, keys, code=code, codeVerifier=verifier, **spend)["refreshToken"]
    with refused("InvalidGrantException"):
        token(fake, keys, code=code, codeVerifier=verifier, **spend)
    assert authorized(fake, keys, verifier, code_challenge_method="plain") == {}
    fake.center.consent = "deny"
    assert authorized(fake, keys, verifier)["error"] == "access_denied"


def test_a_refresh_token_works_once_and_ends_with_the_session(fake: FakeAWS) -> None:
    """Each refresh gives another token; the old one is refused; after sign-out and the portal's end all are refused."""
    keys, first = by_device(fake, scopes=SCOPES)
    again = {"grantType": "refresh_token"}
    second = token(fake, keys, refreshToken=first["refreshToken"], **again)
    assert second["refreshToken"] != first["refreshToken"]
    with refused("InvalidGrantException"):
        token(fake, keys, refreshToken=first["refreshToken"], **again)
    portal(fake).logout(accessToken=second["accessToken"])
    with refused("InvalidGrantException"):
        token(fake, keys, refreshToken=second["refreshToken"], **again)
    with refused("UnauthorizedException", status=401):
        portal(fake).list_accounts(accessToken=first["accessToken"])


def test_the_portal_pages_throttles_and_checks_tokens(fake: FakeAWS) -> None:
    """A page has its size; tokens of another listing, too many calls, and unknown tokens are refused."""
    for number in range(1, 6):
        fake.center.account(f"{number:012}", f"team-{number}", "Admin", "ReadOnly")
    fake.center.page = 2
    _, answer = by_device(fake, scopes=SCOPES)
    bearer = answer["accessToken"]
    pages = list(portal(fake).get_paginator("list_accounts").paginate(accessToken=bearer))
    assert [len(page["accountList"]) for page in pages] == [2, 2, 1]
    with refused("InvalidRequestException"):
        portal(fake).list_accounts(accessToken=bearer, nextToken="x")
    with refused("ResourceNotFoundException", status=404):
        portal(fake).list_account_roles(accessToken=bearer, accountId="9" * 12)
    with refused("ForbiddenException", status=403):
        portal(fake).get_role_credentials(accessToken=bearer, accountId="0" * 11 + "1", roleName="Root")
    with refused("UnauthorizedException", status=401):
        portal(fake).list_accounts(accessToken="x")
    fake.center.rate = 0.001
    with refused("TooManyRequestsException", status=429):
        for _ in range(21):
            portal(fake).list_accounts(accessToken=bearer)


def write_cache(home: Path, fake: FakeAWS, keys: dict[str, str], answer: Any, left: int) -> Path:  # noqa: ANN401
    """The AWS CLI's token file of session `team`."""
    path = home / ".aws/sso/cache" / f"{hashlib.sha1(b'team', usedforsecurity=False).hexdigest()}.json"
    path.parent.mkdir(parents=True)
    soon = (datetime.now(UTC) + timedelta(seconds=left)).strftime("%Y-%m-%dT%H:%M:%SZ")
    known = {
        "startUrl": fake.center.start_url, "region": "us-east-1", "accessToken": answer["accessToken"],
        "expiresAt": soon, "refreshToken": answer["refreshToken"],
        "registrationExpiresAt": "2999-01-01T00:00:00Z", **keys,
    }  # fmt: skip
    path.write_text(json.dumps(known))
    return path


def test_botocore_refreshes_a_token_and_gets_credentials(fake: FakeAWS, home: Path, aws_config: Path) -> None:
    """botocore's token provider refreshes the token, its credential fetcher uses it, and STS knows the role."""
    fake.center.account(FAR, "team", "Admin")
    fake.center.role_seconds = 7200
    aws_config.write_text(
        f"[sso-session team]\nsso_start_url = {fake.center.start_url}\nsso_region = us-east-1\n"
        f"[profile p]\nsso_session = team\nsso_account_id = {FAR}\nsso_role_name = Admin\nregion = us-east-1\n"
    )
    keys, answer = by_device(fake, scopes=SCOPES)
    path = write_cache(home, fake, keys, answer, left=60)
    found = by_botocore("p")
    assert found.pop("expires") == pytest.approx(time.time() + 7200, abs=60)
    assert json.loads(path.read_text())["refreshToken"] != answer["refreshToken"]
    who = sts(fake, found).get_caller_identity()["Arn"]
    assert who.startswith(f"arn:aws:sts::{FAR}:assumed-role/AWSReservedSSO_Admin_")
    role = fake.role("next", FAR, trust=["*"], max_session=7200)
    with refused("ValidationError", "1 hour session limit"):
        sts(fake, found).assume_role(RoleArn=role.arn, RoleSessionName="me", DurationSeconds=7200)
    assert fake.actions()[:5] == [
        "RegisterClient", "StartDeviceAuthorization", "CreateToken", "CreateToken", "GetRoleCredentials",
    ]  # fmt: skip
