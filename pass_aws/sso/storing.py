"""Stores sign-ins, encrypted; one that cannot be stored is still used, with a warning."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pass_aws.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pass_aws.cache.token import SignIn
    from pass_aws.context import Context


def must_be_storable(keys_of: str, context: Context) -> None:
    """Checks that a sign-in can be stored, before the user signs in only for that.

    Args:
        keys_of: the profile whose store directory determines the keys for encryption.
        context: the doors.

    Raises:
        UserError: it cannot.
    """
    if not context.tokens.kept:
        raise UserError(
            "PASS_AWS_SESSION_CACHE=none does not store sign-ins", hint="unset PASS_AWS_SESSION_CACHE"
        )
    context.store.own_recipients(keys_of)


def store(fields: Mapping[str, str], note: SignIn, context: Context, *, keys_of: str) -> None:
    """Stores a sign-in instead of the previous one, unless the user wants none stored.

    Args:
        fields: of the token or login.
        note: the facts about it, for lists.
        context: the doors.
        keys_of: the profile whose store directory determines the keys for encryption.
    """
    if not context.tokens.kept:
        return
    try:
        recipients = context.store.own_recipients(keys_of)
    except UserError as error:
        context.warn(f"the sign-in was not stored: {error}{f' ({error.hint})' if error.hint else ''}")
        return
    context.tokens.write(fields, note, recipients)
