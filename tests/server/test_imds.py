"""The IMDS server over HTTP: only version 2, and only for this user."""

from __future__ import annotations

import json
import os
import subprocess
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from serving_here import HOUR, NOW, Got, Here, Source

from pass_aws.model import Credentials
from pass_aws.server import serving
from pass_aws.system import peer

if TYPE_CHECKING:
    import socket
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


@pytest.mark.parametrize("uid", [os.geteuid() + 1, None])
def test_another_user_gets_nothing(uid: int | None, here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other users, and unknown ones, get nothing, not even a token."""
    monkeypatch.setattr(peer, "uid", lambda _: uid)
    assert here.ask("/latest/api/token", {TTL: "60"}, "PUT").status == 403
    assert here.ask(ROLE, {HELD: "x"}).status == 403


@pytest.mark.root  # only root can be another user
@pytest.mark.parametrize(("user", "status"), [(None, 200), (65534, 403)])
def test_a_real_other_user_gets_nothing(user: int | None, status: int, here: Here) -> None:
    """The kernel's table names the owner of a connection."""
    port = here.address.partition(":")[2]
    said = f"PUT /latest/api/token HTTP/1.1\\r\\nHost: {here.address}\\r\\n{TTL}: 60\\r\\n\\r\\n"
    script = f"exec 3<>/dev/tcp/127.0.0.1/{port}; printf '{said}' >&3; read -r line <&3; echo \"$line\""
    done = subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, check=True, user=user, timeout=30
    )
    assert done.stdout.startswith(f"HTTP/1.1 {status} ")


def test_other_paths_and_methods(here: Here) -> None:
    """Other paths get 404, other methods 405."""
    assert get(here, "/latest/user-data").status == 404
    assert get(here, "/latest/meta-data/iam/security-credentials/other").status == 404
    assert here.ask(ROLE, {HELD: token(here)}, "POST").status == 405
