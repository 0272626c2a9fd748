"""The IMDS server over HTTP: only version 2, and only for this user."""

from __future__ import annotations

import json
import socket
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from serving_here import HOUR, NOW, Got, Here, Source

from pass_aws.model import Credentials
from pass_aws.server import serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pass_aws.server.serving import Server

FIRST = Credentials("ASIAFIRSTEXAMPLE0000", "s3cret", "t0ken", NOW + HOUR)
TTL = "X-aws-ec2-metadata-token-ttl-seconds"
HELD = "X-aws-ec2-metadata-token"
ROLE = "/latest/meta-data/iam/security-credentials/"


@pytest.fixture
def here() -> Iterator[Here]:
    source = Source()

    def make(listening: socket.socket) -> Server:
        outside = SimpleNamespace(clock=source.clock, parent={})
        return serving.of_imds(listening, "eu-west-1", outside)  # type: ignore[arg-type] # it needs nothing else

    with Here(make, source, first=FIRST) as here:
        yield here


def token(here: Here, seconds: str = "21600") -> str:
    return here.ask("/latest/api/token", {TTL: seconds}, "PUT").body


def get(here: Here, path: str) -> Got:
    return here.ask(path, {HELD: token(here)})


def test_the_requests_of_an_sdk(here: Here) -> None:
    """An SDK requests a token, the role's name, then its credentials."""
    got = here.ask("/latest/api/token", {TTL: "21600", "Content-Length": "0"}, "PUT")
    assert (got.status, got.headers[TTL.lower()]) == (200, "21600")
    held = {HELD: got.body}
    name = here.ask(ROLE, held).body
    answer = json.loads(here.ask(ROLE + name, held).body)
    assert answer == {
        "Code": "Success", "LastUpdated": "2027-01-15T08:00:00Z", "Type": "AWS-HMAC",
        "AccessKeyId": "ASIAFIRSTEXAMPLE0000", "SecretAccessKey": "s3cret", "Token": "t0ken",
        "Expiration": "2027-01-15T09:00:00Z",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/latest/meta-data/iam/security-credentials", "pass-aws"),
        ("/latest/meta-data/instance-id", "i-pass-aws"),
        ("/latest/meta-data/iam/info", '{"Code": "Success"}'),
        ("/latest/dynamic/instance-identity/document", '{"region": "eu-west-1"}'),
        ("/latest/meta-data/placement/region", "eu-west-1"),
        ("/latest/meta-data/placement/availability-zone/", "eu-west-1a"),
    ],
)
def test_other_metadata(path: str, body: str, here: Here) -> None:
    """Role, region, zone and instance id have answers."""
    got = get(here, path)
    assert (got.status, got.body) == (200, body)


@pytest.mark.parametrize("seconds", ["", "0", "21601", "-1", "1e3", "999999", "x", "٣"])
def test_an_invalid_lifetime_of_a_token(seconds: str, here: Here) -> None:
    """The answer is 400, as on an instance."""
    assert here.ask("/latest/api/token", {TTL: seconds.encode().decode("latin-1")}, "PUT").status == 400


def test_version_one_and_wrong_tokens(here: Here) -> None:
    """Without a token, with a wrong or an expired one, each path gives 401."""
    old = token(here, "10")
    for held in ({}, {HELD: "wrong"}, {HELD: ""}):
        assert here.ask(ROLE + "pass-aws", held).status == 401
    assert here.ask(ROLE + "pass-aws", {HELD: old}).status == 200
    here.source.now += 11
    assert here.ask(ROLE + "pass-aws", {HELD: old}).status == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"X-Forwarded-For": "192.0.2.1"}, 403),
        ({"Via": "1.1 x"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Host": "169.254.169.254"}, 421),
        ({"Host": "evil.example"}, 421),
    ],
)
def test_no_token_for_proxies_and_browsers(headers: dict[str, str], status: int, here: Here) -> None:
    """Forwarded requests, and those from a web page, get no token."""
    assert here.ask("/latest/api/token", {TTL: "60", **headers}, "PUT").status == status


def test_the_number_of_tokens_is_limited(here: Here) -> None:
    """Only the newest tokens are stored, and the last one always works."""
    first = token(here)
    for _ in range(100):
        last = token(here)
    assert here.ask(ROLE, {HELD: first}).status == 401
    assert here.ask(ROLE, {HELD: last}).status == 200


def asked(here: Here, request: str) -> bytes:
    """A request for a token, or one with a wrong token."""
    return f"{request} HTTP/1.1\r\nHost: {here.address}\r\n{TTL}: 60\r\n{HELD}: x\r\n\r\n".encode()


def connected(here: Here, host: str = "127.0.0.1") -> socket.socket:
    return socket.create_connection((host, int(here.address.partition(":")[2])), timeout=30)


def status(client: socket.socket) -> str:
    with client.makefile() as answer:
        return answer.readline().split()[1]


MAPPED = "::ffff:127.0.0.1"
"""The server's address for the IPv6 sockets of Java and .NET."""
needs_ipv6 = pytest.mark.skipif(not Path("/proc/net/if_inet6").exists(), reason="this kernel has no IPv6")
FORBIDDEN = ("PUT /latest/api/token", f"GET {ROLE}")
"""What only this user may ask for."""


@needs_ipv6
def test_an_ipv6_socket_gets_a_token(here: Here) -> None:
    """Java and .NET reach IPv4 addresses through IPv6 sockets, which the kernel lists in another table."""
    with connected(here, MAPPED) as client:
        client.sendall(asked(here, FORBIDDEN[0]))
        assert status(client) == "200"


@pytest.mark.parametrize("request_line", FORBIDDEN)
def test_an_unknown_user_gets_nothing(request_line: str, here: Here) -> None:
    """The kernel names no owner of a connection that its client has half closed: not even a token is given."""
    with connected(here) as client:
        with here.paused():
            client.sendall(asked(here, request_line))
            client.shutdown(socket.SHUT_WR)
        assert status(client) == "403"


@pytest.mark.root  # only root can be another user
@pytest.mark.parametrize("address", ["127.0.0.1", pytest.param(MAPPED, marks=needs_ipv6)])
@pytest.mark.parametrize("request_line", FORBIDDEN)
def test_another_user_gets_nothing(request_line: str, address: str, here: Here) -> None:
    """The kernel's tables name the owner of a connection; another user gets not even a token."""
    port = here.address.partition(":")[2]
    script = f'exec 3<>/dev/tcp/{address}/{port}; cat >&3; read -r line <&3; echo "$line"'
    for user, expected in ((65534, b"403"), (0, b"401" if "GET" in request_line else b"200")):
        done = subprocess.run(
            ["bash", "-c", script],
            input=asked(here, request_line), capture_output=True, check=True, user=user, timeout=30,
        )  # fmt: skip
        assert done.stdout.split()[1] == expected


def test_other_paths_and_methods(here: Here) -> None:
    """Other paths get 404, other methods 405."""
    assert get(here, "/latest/user-data").status == 404
    assert get(here, "/latest/meta-data/iam/security-credentials/other").status == 404
    assert here.ask(ROLE, {HELD: token(here)}, "POST").status == 405
