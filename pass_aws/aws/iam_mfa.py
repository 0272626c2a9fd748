"""IAM's calls about a user's MFA devices, and its answers, read strictly.

Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateVirtualMFADevice.html and its neighbours
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pass_aws.aws.sts import Call
from pass_aws.text.answers import visible

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pass_aws.aws.partition import Endpoint
    from pass_aws.model import Credentials


class NewDevice(NamedTuple):
    """A device that was just made; its seed is shown once, and never in a repr."""

    serial: str
    seed: str

    def __repr__(self) -> str:
        """No seed."""
        return f"NewDevice({self.serial!r})"


def list_devices(signer: Credentials, endpoint: Endpoint, user: str) -> Call:
    """The user's devices; IAM allows eight, so one page has them all."""
    return Call("ListMFADevices", "iam", endpoint, {"UserName": user}, signer)


def list_unassigned(signer: Credentials, endpoint: Endpoint) -> Call:
    """The account's virtual devices that are nobody's."""
    parameters = {"AssignmentStatus": "Unassigned", "MaxItems": 1000}
    return Call("ListVirtualMFADevices", "iam", endpoint, parameters, signer)


def create_device(signer: Credentials, endpoint: Endpoint, name: str) -> Call:
    """A virtual device that belongs to nobody yet."""
    return Call("CreateVirtualMFADevice", "iam", endpoint, {"VirtualMFADeviceName": name}, signer)


def enable_device(
    signer: Credentials, endpoint: Endpoint, user: str, serial: str, codes: tuple[str, str]
) -> Call:
    """The device given to the user, who shows two of its codes in a row."""
    return Call("EnableMFADevice", "iam", endpoint, _with_codes(user, serial, codes), signer)


def resync_device(
    signer: Credentials, endpoint: Endpoint, user: str, serial: str, codes: tuple[str, str]
) -> Call:
    """How far the device's clock is off, told by two codes in a row."""
    return Call("ResyncMFADevice", "iam", endpoint, _with_codes(user, serial, codes), signer)


def _with_codes(user: str, serial: str, codes: tuple[str, str]) -> dict[str, str]:
    first, second = codes
    return {
        "UserName": user,
        "SerialNumber": serial,
        "AuthenticationCode1": first,
        "AuthenticationCode2": second,
    }


def deactivate_device(signer: Credentials, endpoint: Endpoint, user: str, serial: str) -> Call:
    """The device taken from its user; it still exists."""
    return Call("DeactivateMFADevice", "iam", endpoint, {"UserName": user, "SerialNumber": serial}, signer)


def delete_device(signer: Credentials, endpoint: Endpoint, serial: str) -> Call:
    """A virtual device that is nobody's, deleted."""
    return Call("DeleteVirtualMFADevice", "iam", endpoint, {"SerialNumber": serial}, signer)


def new_device(answer: Mapping[str, object]) -> NewDevice:
    """What CreateVirtualMFADevice answered; botocore hands over the bytes of the base32 text.

    Raises:
        ValueError: what is wrong with it.
    """
    device = answer.get("VirtualMFADevice")
    if not isinstance(device, dict):
        raise ValueError("VirtualMFADevice is missing")  # noqa: TRY004 - callers handle one kind
    seed = device.get("Base32StringSeed")
    text = seed.decode("ascii", "replace") if isinstance(seed, bytes) else seed
    return NewDevice(visible(device.get("SerialNumber"), "SerialNumber"), visible(text, "Base32StringSeed"))


def unassigned(answer: Mapping[str, object]) -> list[str]:
    """The serials that ListVirtualMFADevices answered.

    Raises:
        ValueError: what is wrong with it.
    """
    devices = answer.get("VirtualMFADevices")
    if not isinstance(devices, list):
        raise ValueError("VirtualMFADevices is missing")  # noqa: TRY004 - callers handle one kind
    return [visible(device.get("SerialNumber"), "SerialNumber") for device in devices]
