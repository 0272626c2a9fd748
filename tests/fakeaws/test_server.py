"""The fake as a server: its end ends hangs, its own failures are reported, and it can run alone."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

import pyotp
import pytest
from botocore.exceptions import ConnectionClosedError, ReadTimeoutError

from fakeaws import FakeAWS, faults
from fakeaws.client import client, sts

if TYPE_CHECKING:
    from fakeaws import AccessKey

HERE = Path(__file__).resolve().parents[1]


def attempt(url: str, key: AccessKey) -> None:
    with pytest.raises((ConnectionClosedError, ReadTimeoutError)):
        client(url, "sts", key, read_timeout=20).get_session_token()


def test_stopping_the_fake_ends_its_hangs_and_connections() -> None:
    """`stop` does not wait for a hang of ten minutes; the client's connection ends, also idle ones."""
    before = set(threading.enumerate())
    fake = FakeAWS().start()
    key = fake.user("alice").key()
    idle = sts(fake, key)
    idle.get_caller_identity()
    fake.fault("GetSessionToken", faults.hang(600))
    stuck = threading.Thread(target=lambda: attempt(fake.url, key))
    stuck.start()
    fake.wait_for_calls(2)
    started = time.monotonic()
    fake.stop()
    stuck.join(10)
    for thread in set(threading.enumerate()) - before:
        thread.join(5)
    assert set(threading.enumerate()) <= before
    assert time.monotonic() - started < 5


def test_calls_are_carried_out_one_at_a_time(fake: FakeAWS) -> None:
    """While the world's lock is held, no call is in progress, so no two calls use the same code."""
    mine = sts(fake, fake.user("alice").key())
    calling = threading.Thread(target=mine.get_caller_identity)
    with fake.world.lock:
        calling.start()
        fake.wait_for_calls(1)
        calling.join(0.3)
        assert (calling.is_alive(), fake.calls[0].outcome) == (True, "")
    calling.join(10)
    assert fake.calls[0].outcome == "ok"


def test_an_unknown_request_is_recorded(fake: FakeAWS) -> None:
    """A request for an unknown service gets 404, and is recorded with host and path."""
    with pytest.raises(urllib.error.HTTPError, match="404") as caught:
        urllib.request.urlopen(fake.url + "/bucket/key?x=1", timeout=5)  # noqa: S310 - the fake's own URL
    caught.value.close()
    [call] = fake.calls
    assert (call.method, call.path, call.outcome) == ("GET", "/bucket/key?x=1", "no such service")


def test_a_failure_of_the_fake_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """If the fake fails while answering, stopping it reports this."""
    fake = FakeAWS().start()
    monkeypatch.setattr(fake.world, "key", lambda _: 1 / 0)
    with pytest.raises(ConnectionClosedError):
        sts(fake, fake.user("alice").key()).get_caller_identity()
    with pytest.raises(AssertionError, match="ZeroDivisionError"):
        fake.stop()


@pytest.mark.parametrize("piped", [True, False])
def test_it_runs_alone(tmp_path: Path, piped: bool) -> None:
    """`python tests/fakeaws PORT-FILE` serves a small world and ends with its stdin, or on SIGTERM."""
    port_file = tmp_path / "port"
    stdin = subprocess.PIPE if piped else subprocess.DEVNULL
    argv = [sys.executable, str(HERE / "fakeaws"), str(port_file)]
    with subprocess.Popen(argv, stdin=stdin, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout
        url = running.stdout.readline().strip()
        facts = dict(line.split("=", 1) for line in port_file.read_text().splitlines())
        credentials = {"AccessKeyId": facts["KEY_ID"], "SecretAccessKey": facts["SECRET"]}
        assert facts["URL"] == url
        mine = client(url, "sts", credentials)
        assert mine.get_caller_identity()["Arn"] == facts["USER_ARN"]
        mine.assume_role(RoleArn=facts["ROLE_ARN"], RoleSessionName="me")
        otp = pyotp.parse_uri(facts["OTPAUTH"])
        assert isinstance(otp, pyotp.TOTP)
        given = {"SerialNumber": facts["MFA_SERIAL"], "TokenCode": otp.now()}
        mine.assume_role(RoleArn=facts["MFA_ROLE_ARN"], RoleSessionName="me", **given)
        if running.stdin:
            running.stdin.close()
        else:
            running.terminate()
        assert running.wait(10) == 0
