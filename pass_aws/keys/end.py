"""Ending a key at AWS, before its entry goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pass_aws.aws import iam
from pass_aws.aws.refusal_rows import UNKNOWN_KEY
from pass_aws.aws.refusals import AwsError
from pass_aws.credentials import resolve
from pass_aws.errors import UserError
from pass_aws.keys import journal, verdicts
from pass_aws.keys.as_user import AsUser
from pass_aws.model import tail
from pass_aws.store import entry
from pass_aws.text.quoting import quote

if TYPE_CHECKING:
    from pass_aws.context import Context


def at_aws(name: str, context: Context) -> None:
    """Deletes the key of an entry at AWS; one that AWS does not know any more is no trouble.

    A key that is inactive signs nothing, so that it cannot be made inactive first: it is deleted in one call.

    Raises:
        UserError: it was refused, or belongs to no IAM user; the entry must stay.
    """
    if journal.read(entry.parse(context.store.read(name), name), name) is not None:
        raise UserError(
            f"the key of {name} is being rotated",
            hint=f"run pass aws rotate {quote(name)} --resume first, or --abort",
        )
    caller = AsUser(resolve.as_user(name, context), context)
    key_id = caller.key.access_key_id
    try:
        who = caller.identity()
        verdicts.check_user(who, name)
        user = verdicts.user_name(who.arn)
        call = iam.delete_access_key(caller.signer(), caller.iam, user, key_id)
        context.aws.read(call, dict)
    except AwsError as error:
        if error.cause != UNKNOWN_KEY:
            raise error.with_hint(f"{error.hint}; the entry stays".lstrip("; ")) from None
        context.tell(
            f"AWS does not know the key {tail(key_id)} any more; if it is only inactive, delete it in IAM"
        )
    else:
        context.tell(f"deleted the key {tail(key_id)} of {who.arn} at AWS")
