"""Any HTTP answer has a limit of some seconds and of a million bytes."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

import pytest
from botocore.utils import ContainerMetadataFetcher
from canned_http import Answer, Canned
from raw_server import server
from test_calls import CODE, KEY, SERIAL, SESSION, at, certificate

from pass_aws.aws import federation, sts
from pass_aws.aws.calls import Aws
from pass_aws.aws.http_post import LARGEST
from pass_aws.aws.partition import Endpoint
from pass_aws.credentials.sources import credential_source
from pass_aws.errors import UserError
from pass_aws.sso import answers, requests

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from pass_aws.sso.requests import Call


class Asked(NamedTuple):
    """A part of the program that sends requests.

    Args:
        ask: sends its request to a URL, and raises UserError.
        tries: the number of its requests if an answer is lost.
        tries_large: the number of its requests if an answer is too large.
    """

    ask: Callable[[str], object]
    tries: int
    tries_large: int = 1


def aws(env: Mapping[str, str] | None = None) -> Aws:
    return Aws(env or {}, time.time, lambda _: None, read_timeout=10)


def sent(make: Callable[[Endpoint], Call]) -> Callable[[str], object]:
    """Sends a call of Identity Center or of the sign-in service."""
    return lambda url: aws().read(make(at(url)), answers.accounts)


def session(url: str) -> object:
    return aws().session(sts.get_session_token(KEY, at(url), duration=900, serial=SERIAL, code=CODE))


def of_instance(url: str) -> object:
    profile = {"ec2_metadata_service_endpoint": url}
    return credential_source.instance({}, time.time(), lambda key: profile.get(key, ""))


CLIENT = {"clientId": "c", "clientSecret": "s"}
ASKED = {
    "STS by the standard library": Asked(session, 1),
    "STS by botocore": Asked(lambda url: session(f"{url}/?by=botocore"), 1),
    "IAM": Asked(lambda url: aws().mfa_serials(KEY, at(url)), 3),
    "Identity Center": Asked(sent(lambda endpoint: requests.accounts(endpoint, "token", "")), 1),
    "sso-oidc": Asked(sent(lambda endpoint: requests.refresh(endpoint, CLIENT, "r")), 1),
    "sign-in": Asked(sent(lambda endpoint: requests.login_refresh(endpoint, "c", "r", lambda _: {})), 1),
    "federation": Asked(lambda url: federation.sign_in_token(url, SESSION, at(url), {}), 2),
    "container": Asked(
        lambda url: credential_source.container({credential_source.FULL: url}, time.time()), 3
    ),
    "instance": Asked(of_instance, 2),  # the first request is for a token
}
LIMITED = ("aws.http_post", "aws.limited_session", "credentials.sources.credential_source")
EACH = pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """An attempt takes at most a second, without pauses between attempts."""
    for place in LIMITED:
        monkeypatch.setattr(f"pass_aws.{place}.LONGEST", 1)
    monkeypatch.setattr(ContainerMetadataFetcher, "SLEEP_TIME", 0)


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """An attempt takes as long as outside tests: the answer comes, but late on a busy machine."""
    for place in LIMITED:
        monkeypatch.setattr(f"pass_aws.{place}.LONGEST", 30)


class Drip:
    """Sends one byte after the other, for half a minute."""

    def __init__(self, head: bytes) -> None:
        self.head = head
        self.whole = 0
        """How many answers came to their end."""

    def __call__(self, line: socket.socket) -> None:
        line.sendall(self.head)
        for _ in range(300):
            line.sendall(b"x")
            time.sleep(0.1)
        self.whole += 1


HEADS = {"head": b"HTTP/1.1 200 OK\r\nX: ", "body": b"HTTP/1.1 200 OK\r\nContent-Length: 300\r\n\r\n"}


@EACH
@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
def test_a_slow_answer_ends(asked: Asked, head: bytes) -> None:
    """Each byte comes in time, but the whole answer has a time limit."""
    drip = Drip(head)
    with server(drip) as (address, heads):
        with pytest.raises(UserError) as caught:
            asked.ask(f"http://{address}")
        assert drip.whole == 0
    assert len(heads) == asked.tries
    assert "lost" in str(caught.value) or "credential_source" in str(caught.value)


def test_a_slow_proxy(tmp_path: Path) -> None:
    """The proxy's answer to CONNECT has the same limit."""
    tls, bundle = certificate(tmp_path)
    drip = Drip(b"HTTP/1.1 200 OK\r\nX: ")
    with server(drip, tls) as (address, heads):
        way = aws({"HTTPS_PROXY": f"https://{address}"})
        with pytest.raises(UserError):
            way.session(
                sts.get_session_token(
                    KEY,
                    Endpoint("eu-west-1", "aws", ca_bundle=str(bundle)),
                    duration=900,
                    serial=SERIAL,
                    code=CODE,
                )
            )
        assert drip.whole == 0
    assert [head.partition(b" HTTP")[0] for head in heads] == [b"CONNECT sts.eu-west-1.amazonaws.com:443"]


@EACH
@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("length", ["Content-Length: 300000000", "Transfer-Encoding: chunked", "X: y"])
@pytest.mark.parametrize("status", ["200 OK", "400 Bad"])
def test_an_answer_of_300_megabytes_is_not_read(asked: Asked, length: str, status: str) -> None:
    """A million bytes of it are read and not used, and the call is not repeated."""
    passed = 0

    def flood(line: socket.socket) -> None:
        nonlocal passed
        line.sendall(f"HTTP/1.1 {status}\r\n{length}\r\n\r\n".encode())
        chunk = b" " * 65536
        piece = b"10000\r\n" + chunk + b"\r\n" if "chunked" in length else chunk
        for _ in range(5000):
            line.sendall(piece)
            passed += len(chunk)

    with server(flood) as (address, heads), pytest.raises(UserError) as caught:
        asked.ask(f"http://{address}")
    assert passed < 20_000_000  # the kernel's buffers hold some of it
    assert len(heads) == asked.tries_large
    assert "larger than" in str(caught.value) or "lost" in str(caught.value)


MEMBERS = {f"m{number}": 0 for number in range(64_000)}
GOOD = {"AccessKeyId": "ASIA1", "SecretAccessKey": "s", "Token": "t"}


@pytest.mark.usefixtures("patient")
def test_an_answer_with_64_000_members_is_read_in_linear_time() -> None:
    """A search through all members for each member would exceed the test's time limit."""
    whole = {**GOOD, "Expiration": datetime.fromtimestamp(time.time() + 3600, UTC).isoformat(), **MEMBERS}
    text = json.dumps(whole).encode()
    assert len(text) < LARGEST
    with Canned(lambda _: Answer(text, kind="application/json")) as canned:
        found = credential_source.container({credential_source.FULL: canned.url}, time.time())
    assert found.access_key_id == "ASIA1"


@pytest.mark.usefixtures("patient")
def test_many_accounts_are_read() -> None:
    """A page of Identity Center may have thousands of unknown members."""
    page = {"accountList": [{"accountId": "111111111111", "accountName": "a", **MEMBERS}]}
    with Canned(lambda _: Answer(json.dumps(page).encode(), kind="application/json")) as canned:
        found = aws().read(requests.accounts(at(canned.url), "token", ""), answers.accounts)
    assert found == ([("111111111111", "a")], "")
