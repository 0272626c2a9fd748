"""The ECS credential server over HTTP: which requests get credentials, and how they are renewed."""

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
    """A server, and the secrets that its client knows."""

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
    """An answer has five fields and forbids caching; valid credentials are not fetched again."""
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
    """Path and token are long, and differ between servers."""
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
def test_refused_requests(
    headers: dict[str, str], path: str, method: str, status: int, asking: Asking
) -> None:
    """A wrong token, path, method or host name, browsers, proxies and bodies get no secret.

    No answer has a CORS header.
    """
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
def test_malformed_requests(text: str, asking: Asking) -> None:
    """Two hosts or tokens, a proxy's form, other line ends and TLS are refused; the next request works."""
    host, _, port = asking.here.address.partition(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        known = {"path": asking.path, "token": asking.token, "host": asking.here.address}
        connection.sendall(text.format(**known).encode("latin-1"))
        connection.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: connection.recv(4096), b""))
    assert b"s3cret" not in answer
    assert answer.startswith((b"HTTP/1.1 4", b"")[:1] if answer else b"")
    assert asking.key() == "ASIAFIRSTEXAMPLE0000"


def test_slow_clients_do_not_block_others(asking: Asking) -> None:
    """Beside three hundred connections that send nothing or half a request, another one is answered."""
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


def test_credentials_are_renewed_in_the_background(asking: Asking, source: Source) -> None:
    """With 15 minutes left, one renewal begins in the background, and no request waits for it."""
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


def test_expired_credentials_are_renewed_once(asking: Asking, source: Source) -> None:
    """Two hundred requests for expired credentials wait for one renewal, and all get its result."""
    source.now += HOUR + 1
    assert all_at_once(asking, 200) == ["ASIA0000000000000001"] * 200
    assert source.fetched == 1


def test_a_failed_renewal(asking: Asking, source: Source) -> None:
    """If AWS cannot be reached, valid credentials are served until they expire, then 503 with the reason."""
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


def test_a_renewal_that_needs_a_prompt(asking: Asking, source: Source) -> None:
    """Each request gets 503 at once, with one attempt in five seconds; the notice names the command."""
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


def test_a_bug_does_not_stop_the_server(asking: Asking, source: Source) -> None:
    """The answer only says where to look, since the text of an error may contain a secret."""
    source.error = RuntimeError("s3cret")
    source.now += HOUR + 1
    got = asking.ask()
    assert (got.status, "RuntimeError" in got.body, "s3cret" in got.body) == (503, True, False)
    source.error = None
    source.now += 6
    assert asking.key().startswith("ASIA0000")


def test_short_sessions(asking: Asking, source: Source) -> None:
    """A session that never has 15 minutes left is renewed at half of its life, not with each request."""
    source.life = 600
    source.now += HOUR + 1
    assert asking.key() == "ASIA0000000000000001"
    source.now += 200
    assert asking.key() == "ASIA0000000000000001"
    assert source.fetched == 1
    source.now += 101
    wait_for(asking, "ASIA0000000000000002")


def test_the_first_request_fetches_the_credentials(source: Source) -> None:
    """Before a request, nothing is fetched."""
    with Here(serving.of_ecs, source) as here:
        assert source.fetched == 0
        assert Asking(here).key() == "ASIA0000000000000001"


def test_debug_lines(asking: Asking) -> None:
    """--debug prints method, user and status, and neither path nor token."""
    asking.ask()
    asking.ask({"Authorization": "wrong"})
    assert [line.partition(" by ")[0] for line in asking.here.heard] == ["GET", "GET"]
    assert [line.rpartition(" ")[2] for line in asking.here.heard] == ["200", "403"]
    assert not any(asking.path in line or asking.token in line for line in asking.here.heard)
