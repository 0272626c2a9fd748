"""IAM's calls for a user's MFA devices, with strict readers for their answers.

Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateVirtualMFADevice.html and related pages
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pass_aws.aws.sts import Call
from pass_aws.text import json_objects
from pass_aws.text.answers import visible

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pass_aws.aws.partition import Endpoint
    from pass_aws.model import Credentials


class NewDevice(NamedTuple):
    """A new device; its seed is shown once, and never in a repr."""

    serial: str
    seed: str

    def __repr__(self) -> str:
        """No seed."""
        return f"NewDevice({self.serial!r})"


def list_devices(signer: Credentials, endpoint: Endpoint, user: str) -> Call:
    """Lists the user's devices; IAM allows eight, so one page is enough."""
    return Call("ListMFADevices", "iam", endpoint, {"UserName": user}, signer)


def list_unassigned(signer: Credentials, endpoint: Endpoint) -> Call:
    """Lists the account's virtual devices that are not assigned to a user."""
    parameters = {"AssignmentStatus": "Unassigned", "MaxItems": 1000}
    return Call("ListVirtualMFADevices", "iam", endpoint, parameters, signer)


def create_device(signer: Credentials, endpoint: Endpoint, name: str) -> Call:
    """Creates a virtual device, not yet assigned to a user."""
    return Call("CreateVirtualMFADevice", "iam", endpoint, {"VirtualMFADeviceName": name}, signer, once=True)


def enable_device(
    signer: Credentials, endpoint: Endpoint, user: str, serial: str, codes: tuple[str, str]
) -> Call:
    """Assigns the device to the user, with two consecutive codes."""
    return Call("EnableMFADevice", "iam", endpoint, _with_codes(user, serial, codes), signer, once=True)


def resync_device(
    signer: Credentials, endpoint: Endpoint, user: str, serial: str, codes: tuple[str, str]
) -> Call:
    """Synchronizes AWS with the device's clock, with two consecutive codes."""
    return Call("ResyncMFADevice", "iam", endpoint, _with_codes(user, serial, codes), signer, once=True)


def _with_codes(user: str, serial: str, codes: tuple[str, str]) -> dict[str, str]:
    first, second = codes
    return {
        "UserName": user,
        "SerialNumber": serial,
        "AuthenticationCode1": first,
        "AuthenticationCode2": second,
    }


def deactivate_device(signer: Credentials, endpoint: Endpoint, user: str, serial: str) -> Call:
    """Unassigns the device from its user; it still exists."""
    return Call("DeactivateMFADevice", "iam", endpoint, {"UserName": user, "SerialNumber": serial}, signer)


def delete_device(signer: Credentials, endpoint: Endpoint, serial: str) -> Call:
    """Deletes a virtual device that is not assigned."""
    return Call("DeleteVirtualMFADevice", "iam", endpoint, {"SerialNumber": serial}, signer)


def new_device(answer: Mapping[str, object]) -> NewDevice:
    """Reads the answer of CreateVirtualMFADevice; botocore returns the bytes of the base32 text.

    Raises:
        ValueError: what is wrong with it.
    """
    device = json_objects.one(answer.get("VirtualMFADevice"), "VirtualMFADevice is missing")
    seed = device.get("Base32StringSeed")
    text = seed.decode("ascii", "replace") if isinstance(seed, bytes) else seed
    return NewDevice(visible(device.get("SerialNumber"), "SerialNumber"), visible(text, "Base32StringSeed"))


def unassigned(answer: Mapping[str, object]) -> list[str]:
    """Reads the serials in the answer of ListVirtualMFADevices.

    Raises:
        ValueError: what is wrong with it.
    """
    devices = json_objects.many(answer.get("VirtualMFADevices"), "VirtualMFADevices")
    return [visible(device.get("SerialNumber"), "SerialNumber") for device in devices]
