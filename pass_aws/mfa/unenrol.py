"""Removing an MFA device: from the user, then at AWS, and only then its seed from the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pass_aws.aws import iam_mfa

if TYPE_CHECKING:
    from pass_aws.context import Context
    from pass_aws.mfa.enrol import Caller


def at_aws(serial: str, user: str, caller: Caller) -> bool:
    """Takes the device from its user and deletes it; False if it did not exist.

    Raises:
        AwsError: it was refused; the seed must be kept.
    """
    there = caller.change(lambda signer, at: iam_mfa.deactivate_device(signer, at, user, serial))
    return caller.change(lambda signer, at: iam_mfa.delete_device(signer, at, serial)) or there


def check_seed(label: str, context: Context) -> None:
    """Whether the seed could be removed, before its device is ended; args as `seed`.

    Raises:
        UserError: git waits for somebody to resolve a conflict.
    """
    context.store.whole().check_history(label)


def seed(label: str, context: Context) -> None:
    """Removes the entry with the seed.

    Args:
        label: what pass calls it.
        context: the outside.
    """
    context.store.whole().remove([label], f"Remove {label} from store.")
