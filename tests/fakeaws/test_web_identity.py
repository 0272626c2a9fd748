"""AssumeRoleWithWebIdentity: a token replaces the signature, and causes of invalid tokens are distinguished."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from fakeaws.client import assume, life, refused, sts

if TYPE_CHECKING:
    from fakeaws import FakeAWS, Role

FAR = "222222222222"


def web(fake: FakeAWS, role: Role, token: str, **more: Any) -> Any:  # noqa: ANN401 - boto3 has no types
    """The answer of AssumeRoleWithWebIdentity, unsigned."""
    given = {"RoleArn": role.arn, "RoleSessionName": "ci", "WebIdentityToken": token}
    return sts(fake).assume_role_with_web_identity(**given, **more)


def test_a_web_identity_token_replaces_the_signature(fake: FakeAWS) -> None:
    """An unsigned call with a registered token of a trusted issuer, up to MaxSessionDuration."""
    token = fake.web_token("repo:team/app", issuer="token.example.com")
    role = fake.role("ci", FAR, trust=["token.example.com"], max_session=7200)
    answer = web(fake, role, token.token, DurationSeconds=7200)
    assert life(answer) == pytest.approx(7200, abs=60)
    assert answer["SubjectFromWebIdentityToken"] == "repo:team/app"
    assert answer["Provider"] == f"arn:aws:iam::{FAR}:oidc-provider/token.example.com"
    assert answer["Audience"] == "sts.amazonaws.com"
    who = sts(fake, answer["Credentials"]).get_caller_identity()
    assert who["Arn"] == f"arn:aws:sts::{FAR}:assumed-role/ci/ci"
    assert (fake.calls[0].key_id, fake.calls[0].parameters["WebIdentityToken"]) == ("", token.token)
    with refused("ValidationError", "exceeds the MaxSessionDuration", 400):
        web(fake, role, token.token, DurationSeconds=7201)
    with refused("ValidationError", "1 hour session limit", 400):
        assume(fake, answer["Credentials"], fake.role("next", FAR, max_session=7200), DurationSeconds=7200)


def test_invalid_web_identity_tokens_have_different_errors(fake: FakeAWS) -> None:
    """Expired, unknown, not a JWT, an issuer that is not trusted, a missing role."""
    token, other = fake.web_token(expires_in=300), fake.web_token(issuer="evil.example.com")
    role = fake.role("ci", trust=["oidc.example.com"])
    with refused("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity", 403):
        web(fake, role, other.token)
    with refused("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity", 403):
        web(fake, role._replace(arn=role.arn + "x"), token.token)
    with refused("InvalidIdentityToken", "not a valid JWT", 400):
        web(fake, role, "no-token")
    with refused("InvalidIdentityToken", "Couldn't retrieve verification key", 400):
        web(fake, role, token.token + "x")
    fake.clock.advance(301)
    with refused("ExpiredTokenException", "Token expired: current date/time ", 400):
        web(fake, role, token.token)
