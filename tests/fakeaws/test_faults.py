"""Faults at the fake: each applies to its call, and every request is counted."""

from __future__ import annotations

import threading
import time
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ConnectionClosedError, ReadTimeoutError
from botocore.parsers import ResponseParserError

from fakeaws import FakeAWS, faults
from fakeaws.client import client, iam, refused, sts

if TYPE_CHECKING:
    from fakeaws import AccessKey, User

HERE = Path(__file__).resolve().parents[1]


@pytest.fixture
def alice(fake: FakeAWS) -> User:
    return fake.user("alice")


@pytest.fixture
def key(alice: User) -> AccessKey:
    return alice.key()


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (faults.internal(), 500),
        (faults.unavailable(), 503),
        (faults.throttled(), 400),
        (faults.error("ConcurrentModification", "try again", 409), 409),
    ],
)
def test_errors_are_aws_errors_and_nothing_is_done(
    fake: FakeAWS, alice: User, key: AccessKey, fault: faults.Fault, status: int
) -> None:
    """botocore parses them like any refusal; the call is not carried out, the next one is."""
    fake.fault("CreateAccessKey", fault)
    code = fault.name
    with refused(code, status=status):
        iam(fake, key).create_access_key()
    assert alice.keys == [key]
    assert (fake.calls[0].outcome, fake.calls[0].fault) == (code, code)
    iam(fake, key).create_access_key()
    assert len(alice.keys) == 2


def test_a_fault_applies_to_the_nth_call_of_its_action(fake: FakeAWS, key: AccessKey) -> None:
    """Calls are counted from the injection on, per action; `times` more; `*` counts every action."""
    mine = sts(fake, key)
    mine.get_session_token()
    fake.fault("GetSessionToken", faults.throttled(), at=2, times=2)
    mine.get_caller_identity()
    outcomes = []
    for _ in range(4):
        try:
            mine.get_session_token()
        except mine.exceptions.ClientError:
            outcomes.append("fault")
        else:
            outcomes.append("ok")
    assert outcomes == ["ok", "fault", "fault", "ok"]
    fake.fault("*", faults.internal(), at=2)
    mine.get_caller_identity()
    with refused("InternalFailure"):
        mine.get_session_token()
    fake.fault("*", faults.internal())
    fake.clear_faults()
    mine.get_caller_identity()


def test_botocores_own_retries_are_counted(fake: FakeAWS, key: AccessKey) -> None:
    """Three attempts are three recorded calls, two of them with faults."""
    fake.fault("GetSessionToken", faults.internal(), times=2)
    retries = {"total_max_attempts": 3, "mode": "standard"}
    sts(fake, key, retries=retries).get_session_token()
    assert fake.called("GetSessionToken") == fake.calls
    assert fake.actions() == ["GetSessionToken"] * 3
    assert [call.outcome for call in fake.calls] == ["InternalFailure"] * 2 + ["ok"]
    fake.clear_calls()
    assert fake.calls == []


def test_a_call_with_a_lost_answer_is_carried_out(fake: FakeAWS, alice: User, key: AccessKey) -> None:
    """The connection ends without a byte, and the key exists; with retries botocore repeats the call."""
    fake.fault("CreateAccessKey", faults.lost())
    with pytest.raises(ConnectionClosedError):
        iam(fake, key).create_access_key()
    assert (len(alice.keys), [call.outcome for call in fake.calls]) == (2, ["ok"])
    alice.keys[1].delete()
    fake.fault("CreateAccessKey", faults.lost())
    with refused("LimitExceeded"):
        iam(fake, key, retries={"total_max_attempts": 2}).create_access_key()
    assert [call.outcome for call in fake.calls] == ["ok", "ok", "LimitExceeded"]


def test_a_lost_answer_uses_up_the_code(fake: FakeAWS, alice: User, key: AccessKey) -> None:
    """The same code is refused after a lost answer."""
    device = alice.mfa()
    given = {"SerialNumber": device.serial, "TokenCode": device.code()}
    fake.fault("GetSessionToken", faults.lost())
    with pytest.raises(ConnectionClosedError):
        sts(fake, key).get_session_token(**given)
    with refused("AccessDenied", "invalid MFA one time pass code"):
        sts(fake, key).get_session_token(**given)


@pytest.mark.parametrize("work", [False, True])
def test_a_hang_ends_with_the_timeout_of_the_client(
    fake: FakeAWS, alice: User, key: AccessKey, work: bool
) -> None:
    """No byte comes; the test decides whether the call was carried out; the call is recorded meanwhile."""
    fake.fault("CreateAccessKey", faults.hang(30, work=work))
    with pytest.raises(ReadTimeoutError):
        iam(fake, key, read_timeout=0.2).create_access_key()
    assert (len(alice.keys), fake.actions()) == (2 if work else 1, ["CreateAccessKey"])
    assert fake.calls[0].outcome == ("ok" if work else "")


def test_other_calls_are_answered_during_a_hang(fake: FakeAWS, key: AccessKey) -> None:
    """A hanging call holds no lock."""
    fake.fault("GetSessionToken", faults.hang(30))
    stuck = threading.Thread(target=lambda: attempt(fake.url, key))
    stuck.start()
    fake.wait_for_calls(1)
    sts(fake, key).get_caller_identity()
    fake.end_waits()
    stuck.join(10)
    assert not stuck.is_alive()


def attempt(url: str, key: AccessKey) -> None:
    with pytest.raises((ConnectionClosedError, ReadTimeoutError)):
        client(url, "sts", key, read_timeout=20).get_session_token()


def test_a_slow_answer_is_complete(fake: FakeAWS, key: AccessKey) -> None:
    """A slow answer comes late, but complete."""
    fake.fault("GetCallerIdentity", faults.slow(0.3))
    started = time.monotonic()
    assert sts(fake, key).get_caller_identity()["Account"] == "111111111111"
    assert time.monotonic() - started >= 0.3


@pytest.mark.parametrize(
    "body", [b"", b"\x00\xff<not xml", b"<html><body>captive portal</body></html>", b"<a>" * 1000]
)
def test_garbage_is_an_error(fake: FakeAWS, key: AccessKey, body: bytes) -> None:
    """botocore fails to parse such a 200 (HTML: a bare KeyError), or finds nothing in it."""
    fake.fault("GetSessionToken", faults.garbage(body))
    try:
        answer = sts(fake, key).get_session_token()
    except (ResponseParserError, KeyError):
        answer = {}
    assert "Credentials" not in answer
    assert (fake.world.sessions, fake.calls[0].fault) == ({}, "garbage")


def test_a_truncated_answer_is_noticed(fake: FakeAWS, key: AccessKey) -> None:
    """The call is carried out, and the client gets an error, whether Content-Length agrees or not."""
    for number, honest in enumerate((False, True), 1):
        fake.fault("GetSessionToken", faults.truncated(honest=honest))
        with pytest.raises((ResponseParserError, Exception), match=r"(?i)incomplete|parse|broken|closed"):
            sts(fake, key).get_session_token()
        assert len(fake.world.sessions) == number


def test_a_date_header_can_be_wrong(fake: FakeAWS, key: AccessKey) -> None:
    """The Date of one answer is ahead; its content and the next answer's Date are correct."""
    fake.fault("GetCallerIdentity", faults.wrong_date(7200))
    ahead = []
    for _ in range(2):
        answer: Any = sts(fake, key).get_caller_identity()
        date = parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"])
        ahead.append(round((date.timestamp() - time.time()) / 600))
    assert ahead == [12, 0]
