"""MFA codes at the fake: a window of one step, and each code works once, for one device of one user."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Any

import pyotp
import pytest

from fakeaws.client import iam, refused, sts

if TYPE_CHECKING:
    from fakeaws import FakeAWS

WRONG_CODE = "MultiFactorAuthentication failed with invalid MFA one time pass code"
WRONG_SERIAL = "unable to validate MFA code.  Please verify your MFA serial number is valid"
HALF = "must provide both MFA serial number and one time pass code"


def test_a_code_works_once(fake: FakeAWS) -> None:
    """The correct code makes a session once; the code of the next step works again."""
    alice = fake.user("alice")
    mine, device = sts(fake, alice.key()), alice.mfa()
    given = {"SerialNumber": device.serial, "TokenCode": device.code()}
    mine.get_session_token(**given)
    with refused("AccessDenied", WRONG_CODE, 403):
        mine.get_session_token(**given)
    fake.clock.advance(30)
    mine.get_session_token(SerialNumber=device.serial, TokenCode=device.code())
    sent = [call.parameters["TokenCode"] for call in fake.calls]
    assert (len(sent), sent[0] == sent[1]) == (3, True)


@pytest.mark.parametrize(("offset", "good"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_code_works_one_step_before_and_after(fake: FakeAWS, offset: int, good: bool) -> None:
    """The window is one step of 30 s each way."""
    fake.clock.begin_step()
    alice = fake.user("alice")
    mine, device = sts(fake, alice.key()), alice.mfa()
    given = {"SerialNumber": device.serial, "TokenCode": device.code(offset)}
    if good:
        mine.get_session_token(**given)
    else:
        with refused("AccessDenied", WRONG_CODE, 403):
            mine.get_session_token(**given)


def test_wrong_codes_and_devices_have_their_messages(fake: FakeAWS) -> None:
    """Wrong digits, another user's device, a missing device, and an incomplete pair."""
    alice, bob = fake.user("alice"), fake.user("bob")
    mine, device, other = sts(fake, alice.key()), alice.mfa(), bob.mfa()
    gone = "arn:aws:iam::111111111111:mfa/gone"
    for given, text in (
        ({"SerialNumber": device.serial, "TokenCode": device.wrong_code()}, WRONG_CODE),
        ({"SerialNumber": device.serial, "TokenCode": other.code()}, WRONG_CODE),
        ({"SerialNumber": other.serial, "TokenCode": other.code()}, WRONG_SERIAL),
        ({"SerialNumber": gone, "TokenCode": device.code()}, WRONG_SERIAL),
        ({"SerialNumber": device.serial}, HALF),
        ({"TokenCode": device.code()}, HALF),
    ):
        with refused("AccessDenied", text, 403):
            mine.get_session_token(**given)
    with refused("ValidationError", "satisfy regular expression pattern: [\\d]*", 400):
        mine.get_session_token(SerialNumber=device.serial, TokenCode="12345x")
    mine.get_session_token(SerialNumber=device.serial, TokenCode=device.code())


def test_simultaneous_calls_with_one_code_get_one_session(fake: FakeAWS) -> None:
    """Of sixteen simultaneous calls with one code, exactly one succeeds."""
    alice = fake.user("alice")
    key, device = alice.key(), alice.mfa()
    clients = [sts(fake, key) for _ in range(16)]
    given = {"SerialNumber": device.serial, "TokenCode": device.code()}
    barrier = threading.Barrier(len(clients))

    def race(mine: Any) -> None:  # noqa: ANN401 - boto3 has no types
        barrier.wait(10)
        with contextlib.suppress(mine.exceptions.ClientError):
            mine.get_session_token(**given)

    threads = [threading.Thread(target=race, args=(mine,)) for mine in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    outcomes = [call.outcome for call in fake.calls]
    assert (len(outcomes), outcomes.count("ok"), outcomes.count("AccessDenied")) == (16, 1, 15)


def test_the_otpauth_line_gives_the_same_codes(fake: FakeAWS) -> None:
    """An authenticator with this line shows the same codes as the device."""
    device = fake.user("alice").mfa("alice-phone")
    assert device.serial == "arn:aws:iam::111111111111:mfa/alice-phone"
    fake.clock.begin_step()
    otp = pyotp.parse_uri(device.otpauth)
    assert isinstance(otp, pyotp.TOTP)
    assert (otp.issuer, otp.name) == ("Amazon Web Services", "alice@111111111111")
    assert otp.at(int(fake.clock.now())) == device.code()
    assert len(device.seed) == 64


def test_a_device_with_a_drifting_clock_is_refused_until_resynchronised(fake: FakeAWS) -> None:
    """A device five steps ahead fails; after ResyncMFADevice AWS knows and follows its clock."""
    alice = fake.user("alice")
    key = alice.key()
    device = alice.mfa(drift=5)
    fake.clock.begin_step()
    given = {"SerialNumber": device.serial}
    with refused("AccessDenied", WRONG_CODE, 403):
        sts(fake, key).get_session_token(**given, TokenCode=device.code())
    iam(fake, key).resync_mfa_device(
        **given, UserName="alice", AuthenticationCode1=device.code(), AuthenticationCode2=device.code(1)
    )
    fake.clock.advance(60)
    sts(fake, key).get_session_token(**given, TokenCode=device.code())
