"""IAM's MFA devices: created, enabled with two consecutive codes, resynchronized, removed."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from fakeaws.clock import utc
from fakeaws.iam import IAM, PAGING, USER, described, named_user, page
from fakeaws.limits import WORDS, OneOf, Text
from fakeaws.wire import Refused

if TYPE_CHECKING:
    from fakeaws.mfa import MfaDevice
    from fakeaws.query import Asked

SERIAL = Text(9, 256, r"[\w+=/:,.@-]+")
CODE = Text(6, 6, r"[\d]+")
PATH = Text(1, 512, r"(\u002F)|(\u002F[\u0021-\u007E]+\u002F)")
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
CODES = {"UserName": USER, "SerialNumber": SERIAL, "AuthenticationCode1": CODE, "AuthenticationCode2": CODE}


@IAM.action(
    "CreateVirtualMFADevice",
    {"VirtualMFADeviceName": Text(1, 226, WORDS), "Path": PATH},
    "VirtualMFADeviceName",
)
def create_virtual_mfa_device(asked: Asked) -> dict[str, object]:
    """An unassigned device; its seed is shown only here."""
    caller, path = asked.caller, asked.text("Path") or "/"
    name = asked.text("VirtualMFADeviceName")
    device = asked.world.new_device(name, caller.account, path=path, partition=caller.partition)
    seed = {"Base32StringSeed": device.seed.encode(), "QRCodePNG": PNG}
    return {"VirtualMFADevice": {"SerialNumber": device.serial, **seed}}


@IAM.action("EnableMFADevice", CODES, *CODES)
def enable_mfa_device(asked: Asked) -> None:
    """Assigns a free device to a user, with two consecutive codes."""
    user, device = named_user(asked), _device(asked)
    asked.world.check_free(device, user)
    _check_codes(asked, device)
    asked.world.enable(device, user)


@IAM.action("ResyncMFADevice", CODES, *CODES)
def resync_mfa_device(asked: Asked) -> None:
    """Gets the drift of the device's clock from two consecutive codes."""
    _check_codes(asked, _own_device(asked))


@IAM.action("DeactivateMFADevice", {"UserName": USER, "SerialNumber": SERIAL}, "SerialNumber")
def deactivate_mfa_device(asked: Asked) -> None:
    """Unassigns the device from its user; it still exists."""
    _own_device(asked).user = None


@IAM.action("DeleteVirtualMFADevice", {"SerialNumber": SERIAL}, "SerialNumber")
def delete_virtual_mfa_device(asked: Asked) -> None:
    """Deletes an unassigned device."""
    device = _device(asked)
    if device.user:
        raise Refused("DeleteConflict", "MFA VirtualDevice in use. Must deactivate first.", 409)
    del asked.world.devices[device.serial]


@IAM.action("ListMFADevices", {"UserName": USER, **PAGING})
def list_mfa_devices(asked: Asked) -> dict[str, object]:
    """The user's devices."""
    user = named_user(asked)
    listed = [{"UserName": user.name, **_described(device)} for device in user.devices]
    return page(asked, "MFADevices", [*listed])


@IAM.action("ListVirtualMFADevices", {"AssignmentStatus": OneOf(("Assigned", "Unassigned", "Any")), **PAGING})
def list_virtual_mfa_devices(asked: Asked) -> dict[str, object]:
    """The account's devices, with their users; or only the assigned or the unassigned ones."""
    wanted = {"Assigned": (True,), "Unassigned": (False,)}.get(asked.text("AssignmentStatus"), (True, False))
    own = (device for device in asked.world.devices.values() if device.account == asked.caller.account)
    chosen = [device for device in own if (device.user is not None) in wanted]
    users = [{"User": described(device.user)} if device.user else {} for device in chosen]
    listed = [_described(device) | user for device, user in zip(chosen, users, strict=True)]
    return page(asked, "VirtualMFADevices", [*listed])


def _device(asked: Asked) -> MfaDevice:
    serial = asked.text("SerialNumber")
    device = asked.world.devices.get(serial)
    if device is None or device.account != asked.caller.account:
        message = f"VirtualMFADevice with serial number {serial} does not exist."
        raise Refused("NoSuchEntity", message, 404)
    return device


def _own_device(asked: Asked) -> MfaDevice:
    user, device = named_user(asked), _device(asked)
    if device.user is not user:
        raise Refused("NoSuchEntity", "MFA Device invalid for user.", 404)
    return device


def _check_codes(asked: Asked, device: MfaDevice) -> None:
    if not device.accept_pair(asked.text("AuthenticationCode1"), asked.text("AuthenticationCode2")):
        raise Refused("InvalidAuthenticationCode", "Authentication code for device is not valid.", 403)


def _described(device: MfaDevice) -> dict[str, object]:
    enabled = utc(device.enabled_at) if device.user else None
    return {"SerialNumber": device.serial, "EnableDate": enabled}
