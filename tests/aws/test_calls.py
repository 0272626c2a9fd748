"""The door to AWS: what is sent and how often, which answers are accepted, and what has no effect."""

from __future__ import annotations

import datetime as dt
import ipaddress
import json
import logging
import os
import shutil
import socket
import ssl
import subprocess
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import botocore
import pytest
from canned_http import Answer, Asked, Canned
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from fakeaws import faults
from moto.server import ThreadedMotoServer

from pass_aws.aws import refusal_rows as rows
from pass_aws.aws import sts, urls
from pass_aws.aws.calls import Aws
from pass_aws.aws.partition import Endpoint
from pass_aws.aws.refusals import AwsError
from pass_aws.aws.role_request import RoleRequest
from pass_aws.errors import UserError
from pass_aws.model import Credentials

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from fakeaws import AccessKey, FakeAWS
    from fakeaws.faults import Fault

    from pass_aws.aws.sts import Call

TOP = Path(__file__).resolve().parents[2]
SECRET, TOKEN, CODE = "MARKED+SECRET+0000000000000000000000000+", "MARKED/TOKEN", "314159"
KEY = Credentials("AKIA2222222222222222", SECRET)
SESSION = Credentials("ASIA2222222222223333", SECRET, TOKEN)
SERIAL = "arn:aws:iam::111111111111:mfa/alice"
ROLE = RoleRequest("arn:aws:iam::222222222222:role/Ops", "me", 900)


class ByBotocore(Aws):
    """The door with botocore behind every call, to compare with the standard library's."""

    def send(self, call: Call) -> Mapping[str, Any]:
        return self._clients.send(call)


DOORS: dict[str, type[Aws]] = {"standard library": Aws, "botocore": ByBotocore}
USED = [Aws]
"""The door from `door`, which `way_in` changes."""


@pytest.fixture(params=DOORS, scope="module", autouse=True)
def way_in(request: pytest.FixtureRequest) -> Iterator[str]:
    """Every test here runs with both doors."""
    USED.append(DOORS[request.param])
    yield request.param
    USED.pop()


def door(*, read_timeout: float = 10, env: dict[str, str] | None = None) -> Aws:
    return USED[-1](env or {}, time.time, lambda _: None, read_timeout=read_timeout)


def at(url: str, ca_bundle: str | None = None) -> Endpoint:
    return Endpoint("us-east-1", "aws", url, ca_bundle=ca_bundle)


def signer(key: AccessKey) -> Credentials:
    return Credentials(key.id, key.secret)


# What is sent


def test_a_strict_aws_accepts_every_call(fake: FakeAWS) -> None:
    """Identity, devices, session and role, with the session's expiry and the role's account."""
    alice, role = fake.user("alice"), fake.role("Ops", "222222222222", trust=["111111111111"])
    key, device = signer(alice.key()), alice.mfa()
    aws, here = door(), at(fake.url)
    assert aws.caller_identity(key, here) == ("111111111111", alice.arn, alice.user_id)
    assert aws.mfa_serials(key, here) == [device.serial]
    session = aws.session(
        sts.get_session_token(key, here, duration=3600, serial=device.serial, code=device.code())
    )
    assert session.expires is not None
    assert abs(session.expires - fake.clock.now() - 3600) < 60
    assert session.account_id == ""
    made = aws.session(sts.assume_role(session, here, RoleRequest(role.arn, "me", 900)))
    assert (made.account_id, made.access_key_id[:4]) == ("222222222222", "ASIA")
    assert aws.caller_identity(made, here).arn == "arn:aws:sts::222222222222:assumed-role/Ops/me"


def test_all_parameters_of_a_role_are_sent(fake: FakeAWS) -> None:
    """All parameters with a value are sent, and no empty ones."""
    alice, role = fake.user("alice"), fake.role("Ops", external_id="xid")
    key, device = signer(alice.key()), alice.mfa()
    policy = json.dumps({"Version": "2012-10-17", "Statement": []})
    arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    asked = RoleRequest(
        role.arn, "me", 1800, "xid", "alice@corp", (("team", "blue"), ("env", "")), ("team",), policy, (arn,)
    )
    door().session(sts.assume_role(key, at(fake.url), asked, serial=device.serial, code=device.code()))
    door().session(sts.assume_role(key, at(fake.url), RoleRequest(role.arn, "me", 900, "xid")))
    full, bare = (call.parameters for call in fake.calls)
    sent = {name: value for name, value in full.items() if name not in ("Action", "Version", "TokenCode")}
    assert sent == {
        "RoleArn": role.arn,
        "RoleSessionName": "me",
        "DurationSeconds": "1800",
        "ExternalId": "xid",
        "SourceIdentity": "alice@corp",
        "Tags.member.1.Key": "team",
        "Tags.member.1.Value": "blue",
        "Tags.member.2.Key": "env",
        "Tags.member.2.Value": "",
        "TransitiveTagKeys.member.1": "team",
        "Policy": policy,
        "PolicyArns.member.1.arn": arn,
        "SerialNumber": device.serial,
    }
    kept = {"Action", "Version", "RoleArn", "RoleSessionName", "DurationSeconds", "ExternalId"}
    assert set(bare) <= kept


def identity(arn: str) -> bytes:
    return (
        "<GetCallerIdentityResponse><GetCallerIdentityResult>"
        f"<Arn>{arn}</Arn><UserId>AIDA1</UserId><Account>111111111111</Account>"
        "</GetCallerIdentityResult></GetCallerIdentityResponse>"
    ).encode()


def session_xml(action: str = "GetSessionToken", **changes: str) -> bytes:
    """STS's answer with some elements changed; `-` removes one."""
    end = (dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    made = {"AccessKeyId": "ASIA1", "SecretAccessKey": "MARKED", "SessionToken": "MARKED", "Expiration": end}
    inner = "".join(
        f"<{name}>{value}</{name}>" for name, value in {**made, **changes}.items() if value != "-"
    )
    result = f"<{action}Result><Credentials>{inner}</Credentials></{action}Result>"
    return f"<{action}Response>{result}</{action}Response>".encode()


def test_a_web_identity_call_is_not_signed() -> None:
    """A web identity call has no key, session token or Authorization header, even after a signed call."""
    name = "AssumeRoleWithWebIdentity"
    answers = iter((Answer(identity("arn:x")), Answer(session_xml(name))))
    with Canned(lambda _: next(answers)) as server:
        aws = door()
        aws.caller_identity(SESSION, at(server.url))
        aws.session(sts.assume_role_with_web_identity(at(server.url), ROLE, "aaa.bbb.ccc"))
    signed, unsigned = server.asked
    assert "authorization" in signed.headers
    assert "x-amz-security-token" in signed.headers
    assert not {"authorization", "x-amz-security-token"} & set(unsigned.headers)
    assert b"WebIdentityToken=aaa.bbb.ccc" in unsigned.body


def test_a_web_identity_token_gives_a_role(fake: FakeAWS) -> None:
    """The strict fake answers it, with the role's account."""
    role = fake.role("Ops", "222222222222", trust=["oidc.example.com"])
    made = door().session(
        sts.assume_role_with_web_identity(
            at(fake.url), RoleRequest(role.arn, "me", 900), fake.web_token().token
        )
    )
    assert made.account_id == "222222222222"


def test_threads_sign_with_their_own_credentials(fake: FakeAWS) -> None:
    """Many threads share one client."""
    users = [fake.user(f"user{number}") for number in range(8)]
    keys = [signer(user.key()) for user in users]
    aws, here = door(), at(fake.url)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda key: aws.caller_identity(key, here).arn, keys * 4))
    assert found == [user.arn for user in users] * 4


def test_moto_accepts_the_same_calls() -> None:
    """moto, a second fake of AWS, accepts the same calls."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        aws, here = door(), at(f"http://{host}:{port}")
        session = aws.session(sts.get_session_token(KEY, here, duration=3600))
        made = aws.session(sts.assume_role(session, here, ROLE))
        assert made.account_id == "222222222222"
        assert aws.caller_identity(made, here).account == "222222222222"
        web = aws.session(sts.assume_role_with_web_identity(here, ROLE, "aaa.bbb.ccc"))
        assert web.account_id == "222222222222"
    finally:
        server.stop()


# How often


@pytest.fixture(scope="module")
def shared(way_in: str) -> Aws:
    """One door for tests that differ only in the answer, since a new botocore client takes time."""
    return door()


class Way(NamedTuple):
    """A call, and how often it may be sent."""

    action: str
    make: Callable[[Aws, Endpoint], object]
    times: int


WAYS = (
    Way("GetCallerIdentity", lambda aws, here: aws.caller_identity(KEY, here), 3),
    Way("ListMFADevices", lambda aws, here: aws.mfa_serials(KEY, here), 3),
    Way("GetSessionToken", lambda aws, here: aws.session(sts.get_session_token(KEY, here, duration=900)), 3),
    Way("AssumeRole", lambda aws, here: aws.session(sts.assume_role(KEY, here, ROLE)), 3),
    Way(
        "AssumeRoleWithWebIdentity",
        lambda aws, here: aws.session(sts.assume_role_with_web_identity(here, ROLE, "a.b.c")),
        3,
    ),
    Way(
        "GetSessionToken",
        lambda aws, here: aws.session(
            sts.get_session_token(KEY, here, duration=900, serial=SERIAL, code=CODE)
        ),
        1,
    ),
    Way(
        "AssumeRole",
        lambda aws, here: aws.session(sts.assume_role(KEY, here, ROLE, serial=SERIAL, code=CODE)),
        1,
    ),
)
MISHAPS: dict[str, tuple[Callable[[], Fault], str]] = {
    "500": (faults.internal, rows.TROUBLE),
    "throttled": (faults.throttled, rows.BUSY),
    "lost": (faults.lost, rows.NETWORK),
}


@pytest.mark.parametrize("mishap", MISHAPS)
@pytest.mark.parametrize("way", WAYS, ids=lambda way: f"{way.action}-{way.times}")
def test_calls_with_a_code_are_sent_once_others_three_times(
    way: Way, mishap: str, shared: Aws, fake: FakeAWS
) -> None:
    """Counted at the server: a call that uses a code is never repeated, whatever happens to its answer."""
    fault, cause = MISHAPS[mishap]
    fake.fault(way.action, fault(), times=9)
    with pytest.raises(AwsError) as caught:
        way.make(shared, at(fake.url))
    assert fake.actions() == [way.action] * way.times
    expected = rows.LOST if way.times == 1 and mishap != "throttled" else cause
    assert caught.value.cause == expected
    assert ("may be used up" in str(caught.value)) == (expected == rows.LOST)
    assert CODE not in f"{caught.value}{caught.value.hint}"


@pytest.mark.parametrize("times", [1, 2])
def test_a_temporary_failure_is_retried(times: int, fake: FakeAWS) -> None:
    """The answer of the third attempt is used."""
    alice = fake.user("alice")
    fake.fault("GetCallerIdentity", faults.unavailable(), times=times)
    assert door().caller_identity(signer(alice.key()), at(fake.url)).arn == alice.arn
    assert len(fake.calls) == times + 1


def test_a_code_whose_answer_hangs_is_sent_once(fake: FakeAWS) -> None:
    """The read timeout ends the call, and the error says that the code may be used up."""
    alice = fake.user("alice")
    key, device = signer(alice.key()), alice.mfa()
    fake.fault("GetSessionToken", faults.hang(work=True), times=9)
    with pytest.raises(AwsError, match="may be used up") as caught:
        door(read_timeout=0.3).session(
            sts.get_session_token(key, at(fake.url), duration=900, serial=device.serial, code=device.code())
        )
    assert caught.value.cause == rows.LOST
    assert fake.actions() == ["GetSessionToken"]


def test_a_call_without_an_answer_is_sent_three_times(fake: FakeAWS) -> None:
    """After the third attempt, the error says that the answer was lost."""
    fake.fault("GetCallerIdentity", faults.hang(), times=9)
    with pytest.raises(AwsError, match="to GetCallerIdentity was lost") as caught:
        door(read_timeout=0.3).caller_identity(KEY, at(fake.url))
    assert caught.value.cause == rows.NETWORK
    assert len(fake.calls) == 3


@pytest.mark.parametrize("honest", [True, False])
def test_a_code_whose_answer_is_truncated_is_sent_once(honest: bool, fake: FakeAWS) -> None:
    """AWS has carried out the call, but we cannot use its answer."""
    alice = fake.user("alice")
    key, device = signer(alice.key()), alice.mfa()
    fake.fault("GetSessionToken", faults.truncated(honest=honest), times=9)
    with pytest.raises(AwsError, match="may be used up"):
        door().session(
            sts.get_session_token(key, at(fake.url), duration=900, serial=device.serial, code=device.code())
        )
    assert fake.actions() == ["GetSessionToken"]


# Which answers are accepted


GARBAGE = {
    "not xml": b"\x00\xff<not xml MARKED",
    "empty": b"",
    "html": b"<html><body>Log in to the MARKED network</body></html>",
    "no credentials": b"<GetSessionTokenResponse><GetSessionTokenResult/></GetSessionTokenResponse>",
    "no key": session_xml(AccessKeyId="-"),
    "empty key": session_xml(AccessKeyId=""),
    "no secret": session_xml(SecretAccessKey="-"),
    "no token": session_xml(SessionToken="-"),
    "no end": session_xml(Expiration="-"),
    "no time": session_xml(Expiration="MARKED"),
    "huge time": session_xml(Expiration="99999999999999999999"),
    "past": session_xml(Expiration="2020-01-01T00:00:00Z"),
    "absurd": session_xml(Expiration="2199-01-01T00:00:00Z"),
    "newline": session_xml(SecretAccessKey="MARKED&#10;export PATH=/x"),
    "a space in a token": session_xml(SessionToken="MARKED x"),
    "not ascii": session_xml(SessionToken="MARKED&#233;"),
    "entities": b'<!DOCTYPE x [<!ENTITY a "MARKED">]>' + session_xml(SessionToken="&a; "),
}


@pytest.mark.parametrize("kind", GARBAGE)
def test_an_incomplete_answer_is_not_used(kind: str, shared: Aws) -> None:
    """The error says what is wrong with the answer, and shows nothing of it."""
    with Canned(lambda _: Answer(GARBAGE[kind])) as server, pytest.raises(AwsError) as caught:
        shared.session(sts.get_session_token(KEY, at(server.url), duration=900))
    error = caught.value
    assert error.cause == rows.GARBAGE
    assert str(error).startswith("the answer to GetSessionToken cannot be used: ")
    assert "MARKED" not in f"{error}{error.hint}{error.__cause__}"
    assert error.__context__ is None or error.__suppress_context__


@pytest.mark.parametrize("body", [b"", b"<html>MARKED", b"MARKED", b"{}", b"<a/>", b"<a><b>MARKED</b></a>"])
def test_a_server_that_is_not_aws(body: bytes) -> None:
    """A captive portal, a proxy's error page or another server gives one line, not a traceback."""
    statuses = [200, 204, 301, 302, 400, 403, 404, 418, 500, 502]
    left = iter(statuses)
    with Canned(lambda _: Answer(body, next(left))) as server:
        aws, here = door(), at(server.url)
        for _ in statuses:
            with pytest.raises(AwsError) as caught:
                aws.session(sts.get_session_token(KEY, here, duration=900, serial=SERIAL, code=CODE))
            assert "MARKED" not in f"{caught.value}{caught.value.hint}"
    assert len(server.asked) == len(statuses)


@pytest.mark.parametrize(
    "body",
    [identity(""), identity("arn:a b"), identity("x").replace(b"111111111111", b"1"), b"<x/>"],
)
def test_an_identity_must_be_complete(body: bytes) -> None:
    """An identity has an account of twelve digits and an ARN."""
    with Canned(lambda _: Answer(body)) as server, pytest.raises(AwsError, match="cannot be used"):
        door().caller_identity(KEY, at(server.url))


def test_the_error_shows_no_secret_that_aws_repeats() -> None:
    """Secret key, session token, code and web identity token are removed from AWS's text."""

    def repeat(asked: Asked) -> Answer:
        text = f"{SECRET} {TOKEN} {CODE} web.identity.token {asked.headers.get('authorization', '')}"
        return Answer(
            f"<ErrorResponse><Error><Code>Odd</Code><Message>{text}</Message></Error></ErrorResponse>".encode(),
            400,
        )

    with Canned(repeat) as server:
        aws, here = door(), at(server.url)
        with pytest.raises(AwsError, match="Odd") as first:
            aws.session(sts.get_session_token(SESSION, here, duration=900, serial=SERIAL, code=CODE))
        with pytest.raises(AwsError, match="Odd") as second:
            aws.session(sts.assume_role_with_web_identity(here, ROLE, "web.identity.token"))
    assert not any(secret in str(first.value) for secret in (SECRET, TOKEN, CODE))
    assert "web.identity.token" not in str(second.value)


def test_a_too_short_value_is_not_sent() -> None:
    """botocore checks minimum lengths; the error names the parameter, and not its value."""
    with Canned(lambda _: Answer(b"")) as server, pytest.raises(AwsError) as caught:
        door().session(sts.get_session_token(KEY, at(server.url), duration=900, serial=SERIAL, code="31"))
    assert str(caught.value) == "the TokenCode of GetSessionToken is not valid"
    assert server.asked == []


# The clock


@pytest.mark.parametrize("seconds", [-7200, 0, 7200])
def test_the_difference_of_the_clocks_is_known(seconds: int, fake: FakeAWS) -> None:
    """The clocks' difference is computed from the Date header of any answer, also of a refusal."""
    key = signer(fake.user("alice").key())
    fake.fault("GetCallerIdentity", faults.wrong_date(seconds))
    aws = door()
    aws.caller_identity(key, at(fake.url))
    assert abs(aws.skew - seconds) < 60
    fake.fault(
        "GetCallerIdentity",
        faults.wrong_date(seconds)._replace(work=False, refused=faults.error("X").refused),
    )
    with pytest.raises(AwsError) as caught:
        aws.caller_identity(key, at(fake.url))
    assert abs(caught.value.skew - seconds) < 60


# The network


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def once(endpoint: Endpoint, env: dict[str, str] | None = None) -> AwsError:
    """The error of a call that is tried only once, to save the pauses between attempts."""
    with pytest.raises(AwsError) as caught:
        door(env=env).session(sts.get_session_token(KEY, endpoint, duration=900, serial=SERIAL, code=CODE))
    assert CODE not in f"{caught.value}{caught.value.hint}"
    assert "may be used up" not in str(caught.value)
    assert caught.value.aws_code == ""
    return caught.value


def test_a_refused_connection() -> None:
    """The error has the address."""
    port = closed_port()
    error = once(at(f"http://127.0.0.1:{port}"))
    assert str(error) == f"127.0.0.1:{port} refuses the connection"
    assert error.cause == rows.NETWORK


def test_an_unknown_host() -> None:
    """If DNS does not find the host, the error has its name."""
    error = once(at("https://sts.nowhere.invalid"))
    assert str(error) == "the host name sts.nowhere.invalid is unknown"
    assert error.cause == rows.NETWORK


@pytest.mark.parametrize("url", ["https://", "https://a b/", "ftp://x", "https://[::1", "nonsense"])
def test_an_invalid_url(url: str) -> None:
    """An exception of the HTTP library becomes an error of one line."""
    assert str(once(at(url)))


@pytest.mark.parametrize("region", ["", "a b", "x/../y", "us-east-1.evil.example#", "é"])
def test_an_invalid_region(region: str) -> None:
    """The region would become part of a host name."""
    assert str(once(Endpoint(region, "aws")))


def certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """The TLS side of a server with its own certificate, and that certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "key.pem").write_bytes(private)
    (folder / "ca.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "ca.pem", folder / "key.pem")
    return context, folder / "ca.pem"


def test_a_certificate_must_be_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Certificates are checked against the system's list, botocore's, or the endpoint's CA bundle.

    Other variables have no effect.
    """
    tls, bundle = certificate(tmp_path)
    with Canned(lambda _: Answer(identity("arn:x")), tls) as server:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
        error = once(at(server.url))
        assert "is not trusted" in str(error)
        assert "AWS_CA_BUNDLE" in error.hint
        assert server.asked == []
        assert door().caller_identity(KEY, at(server.url, str(bundle))).arn == "arn:x"
        os.mkfifo(tmp_path / "fifo")
        for path in ("/no/such/file", str(tmp_path / "fifo"), "/dev/zero"):
            assert f"cannot read the CA bundle {path}" in str(once(at(server.url, path)))
        (tmp_path / "junk").write_bytes(b"\xff junk")
        assert str(once(at(server.url, str(tmp_path / "junk")))).isprintable()


def test_a_proxy_is_used_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The proxy gets the real host's name, and its password is not shown.

    The variables of our own process have no effect.
    """
    with Canned(lambda _: Answer(b"no", 502)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{closed_port()}")
        url = f"http://alice:MARKED@127.0.0.1:{proxy.port}"
        error = once(Endpoint("eu-west-1", "aws"), env={"HTTPS_PROXY": url})
    assert [(asked.method, asked.path) for asked in proxy.asked] == [
        ("CONNECT", "sts.eu-west-1.amazonaws.com:443")
    ]
    assert "proxy" in str(error)
    assert "MARKED" not in f"{error}{error.hint}"
    assert error.cause == rows.NETWORK


@pytest.mark.parametrize("name", ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"])
def test_proxies_and_ca_bundles_of_the_environment_are_reported(name: str, tmp_path: Path) -> None:
    """A proxy or CA bundle of the environment is reported once, without the proxy's password."""
    said: list[str] = []
    bundle = str(tmp_path / "ca.pem")
    shutil.copy(Path(botocore.__file__).parent / "cacert.pem", bundle)
    with Canned(lambda _: Answer(b"no", 502)) as proxy:
        env = {"https_proxy": f"http://alice:MARKED@127.0.0.1:{proxy.port}", name: bundle}
        aws = Aws(env, time.time, said.append, read_timeout=10)
        for _ in range(2):
            with pytest.raises(AwsError):
                aws.caller_identity(KEY, Endpoint("eu-west-1", "aws", ca_bundle=bundle))
    assert said == [
        f"using the proxy 127.0.0.1:{proxy.port} (HTTPS_PROXY)",
        f"trusting the certificates in {bundle} ({name})",
    ]


def test_a_ca_bundle_of_the_profile_is_not_reported(tmp_path: Path) -> None:
    """Settings in the config file are not reported, nor is a host that bypasses the proxy."""
    said: list[str] = []
    env = {"HTTPS_PROXY": "http://127.0.0.1:1", "NO_PROXY": "amazonaws.com", "AWS_CA_BUNDLE": "/other"}
    aws = Aws(env, time.time, said.append, read_timeout=10)
    with pytest.raises(AwsError):
        aws.caller_identity(KEY, Endpoint("eu-west-1", "aws", ca_bundle=str(tmp_path / "missing")))
    assert said == []


def test_no_secret_is_sent_unencrypted() -> None:
    """The door refuses http to another machine, whatever part of the program calls it."""
    here = at("http://10.255.255.1:9")
    with pytest.raises(UserError, match="AssumeRole would send secrets unencrypted"):
        door().session(sts.assume_role(SESSION, here, ROLE))
    with pytest.raises(UserError, match="GetSessionToken would send secrets unencrypted"):
        door().session(sts.get_session_token(KEY, here, duration=900))


HOSTS = [
    (Endpoint("us-east-1", "aws"), "sts.us-east-1.amazonaws.com"),
    (Endpoint("eu-central-2", "aws"), "sts.eu-central-2.amazonaws.com"),
    (Endpoint("us-east-1", "aws", legacy=True), "sts.amazonaws.com"),
    (Endpoint("eu-west-1", "aws", legacy=True), "sts.amazonaws.com"),
    (Endpoint("eu-central-2", "aws", legacy=True), "sts.eu-central-2.amazonaws.com"),
    (Endpoint("us-west-2", "aws", fips=True), "sts-fips.us-west-2.amazonaws.com"),
    (Endpoint("us-west-2", "aws", dualstack=True), "sts.us-west-2.api.aws"),
    (Endpoint("us-gov-west-1", "aws-us-gov"), "sts.us-gov-west-1.amazonaws.com"),
    (Endpoint("us-gov-west-1", "aws-us-gov", fips=True), "sts.us-gov-west-1.amazonaws.com"),
    (Endpoint("cn-north-1", "aws-cn"), "sts.cn-north-1.amazonaws.com.cn"),
    (Endpoint("eusc-de-east-1", "aws-eusc"), "sts.eusc-de-east-1.amazonaws.eu"),
    (Endpoint("us-iso-east-1", "aws-iso"), "sts.us-iso-east-1.c2s.ic.gov"),
    (Endpoint("us-isob-east-1", "aws-iso-b"), "sts.us-isob-east-1.sc2s.sgov.gov"),
    (Endpoint("eu-isoe-west-1", "aws-iso-e"), "sts.eu-isoe-west-1.cloud.adc-e.uk"),
    (Endpoint("us-isof-south-1", "aws-iso-f"), "sts.us-isof-south-1.csp.hci.ic.gov"),
]


def test_each_partition_and_variant_has_its_host(monkeypatch: pytest.MonkeyPatch) -> None:
    """One door serves all hosts, and variables have no effect. The test reads them at a proxy."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:1")
    with Canned(lambda _: Answer(b"no", 502)) as proxy:
        aws = door(env={"https_proxy": f"http://127.0.0.1:{proxy.port}"})
        for endpoint, _ in HOSTS:
            with pytest.raises(AwsError):
                aws.session(sts.get_session_token(KEY, endpoint, duration=900, serial=SERIAL, code=CODE))
    assert [asked.path for asked in proxy.asked] == [f"{host}:443" for _, host in HOSTS]


def test_an_override_is_reported_once(fake: FakeAWS) -> None:
    """The first call of a door reports it, without a password in the URL."""
    key, said = signer(fake.user("alice").key()), list[str]()
    aws = USED[-1]({}, time.time, said.append)
    for _ in range(3):
        aws.caller_identity(key, at(fake.url))
        aws.session(sts.get_session_token(key, at(fake.url), duration=900))
    assert said == [f"using AWS endpoint {fake.url}"]
    with pytest.raises(AwsError):
        aws.caller_identity(key, at(f"http://bob:MARKED@127.0.0.1:{closed_port()}"))
    assert len(said) == 2
    assert "MARKED" not in said[1]


PROXY = "http://p:1"


@pytest.mark.parametrize(
    "env",
    [
        {},
        {"HTTPS_PROXY": PROXY},
        {"https_proxy": PROXY},
        {"https_proxy": "", "HTTPS_PROXY": PROXY},
        {"http_proxy": PROXY},
        {"HTTPS_PROXY": PROXY, "NO_PROXY": "*"},
        {"HTTPS_PROXY": PROXY, "NO_PROXY": "amazonaws.com"},
        {"HTTPS_PROXY": PROXY, "NO_PROXY": "x.org, .AmazonAWS.com ,y"},
        {"HTTPS_PROXY": PROXY, "NO_PROXY": "sts.us-east-1.amazonaws.com"},
        {"HTTPS_PROXY": PROXY, "NO_PROXY": "onaws.com"},
        {"HTTPS_PROXY": PROXY, "NO_PROXY": "*", "no_proxy": ""},
        {"HTTPS_PROXY": PROXY, "NO_PROXY": ","},
    ],
)
def test_proxies_are_chosen_as_in_python(env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The same variables, the same exceptions."""
    url = "https://sts.us-east-1.amazonaws.com/"
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    spared = urllib.request.proxy_bypass("sts.us-east-1.amazonaws.com")
    found = urllib.request.getproxies().get("https")
    assert urls.proxies(env, url) == ({"https": found} if found and not spared else {})


# What has no effect


ALONE = """
import sys, time
from pass_aws.aws.calls import Aws
from pass_aws.model import Credentials
from pass_aws.aws.partition import Endpoint
aws = Aws({}, time.time, lambda text: None)
if sys.argv[4] == "botocore":
    aws.send = aws._clients.send
print(aws.caller_identity(Credentials(*sys.argv[1:3]), Endpoint("us-east-1", "aws", sys.argv[3])).arn)
print(",".join(sorted(name for name in sys.modules if name in ("botocore", "boto3", "planted"))))
"""


@pytest.fixture
def hostile(home: Path, tmp_path: Path) -> dict[str, str]:
    """An environment and files that would mislead botocore in every way we know."""
    broken = tmp_path / "broken"
    broken.write_text("[default\nthis is no config file")
    (home / ".aws").mkdir()
    for name in ("config", "credentials"):
        (home / ".aws" / name).write_text("[default\nbroken")
    for models in (home / ".aws" / "models", tmp_path / "models"):
        for version in ("2011-06-15", "2099-01-01"):
            (models / "sts" / version).mkdir(parents=True)
            (models / "sts" / version / "service-2.json").write_text('{"metadata": {}}')
        for name in ("endpoints", "partitions", "_retry", "sdk-default-configuration"):
            (models / f"{name}.json").write_text('{"broken": 1}')
    (tmp_path / "planted.py").write_text("def initialize_client_plugin(client):\n    raise SystemExit(9)\n")
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "PYTHONPATH": f"{TOP}:{tmp_path}",
        "AWS_CONFIG_FILE": str(broken),
        "AWS_SHARED_CREDENTIALS_FILE": str(broken),
        "AWS_DATA_PATH": str(tmp_path / "models"),
        "AWS_PROFILE": "missing",
        "AWS_DEFAULT_PROFILE": "missing",
        "AWS_ACCESS_KEY_ID": "AKIAWRONG",
        "AWS_SECRET_ACCESS_KEY": "wrong",
        "AWS_SESSION_TOKEN": "wrong",
        "AWS_REGION": "nowhere-9",
        "AWS_DEFAULT_REGION": "nowhere-9",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "AWS_ENDPOINT_URL_STS": "http://127.0.0.1:1",
        "AWS_CA_BUNDLE": "/proc/nonexistent",
        "AWS_BEARER_TOKEN_STS": "wrong",
        "AWS_RETRY_MODE": "nonsense",
        "AWS_MAX_ATTEMPTS": "nonsense",
        "AWS_DEFAULTS_MODE": "nonsense",
        "AWS_USE_FIPS_ENDPOINT": "true",
        "AWS_USE_DUALSTACK_ENDPOINT": "true",
        "AWS_STS_REGIONAL_ENDPOINTS": "nonsense",
        "AWS_CSM_ENABLED": "true",
        "AWS_CSM_PORT": "nonsense",
        "AWS_ACCOUNT_ID_ENDPOINT_MODE": "nonsense",
        "AWS_AUTH_SCHEME_PREFERENCE": "nonsense",
        "AWS_SDK_UA_APP_ID": "x" * 100,
        "HTTP_PROXY": "http://127.0.0.1:1",
        "BOTOCORE_EXPERIMENTAL__PLUGINS": "planted=planted",
        "SSLKEYLOGFILE": str(tmp_path / "keylog"),
    }


def test_no_setting_of_the_user_reaches_botocore(
    hostile: dict[str, str], fake: FakeAWS, tmp_path: Path, way_in: str
) -> None:
    """botocore uses no file, profile, model, plugin, credential, endpoint or tuning of the user."""
    alice = fake.user("alice")
    key = alice.key()
    loaded = "boto3,botocore" if way_in == "botocore" else ""
    done = subprocess.run(
        [sys.executable, "-c", ALONE, key.id, key.secret, fake.url, way_in],
        env=hostile, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.stdout, done.stderr, done.returncode) == (f"{alice.arn}\n{loaded}\n", "", 0)
    assert fake.calls[0].region == "us-east-1"
    assert not (tmp_path / "keylog").exists()


def test_the_hostile_surroundings_would_break_boto3(
    hostile: dict[str, str], fake: FakeAWS, tmp_path: Path
) -> None:
    """A plain boto3 client fails in them and writes TLS keys, so the test above proves something."""
    plain = "import boto3; boto3.client('sts', endpoint_url='http://127.0.0.1:1')"
    command = [sys.executable, "-c", plain]
    assert subprocess.run(command, env=hostile, capture_output=True, check=False).returncode != 0
    mild = {name: hostile[name] for name in ("PATH", "SSLKEYLOGFILE")} | {"AWS_DEFAULT_REGION": "us-east-1"}
    subprocess.run(command, env=mild, capture_output=True, check=True)
    assert (tmp_path / "keylog").exists()
    assert fake.calls == []


def test_no_library_logs_what_is_sent(fake: FakeAWS, caplog: pytest.LogCaptureFixture) -> None:
    """Debug lines would contain codes and answers; there are none, even if every logger is enabled."""
    alice = fake.user("alice")
    key, device = signer(alice.key()), alice.mfa()
    caplog.set_level(logging.DEBUG)
    door().session(
        sts.get_session_token(key, at(fake.url), duration=900, serial=device.serial, code=device.code())
    )
    once(at(f"http://127.0.0.1:{closed_port()}"))
    assert caplog.text == ""
