"""Removes an MFA device: from the user, then at AWS, and only then its seed from the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pass_aws.aws import iam_mfa
from pass_aws.mfa import codes

if TYPE_CHECKING:
    from pass_aws.config.settings import Settings
    from pass_aws.context import Context
    from pass_aws.mfa.caller import Caller


def at_aws(serial: str, user: str, caller: Caller) -> bool:
    """Unassigns the device from its user and deletes it; False if it did not exist.

    Raises:
        AwsError: AWS refuses; the seed must be kept.
    """
    there = caller.change(lambda signer, at: iam_mfa.deactivate_device(signer, at, user, serial))
    return caller.change(lambda signer, at: iam_mfa.delete_device(signer, at, serial)) or there


def place_of_seed(serial: str, settings: Settings, context: Context) -> str:
    """The entry of a device's seed, also where a run that was killed has removed it but not committed that.

    Returns:
        What pass calls it; an empty text if there is none.
    """
    if found := codes.entry(serial, settings, context):
        return found
    place = codes.place(serial, context)
    return place if place and context.store.whole().removed_in_part(place) else ""


def check_seed(label: str, context: Context) -> None:
    """Checks that the seed can be removed, before its device is deleted; arguments as `seed`.

    Raises:
        UserError: there is an unresolved conflict in git.
    """
    context.store.whole().check_history(label)


def seed(label: str, context: Context) -> None:
    """Removes the entry with the seed.

    Args:
        label: its name in pass.
        context: the doors.
    """
    context.store.whole().remove([label], f"Remove {label} from store.")
