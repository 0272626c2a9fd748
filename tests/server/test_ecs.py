"""The ECS server over real HTTP: who gets credentials, who does not, and what happens when they expire."""

from __future__ import annotations

import json
import socket
import threading
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from serving_here import HOUR, NOW, Got, Here, Source

from pass_aws.errors import MUST_ASK, UserError
from pass_aws.model import Credentials
from pass_aws.server import serving
from pass_aws.server.request import LONGEST

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FIRST = Credentials("ASIAFIRSTEXAMPLE0000", "s3cret", "t0ken", NOW + HOUR, "111111111111")


class Asking:
    """A server, and the secrets that a client knows."""

    def __init__(self, here: Here) -> None:
        self.here = here
        self.path = urlsplit(here.server.variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"]).path
        self.token = here.server.variables["AWS_CONTAINER_AUTHORIZATION_TOKEN"]

    def ask(self, headers: Mapping[str, str] | None = None, path: str = "", method: str = "GET") -> Got:
        return self.here.ask(path or self.path, {"Authorization": self.token, **(headers or {})}, method)

    def key(self) -> str:
        """The id of the served credentials, or the status."""
        got = self.ask()
        return str(json.loads(got.body)["AccessKeyId"]) if got.status == 200 else str(got.status)


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def asking(source: Source) -> Iterator[Asking]:
    with Here(serving.of_ecs, source, first=FIRST) as here:
        yield Asking(here)


def test_credentials(asking: Asking) -> None:
    """The five fields, never to be cached by clients; nothing is fetched if credentials exist."""
    got = asking.ask()
    assert (got.status, got.headers["content-type"], got.headers["cache-control"]) == (
        200,
        "application/json",
        "no-store",
    )
    assert json.loads(got.body) == {
        "AccessKeyId": "ASIAFIRSTEXAMPLE0000", "SecretAccessKey": "s3cret", "Token": "t0ken",
        "Expiration": "2027-01-15T09:00:00Z", "AccountId": "111111111111",
    }  # fmt: skip
    assert asking.here.source.fetched == 0


def test_path_and_token_are_secrets(asking: Asking) -> None:
    """Both are long, and differ between servers."""
    assert len(asking.path) > 20
    assert len(asking.token) > 40
    with Here(serving.of_ecs, Source()) as other:
        assert Asking(other).path != asking.path
        assert Asking(other).token != asking.token


@pytest.mark.parametrize(
    ("headers", "path", "method", "status"),
    [
        ({"Authorization": "wrong"}, "", "GET", 403),
        ({"Authorization": ""}, "", "GET", 403),
        ({"Authorization": "Bearer {token}"}, "", "GET", 403),
        ({"Authorization": "{token}x"}, "", "GET", 403),
        ({}, "/", "GET", 404),
        ({}, "{path}/", "GET", 404),
        ({}, "{path}?x=1", "GET", 404),
        ({}, "/role-arn/arn:aws:iam::111111111111:role/x", "GET", 404),
        ({}, "", "POST", 405),
        ({}, "", "PUT", 405),
        ({}, "", "HEAD", 405),
        ({}, "", "OPTIONS", 405),
        ({"Host": "evil.example"}, "", "GET", 421),
        ({"Host": "evil.example:{port}"}, "", "GET", 421),
        ({"Host": "127.0.0.1"}, "", "GET", 421),
        ({"Host": "127.0.0.1.evil.example:{port}"}, "", "GET", 421),
        ({"Host": "localhost.evil.example:{port}"}, "", "GET", 421),
        ({"Host": "[::1]:{port}"}, "", "GET", 421),
        ({"Host": "0.0.0.0:{port}"}, "", "GET", 421),
        ({"Host": "2130706433:{port}"}, "", "GET", 421),
        ({"Host": ""}, "", "GET", 421),
        ({"Host": "localhost:{port}"}, "", "GET", 200),
        ({"Origin": "http://evil.example"}, "", "GET", 403),
        ({"Origin": "null"}, "", "GET", 403),
        ({"origin": "http://127.0.0.1:{port}"}, "", "GET", 403),
        ({"Referer": "http://evil.example/"}, "", "GET", 403),
        ({"Cookie": "a=b"}, "", "GET", 403),
        ({"Sec-Fetch-Site": "none"}, "", "GET", 403),
        ({"Access-Control-Request-Method": "GET"}, "", "OPTIONS", 403),
        ({"X-Forwarded-For": "192.0.2.1"}, "", "GET", 403),
        ({"X-Forwarded-Host": "127.0.0.1:{port}"}, "", "GET", 403),
        ({"Forwarded": "for=192.0.2.1"}, "", "GET", 403),
        ({"Via": "1.1 proxy"}, "", "GET", 403),
        ({"Content-Length": "5"}, "", "GET", 400),
        ({"Transfer-Encoding": "chunked"}, "", "GET", 400),
        ({"X-Long": "x" * LONGEST}, "", "GET", 400),
    ],
)
def test_who_gets_nothing(
    headers: dict[str, str], path: str, method: str, status: int, asking: Asking
) -> None:
    """Wrong token, path or method; other host names for this machine; browsers; proxies; bodies. No secret, no CORS."""
    known = {"token": asking.token, "path": asking.path, "port": asking.here.address.partition(":")[2]}
    filled = {name: value.format(**known) for name, value in headers.items()}
    got = asking.ask(filled, path.format(**known), method)
    assert got.status == status
    if status != 200:
        assert "s3cret" not in got.body
        assert asking.token not in got.body
        assert asking.path not in got.body
    assert not [name for name in got.headers if name.startswith("access-control")]


@pytest.mark.parametrize(
    "text",
    [
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nHost: {host}\r\nAuthorization: {token}\r\n\r\n",
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: x\r\nAuthorization: {token}\r\n\r\n",
        "GET http://{host}{path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: {token}\r\n\r\n",
        "GET {path}\r\n\r\n",
        "get {path} HTTP/1.1\r\nHost: {host}\r\n\r\n",
        "GET {path} HTTP/1.1\nHost: {host}\nAuthorization: {token}\n\r\n\r\n",
        "GET {path} HTTP/1.1\r\nHost : {host}\r\nAuthorization: {token}\r\n\r\n",
        "GET {path} HTTP/1.1\r\nHost: {host}\r\n folded: x\r\nAuthorization: {token}\r\n\r\n",
        "\x16\x03\x01\x02\x00\x01\r\n\r\n",
    ],
)
def test_what_no_sdk_sends(text: str, asking: Asking) -> None:
    """Two hosts, two tokens, a proxy's form, other line ends, TLS: refused, and the next request is answered."""
    host, _, port = asking.here.address.partition(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        known = {"path": asking.path, "token": asking.token, "host": asking.here.address}
        connection.sendall(text.format(**known).encode("latin-1"))
        connection.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: connection.recv(4096), b""))
    assert b"s3cret" not in answer
    assert answer.startswith((b"HTTP/1.1 4", b"")[:1] if answer else b"")
    assert asking.key() == "ASIAFIRSTEXAMPLE0000"


def test_slow_clients_hold_nobody_up(asking: Asking) -> None:
    """Three hundred connections that send nothing, or half of a request; another one is answered at the same time."""
    host, _, port = asking.here.address.partition(":")
    idle = [socket.create_connection((host, int(port))) for _ in range(300)]
    for connection in idle[:150]:
        connection.sendall(b"GET /")
    assert asking.key() == "ASIAFIRSTEXAMPLE0000"
    for connection in idle:
        connection.close()


def all_at_once(asking: Asking, number: int) -> list[str]:
    answers: list[str] = []
    threads = [threading.Thread(target=lambda: answers.append(asking.key())) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return answers


def test_renewed_before_they_are_short_lived(asking: Asking, source: Source) -> None:
    """With 15 minutes left a renewal begins in the background; no request waits for it, and there is only one."""
    source.now += HOUR - 899
    source.gate.clear()
    assert asking.key() == "ASIAFIRSTEXAMPLE0000"
    assert source.begun.wait(20)
    assert set(all_at_once(asking, 200)) == {"ASIAFIRSTEXAMPLE0000"}
    source.gate.set()
    wait_for(asking, "ASIA0000000000000001")
    assert source.fetched == 1


def wait_for(asking: Asking, key: str) -> None:
    for _ in range(2000):
        if asking.key() == key:
            return
    raise AssertionError(asking.key())


def test_expired(asking: Asking, source: Source) -> None:
    """Two hundred requests for credentials that have just expired wait for one renewal, and all get its result."""
    source.now += HOUR + 1
    assert all_at_once(asking, 200) == ["ASIA0000000000000001"] * 200
    assert source.fetched == 1


def test_renewal_fails_while_they_live(asking: Asking, source: Source) -> None:
    """AWS cannot be reached: valid credentials are served to their end, then 503 with the reason; then it works again."""
    source.error = UserError("sts refuses the connection", hint="check the network")
    source.now += HOUR - 100
    assert set(all_at_once(asking, 20)) == {"ASIAFIRSTEXAMPLE0000"}
    source.now += 101
    got = asking.ask()
    assert got.status == 503
    assert json.loads(got.body)["message"] == "pass aws: sts refuses the connection; check the network"
    source.error = None
    source.now += 6
    assert asking.key().startswith("ASIA0000")


def test_a_renewal_that_would_ask(asking: Asking, source: Source) -> None:
    """503 at once, for each request, with one attempt in five seconds; the notice names the command."""
    source.error = UserError(
        "no code", hint="run once in a terminal: pass aws exec ro -- true", code=MUST_ASK
    )
    source.now += HOUR + 1
    assert all_at_once(asking, 50) == ["503"] * 50
    assert source.fetched == 1
    source.now += 6
    assert asking.key() == "503"
    assert source.fetched == 2
    assert set(asking.here.told) == {
        "cannot renew the credentials: no code; run once in a terminal: pass aws exec ro -- true"
    }


def test_a_defect_of_ours(asking: Asking, source: Source) -> None:
    """The server continues, and only says where to look: the text of an error may contain a secret."""
    source.error = RuntimeError("s3cret")
    source.now += HOUR + 1
    got = asking.ask()
    assert (got.status, "RuntimeError" in got.body, "s3cret" in got.body) == (503, True, False)
    source.error = None
    source.now += 6
    assert asking.key().startswith("ASIA0000")


def test_sessions_that_live_shortly(asking: Asking, source: Source) -> None:
    """Those that never have 15 minutes are renewed at half of their life, not with each request."""
    source.life = 600
    source.now += HOUR + 1
    assert asking.key() == "ASIA0000000000000001"
    source.now += 200
    assert asking.key() == "ASIA0000000000000001"
    assert source.fetched == 1
    source.now += 101
    wait_for(asking, "ASIA0000000000000002")


def test_nothing_before_it_is_asked_for(source: Source) -> None:
    """Lazy: the first request fetches."""
    with Here(serving.of_ecs, source) as here:
        assert source.fetched == 0
        assert Asking(here).key() == "ASIA0000000000000001"


def test_who_asked(asking: Asking) -> None:
    """For --debug: method, user and status; neither path nor token."""
    asking.ask()
    asking.ask({"Authorization": "wrong"})
    assert [line.partition(" by ")[0] for line in asking.here.heard] == ["GET", "GET"]
    assert [line.rpartition(" ")[2] for line in asking.here.heard] == ["200", "403"]
    assert not any(asking.path in line or asking.token in line for line in asking.here.heard)
