"""`serve`: a separate server, from its printed variables to its end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from conftest import MAIN, put
from run_in_process import say

from pass_aws.errors import FAILED, USAGE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fakeaws import FakeAWS

EVERYWHERE = "0.0.0.0"  # noqa: S104 - what the test is about


@pytest.fixture
def world(store: Path, fake: FakeAWS, aws_config: Path) -> FakeAWS:
    alice = fake.user("alice")
    key = alice.key()
    put(store, "dev", key.id, key.secret)
    aws_config.write_text("[profile dev]\nregion = eu-west-1\n")
    return fake


@contextmanager
def serving(*words: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """The running command, and the variables that it has printed."""
    argv = [sys.executable, "-I", "-S", str(MAIN), "serve", *words]
    with subprocess.Popen(
        argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as running:
        assert running.stdout is not None
        try:
            lines = [running.stdout.readline() for _ in range(3)]
            yield running, dict(line.rstrip("\n").split("=", 1) for line in lines)
        finally:
            running.kill()


def ask(told: dict[str, str], token: str = "") -> int:
    headers = {"Authorization": token or told["AWS_CONTAINER_AUTHORIZATION_TOKEN"]}
    request = urllib.request.Request(told["AWS_CONTAINER_CREDENTIALS_FULL_URI"], headers=headers)  # noqa: S310 - ours
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 - ours
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:  # from Python 3.14 on, an open one is warned about
            return error.code


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_from_start_to_end(end: signal.Signals, world: FakeAWS) -> None:
    """`serve` prints the variables for SDKs, answers requests, and ends cleanly."""
    with serving("dev") as (running, told):
        assert set(told) == {
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN",
            "AWS_REGION",
        }
        assert told["AWS_REGION"] == "us-east-1"
        assert ask(told) == 200
        running.send_signal(end)
        assert running.wait(20) == 0


def test_debug_lines(world: FakeAWS) -> None:
    """--debug prints method, user and status of each request, and no secret."""
    with serving("dev", "--debug") as (running, told):
        assert (ask(told), ask(told, "wrong")) == (200, 403)
        running.send_signal(signal.SIGTERM)
        _, err = running.communicate(timeout=20)
    assert f"pass aws: debug: GET by uid {os.geteuid()}: 200 (" in err
    assert f"pass aws: debug: GET by uid {os.geteuid()}: 403 (" in err
    assert told["AWS_CONTAINER_AUTHORIZATION_TOKEN"] not in err


def test_bind_and_port(world: FakeAWS, capsys: pytest.CaptureFixture[str]) -> None:
    """--bind and --port set where it listens; a port in use is reported before any decryption."""
    with serving("dev", "--bind", "127.0.0.2") as (_, told):
        assert told["AWS_CONTAINER_CREDENTIALS_FULL_URI"].startswith("http://127.0.0.2:")
        assert ask(told) == 200
        port = told["AWS_CONTAINER_CREDENTIALS_FULL_URI"].split(":")[2].split("/")[0]
        world.clear_calls()
        said = say(capsys, "serve", "dev", "--bind", "127.0.0.2", "--port", port, **os.environ)
    assert (said.status, world.calls) == (FAILED, [])
    assert "cannot listen on 127.0.0.2" in said.error
    assert "omit --bind and --port" in said.hint


@pytest.mark.parametrize(("bind", "named"), [(EVERYWHERE, EVERYWHERE), ("::", "[::]")])
def test_on_all_interfaces(world: FakeAWS, bind: str, named: str) -> None:
    """The Host header may be any address of this machine; a host name is refused, even localhost."""
    if bind == "::" and not Path("/proc/net/if_inet6").exists():
        pytest.skip("this kernel has no IPv6")
    with serving("dev", "--bind", bind) as (_, told):
        uri = told["AWS_CONTAINER_CREDENTIALS_FULL_URI"]
        for host, status in (("127.0.0.1", 200), ("127.0.0.2", 200), ("localhost", 421)):
            there = {**told, "AWS_CONTAINER_CREDENTIALS_FULL_URI": uri.replace(named, host)}
            assert ask(there) == status, host


@pytest.mark.parametrize(
    ("words", "status"),
    [("--port x", USAGE), ("--port 99999", FAILED), ("--bind 192.0.2.1", FAILED), ("-n", FAILED)],
)
def test_invalid_requests_to_serve(
    words: str, status: int, world: FakeAWS, capsys: pytest.CaptureFixture[str]
) -> None:
    """An invalid number or port, an address of another machine, and a long-lived key are refused."""
    said = say(capsys, "serve", "dev", *words.split(), **os.environ)
    assert said.status == status
    assert said.out == ""
