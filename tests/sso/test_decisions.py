"""The pure decisions of sign-ins: start URLs, ways to sign in, URLs, answers, stored texts."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pass_aws.aws import partition, start_url
from pass_aws.aws.partition import Endpoint
from pass_aws.cache import token
from pass_aws.cache.token import LOGIN, SSO, SignIn
from pass_aws.console.browser_choice import Launcher
from pass_aws.sso import addresses, answers, aws_login_session, ways
from pass_aws.sso.addresses import Answer, Proof
from pass_aws.sso.aws_login_session import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PROOF = Proof("state-of-this-sign-in", "v" * 86)


@pytest.mark.parametrize(
    "url",
    [
        "https://team.awsapps.com/start",
        "https://d-1234567890.awsapps.com/start/",
        "https://team.awsapps.com/start#/",
        "https://start.us-gov-home.awsapps.com/directory/team",
        "https://start.home.awsapps.cn/directory/team",
        "https://ssoins-0123456789abcdef.portal.us-east-1.app.aws",
        "https://ssoins-0123456789abcdef.eu-west-1.portal.amazonaws.com",
        "https://inst.cn-north-1.portal.amazonaws.com.cn",
        "https://inst.eusc-de-east-1.portal.amazonaws.eu",
        "https://identitycenter.amazonaws.com/ssoins-0123456789abcdef",
        "https://IdentityCenter.amazonaws.com.cn/ssoins-0123456789abcdef",
    ],
)
def test_start_urls_of_aws(url: str) -> None:
    """Each form of start URL that AWS uses is accepted, in each public partition."""
    assert start_url.check(url, overridden=False) == url.partition("#")[0].rstrip("/")


@pytest.mark.parametrize(
    "url",
    [
        "https://awsapps.com.evil.example/start",
        "https://team.awsapps.com@evil.example/start",
        "https://evil.example/team.awsapps.com/start",
        "https://teamawsapps.com/start",
        "https://a.b.c.awsapps.com/start",
        "https://portal.amazonaws.com.evil.example",
        "https://team.awsapps.com:444/start",
    ],
)
def test_foreign_start_urls(url: str) -> None:
    """A host that only looks like AWS's is refused, unless the user sets the service."""
    with pytest.raises(ValueError, match="does not belong to AWS"):
        start_url.check(url, overridden=False)
    assert start_url.check(url, overridden=True) == url


HERE, NONE = Launcher(("firefox", "{url}"), "firefox"), Launcher((), "there is no display")
OVER_SSH = Launcher((), "this is an SSH session", remote=True)


@pytest.mark.parametrize(
    ("launcher", "quiet", "device", "terminal", "way"),
    [
        (HERE, True, False, True, ways.NOBODY),
        (HERE, False, False, False, ways.CODE),
        (HERE, False, True, True, ways.DEVICE),
        (HERE, False, True, False, ways.NOBODY),
        (OVER_SSH, False, False, True, ways.DEVICE),
        (NONE, False, False, True, ways.DEVICE),
        (NONE, False, False, False, ways.NOBODY),
        (NONE, True, True, True, ways.NOBODY),
    ],
)
def test_the_way_to_sign_in(launcher: Launcher, quiet: bool, device: bool, terminal: bool, way: str) -> None:
    """A browser works without a terminal, a device code does not; --no-input forbids both."""
    chosen = ways.chosen(
        launcher, quiet=quiet, device_code=device, no_terminal="" if terminal else "there is no terminal"
    )
    assert chosen.name == way
    assert chosen.reason


def test_the_urls_are_those_of_the_aws_cli() -> None:
    """`scopes` and S256 for Identity Center, `scope` and SHA-256 for the console; the state is in both."""
    center = urlsplit(addresses.identity_center("https://oidc.x", "client", ("a:b", "c:d"), 4711, PROOF))
    asked = {name: values[0] for name, values in parse_qs(center.query).items()}
    assert center.path == "/authorize"
    assert asked == {
        "response_type": "code", "client_id": "client", "state": PROOF.state, "scopes": "a:b c:d",
        "redirect_uri": "http://127.0.0.1:4711/oauth/callback", "code_challenge_method": "S256",
        "code_challenge": PROOF.challenge,
    }  # fmt: skip
    console = urlsplit(addresses.console("https://s", addresses.redirect(4711), PROOF))
    asked = {name: values[0] for name, values in parse_qs(console.query).items()}
    assert (console.path, asked["code_challenge_method"], asked["scope"]) == (
        "/v1/authorize", "SHA-256", "openid",
    )  # fmt: skip
    assert asked["client_id"] == addresses.SAME_DEVICE
    assert addresses.client_of("https://s/v1/sessions/confirmation") == addresses.CROSS_DEVICE
    assert len(PROOF.challenge) == 43
    assert PROOF.state not in repr(PROOF)


@given(st.dictionaries(st.sampled_from(["state", "code", "error", "x"]), st.text(max_size=20)))
def test_a_callback_with_another_state_is_refused(fields: dict[str, str]) -> None:
    """A code of another sign-in is never accepted."""
    found = addresses.came_back(urlencode(fields), PROOF.state)
    assert found is None
    right = addresses.came_back(urlencode({"code": "c", "state": PROOF.state}), PROOF.state)
    assert right == Answer("c")
    twice = f"state={PROOF.state}&{urlencode({'state': 'other', 'code': 'c'})}"
    assert addresses.came_back(twice, PROOF.state) is None


@pytest.mark.parametrize("text", ["", " \n", "aGVsbG8=", "hello"])
def test_a_text_that_is_not_a_code_is_not_of_another_sign_in(text: str) -> None:
    """An empty answer, base64 of another text, and plain text are not codes at all."""
    with pytest.raises(ValueError, match="not the code"):
        addresses.pasted(text, PROOF.state)


@given(st.text(max_size=60))
def test_any_pasted_text(text: str) -> None:
    """A pasted text is a code or gives an error, never a traceback; spaces and line ends do not matter."""
    with pytest.raises(ValueError, match="this"):
        addresses.pasted(text, PROOF.state)
    shown = base64.b64encode(f"state={PROOF.state}&code=c".encode()).decode()
    assert addresses.pasted(f" {shown[:9]}\n{shown[9:]} ", PROOF.state) == Answer("c")


@pytest.mark.parametrize(
    ("reader", "good"),
    [
        (answers.granted, {"accessToken": "a", "tokenType": "Bearer", "expiresIn": 3600}),
        (answers.client, {"clientId": "i", "clientSecret": "s", "clientSecretExpiresAt": 1_900_000_000}),
        (
            answers.device,
            {"deviceCode": "d", "userCode": "ABCD-EFGH", "verificationUri": "https://device.sso/", "expiresIn": 600},
        ),
        (answers.accounts, {"accountList": [{"accountId": "123456789012", "accountName": "a"}]}),
        (answers.roles, {"roleList": [{"roleName": "r"}]}),
    ],
)  # fmt: skip
def test_incomplete_answers_are_refused(
    reader: Callable[[Mapping[str, object]], object], good: dict[str, object]
) -> None:
    """Each required member is checked, also its type; no value is in the reason."""
    assert reader(good)
    for name in good.keys() - {"tokenType", "expiresIn" if "deviceCode" in good else ""}:
        for wrong in (None, 7.5, "\n", {"secret": "marked"}):
            with pytest.raises(ValueError, match=r"\w") as caught:
                reader(good | {name: wrong})
            assert "marked" not in str(caught.value)


def test_role_credentials_are_in_milliseconds() -> None:
    """The expiry is in milliseconds; one in the past, or days ahead, is refused."""
    found = {"accessKeyId": "ASIAX", "secretAccessKey": "s", "sessionToken": "t", "expiration": 3_600_000}
    assert answers.role_credentials({"roleCredentials": found}, "123456789012", 0).expires == 3600
    for wrong in (-1, 3600, 10**12, "3600000", True, None):
        with pytest.raises(ValueError, match="expiration"):
            answers.role_credentials({"roleCredentials": found | {"expiration": wrong}}, "123456789012", 3600)


def test_an_id_token_names_an_identity() -> None:
    """The identity is read from an id token, and nothing else in it is used."""

    def coded(claims: object) -> str:
        return f"h.{base64.urlsafe_b64encode(json.dumps(claims).encode()).decode()}.s"

    access = {"accessKeyId": "ASIAX", "secretAccessKey": "s", "sessionToken": "t"}
    good = {"accessToken": access, "tokenType": "aws_sigv4", "expiresIn": 900, "refreshToken": "r"}
    arn = "arn:aws:iam::123456789012:user/ada"
    found = answers.login({"tokenOutput": good | {"idToken": coded({"sub": arn})}}, 0)
    assert (found.arn, found.credentials.account_id, found.credentials.expires) == (arn, "123456789012", 900)
    for wrong in (
        "x",
        "a.b.c",
        coded([]),
        coded({"sub": 1}),
        coded({"sub": "ada"}),
        coded({"sub": f"{arn}\n"}),
    ):
        with pytest.raises(ValueError, match="idToken"):
            answers.login({"tokenOutput": good | {"idToken": wrong}}, 0)


VALUES = st.text(st.characters(codec="utf-8", exclude_characters="\n"), max_size=40)


@given(st.dictionaries(st.sampled_from(["access", "refresh", "key"]), VALUES))
def test_a_stored_token_is_read_back_with_its_seal(fields: dict[str, str]) -> None:
    """A stored token must be complete, with its own digest and the correct seal."""
    seal, digest = "5e" * 32, "ab" * 32
    text = token.render(fields, seal, digest)
    assert token.read(text, seal=seal, digest=digest) == fields
    assert token.read(text, seal="00" * 32, digest=digest) is None
    assert token.read(text, seal=seal, digest="00" * 32) is None
    assert token.read(text[:-5], seal=seal, digest=digest) is None


@given(st.text(max_size=200))
def test_any_note_beside_a_token(text: str) -> None:
    """Any note is read or ignored, and never an error."""
    made = SignIn("ab" * 32, SSO, "team", "https://x", "us-east-1", 1_900_000_000, True)
    assert token.noted(made.digest, token.note(made)) == made
    found = token.noted("ab" * 32, text)
    assert found is None or found.kind in (SSO, LOGIN)


@pytest.mark.parametrize(
    ("region", "fips", "base"),
    [
        ("us-east-1", False, "https://us-east-1.signin.aws.amazon.com"),
        ("us-gov-west-1", False, "https://us-gov-west-1.signin.amazonaws-us-gov.com"),
        ("cn-north-1", False, "https://cn-north-1.signin.amazonaws.cn"),
        ("eusc-de-east-1", False, "https://eusc-de-east-1.signin.amazonaws-eusc.eu"),
        ("us-iso-east-1", False, "https://us-iso-east-1.signin.c2shome.ic.gov"),
        ("us-east-2", True, "https://signin-fips.us-east-2.aws.amazon.com"),
    ],
)
def test_the_sign_in_host_of_each_partition(region: str, fips: bool, base: str) -> None:
    """Hosts are those of AWS's documentation, also where botocore's rules are outdated."""
    place = Place("", Endpoint(region, partition.of_region(region).name, fips=fips), "")
    assert place.base == base
    ours = place.endpoint.partition not in aws_login_session.BOTOCORE_KNOWS
    assert place.service.url == (base if ours else None)
