"""MFA devices at the fake's IAM: created, enabled with two consecutive codes, listed, removed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from fakeaws import totp
from fakeaws.client import iam, refused, session

if TYPE_CHECKING:
    from fakeaws import FakeAWS, MfaDevice, User

NOT_VALID = "Authentication code for device is not valid."


def created(fake: FakeAWS, who: Any, name: str = "phone") -> MfaDevice:  # noqa: ANN401 - boto3 has no types
    """A device made through the API, as the fake knows it."""
    answer = iam(fake, who).create_virtual_mfa_device(VirtualMFADeviceName=name)
    return fake.world.devices[answer["VirtualMFADevice"]["SerialNumber"]]


def enable(fake: FakeAWS, who: Any, device: MfaDevice, first: int = -1, **given: str) -> None:  # noqa: ANN401
    """Enables with the codes of step `first` and the next, counted from now."""
    codes = {"AuthenticationCode1": device.code(first), "AuthenticationCode2": device.code(first + 1)}
    iam(fake, who).enable_mfa_device(**({"UserName": "alice", "SerialNumber": device.serial} | codes | given))


@pytest.fixture
def alice(fake: FakeAWS) -> User:
    fake.clock.begin_step()
    return fake.user("alice")


def test_a_device_is_enrolled_from_start_to_end(fake: FakeAWS, alice: User) -> None:
    """Create shows the seed once; two codes enable the device and are used up; the next one works."""
    key = alice.key()
    answer = iam(fake, key).create_virtual_mfa_device(VirtualMFADeviceName="phone")["VirtualMFADevice"]
    serial, seed = answer["SerialNumber"], answer["Base32StringSeed"].decode()
    assert (serial, len(seed)) == ("arn:aws:iam::111111111111:mfa/phone", 64)
    assert answer["QRCodePNG"].startswith(b"\x89PNG")
    step = int(fake.clock.now()) // 30
    codes = {"AuthenticationCode1": totp(seed, step - 1), "AuthenticationCode2": totp(seed, step)}
    iam(fake, key).enable_mfa_device(UserName="alice", SerialNumber=serial, **codes)
    [listed] = iam(fake, key).list_mfa_devices()["MFADevices"]
    assert (listed["SerialNumber"], listed["UserName"]) == (serial, "alice")
    with refused("AccessDenied", "invalid MFA one time pass code", 403):
        session(fake, key, SerialNumber=serial, TokenCode=totp(seed, step))
    session(fake, key, SerialNumber=serial, TokenCode=totp(seed, step + 1))


@pytest.mark.parametrize("wrong", ["swapped", "same", "gap", "digits"])
def test_only_two_consecutive_codes_enable(fake: FakeAWS, alice: User, wrong: str) -> None:
    """InvalidAuthenticationCode for any other pair, and the device stays unassigned."""
    key = alice.key()
    device = created(fake, key)
    pairs = {
        "swapped": (device.code(), device.code(-1)),
        "same": (device.code(), device.code()),
        "gap": (device.code(-2), device.code()),
        "digits": (device.code(-1), device.wrong_code()),
    }
    first, second = pairs[wrong]
    with refused("InvalidAuthenticationCode", NOT_VALID, 403):
        enable(fake, key, device, AuthenticationCode1=first, AuthenticationCode2=second)
    assert alice.devices == []
    enable(fake, key, device)
    assert alice.devices == [device]


def test_old_codes_enable_but_leave_the_clock_wrong(fake: FakeAWS, alice: User) -> None:
    """Consecutive codes that are ten steps old count as drift, so current codes fail until a resync."""
    key = alice.key()
    device = created(fake, key)
    enable(fake, key, device, -10)
    with refused("AccessDenied", "invalid MFA one time pass code", 403):
        session(fake, key, SerialNumber=device.serial, TokenCode=device.code())
    spent = {"AuthenticationCode1": device.code(-10), "AuthenticationCode2": device.code(-9)}
    with refused("InvalidAuthenticationCode", NOT_VALID, 403):
        iam(fake, key).resync_mfa_device(UserName="alice", SerialNumber=device.serial, **spent)
    fresh = {"AuthenticationCode1": device.code(-1), "AuthenticationCode2": device.code()}
    iam(fake, key).resync_mfa_device(UserName="alice", SerialNumber=device.serial, **fresh)
    session(fake, key, SerialNumber=device.serial, TokenCode=device.code(1))


def test_names_are_unique_and_a_device_has_one_user(fake: FakeAWS, alice: User) -> None:
    """EntityAlreadyExists for an existing name, also of an unassigned device, and for a device in use."""
    key, bob = alice.key(), fake.user("bob")
    device = created(fake, key)
    with refused("EntityAlreadyExists", "MFADevice entity at the same path and name already exists.", 409):
        created(fake, key)
    enable(fake, key, device)
    with refused("EntityAlreadyExists", status=409):
        enable(fake, key, device, 2, UserName="bob")
    assert bob.devices == []


def test_a_user_has_eight_devices_at_most(fake: FakeAWS, alice: User) -> None:
    """The ninth device is refused with LimitExceeded."""
    key = alice.key()
    for number in range(8):
        alice.mfa(f"d{number}")
    with refused("LimitExceeded", "Cannot exceed quota for MFADevicesPerUser: 8", 409):
        enable(fake, key, created(fake, key))


def test_a_device_is_removed_in_two_steps(fake: FakeAWS, alice: User) -> None:
    """DeleteConflict while it is in use; when deactivated it is unassigned; when deleted its name is free."""
    key = alice.key()
    device = alice.mfa("phone")
    mine = iam(fake, key)
    with refused("DeleteConflict", "MFA VirtualDevice in use. Must deactivate first.", 409):
        mine.delete_virtual_mfa_device(SerialNumber=device.serial)
    mine.deactivate_mfa_device(UserName="alice", SerialNumber=device.serial)
    with refused("AccessDenied", "unable to validate MFA code", 403):
        session(fake, key, SerialNumber=device.serial, TokenCode=device.code())
    with refused("NoSuchEntity", "MFA Device invalid for user.", 404):
        mine.deactivate_mfa_device(UserName="alice", SerialNumber=device.serial)
    mine.delete_virtual_mfa_device(SerialNumber=device.serial)
    with refused("NoSuchEntity", f"VirtualMFADevice with serial number {device.serial} does not exist.", 404):
        mine.delete_virtual_mfa_device(SerialNumber=device.serial)
    created(fake, key, "phone")


def test_devices_are_listed_by_assignment(fake: FakeAWS, alice: User) -> None:
    """ListVirtualMFADevices: assigned ones, unassigned ones, all; only of the caller's account."""
    key, used = alice.key(), alice.mfa("used")
    free = created(fake, key, "free")
    fake.user("carol", "222222222222").mfa()
    mine = iam(fake, key)
    listed = {
        status: mine.list_virtual_mfa_devices(AssignmentStatus=status)["VirtualMFADevices"]
        for status in ("Assigned", "Unassigned", "Any")
    }
    serials = {status: [item["SerialNumber"] for item in items] for status, items in listed.items()}
    everything = [used.serial, free.serial]
    assert serials == {"Assigned": [used.serial], "Unassigned": [free.serial], "Any": everything}
    assert listed["Assigned"][0]["User"]["UserName"] == "alice"
    assert "User" not in listed["Unassigned"][0]
    with refused("ValidationError", "enum value set: [Assigned, Unassigned, Any]", 400):
        mine.list_virtual_mfa_devices(AssignmentStatus="Some")


def test_enabling_requires_the_user_name(fake: FakeAWS, alice: User) -> None:
    """UserName is required, also with the user's own key; a device of another account is not found."""
    key = alice.key()
    device, far = created(fake, key), fake.user("carol", "222222222222").mfa()
    mine = iam(fake, key, parameter_validation=False)
    codes = {"AuthenticationCode1": device.code(-1), "AuthenticationCode2": device.code()}
    with refused("ValidationError", "Value null at 'userName'", 400):
        mine.enable_mfa_device(SerialNumber=device.serial, **codes)
    with refused("NoSuchEntity", "does not exist", 404):
        mine.enable_mfa_device(UserName="alice", SerialNumber=far.serial, **codes)
