"""Deletes a key at AWS, before its entry is removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pass_aws.aws import iam
from pass_aws.aws.refusal_rows import UNKNOWN_KEY
from pass_aws.aws.refusals import AwsError
from pass_aws.credentials import profile_lookup
from pass_aws.errors import UserError
from pass_aws.keys import journal, verdicts
from pass_aws.keys.as_user import AsUser
from pass_aws.model import tail
from pass_aws.store import entry
from pass_aws.text.quoting import command, quote

if TYPE_CHECKING:
    from pass_aws.context import Context


def warn_of_device(name: str, context: Context) -> None:
    """Says that the MFA device of a key's user stays at AWS, while the key can still remove it."""
    serials = dict.fromkeys(
        step.mfa_serial for step in profile_lookup.planned(name, context, as_user=True).steps
    )
    for serial in filter(None, serials):
        context.warn(
            f"the MFA device {serial} stays at AWS, and without this key pass aws cannot remove it;"
            f" to remove it first, run {command('pass', 'aws', 'mfa', 'remove', name)}"
        )


def at_aws(name: str, context: Context) -> None:
    """Deletes the key of an entry at AWS; a key that AWS no longer knows is not an error.

    The key signs its own deletion, so it cannot be deactivated first: it is deleted in one call.

    Raises:
        UserError: AWS refused, or it is not the key of an IAM user; the entry must be kept.
    """
    if journal.read(entry.parse(context.store.read(name), name), name) is not None:
        raise UserError(
            f"the rotation of the key of {name} is not finished",
            hint=f"run pass aws rotate {quote(name)} --resume first, or --abort",
        )
    caller = AsUser(profile_lookup.planned(name, context, as_user=True), context)
    key_id = caller.key.access_key_id
    try:
        who = caller.identity()
        verdicts.check_user(who, name)
        user = verdicts.user_name(who.arn)
        call = iam.delete_access_key(caller.signer(), caller.iam, user, key_id)
        context.aws.read(call, dict)
    except AwsError as error:
        if error.cause != UNKNOWN_KEY:
            raise error.with_hint(f"{error.hint}; the entry is kept".lstrip("; ")) from None
        context.tell(f"AWS does not know the key {tail(key_id)}; if it is only inactive, delete it in IAM")
    else:
        context.tell(f"deleted the key {tail(key_id)} of {who.arn} at AWS")
