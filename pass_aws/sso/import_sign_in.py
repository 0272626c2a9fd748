"""Imports a sign-in of the AWS CLI, and removes its plain text on request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pass_aws.errors import UserError
from pass_aws.sso import aws_cli_cache, aws_cli_formats, aws_login, identity_center
from pass_aws.sso.identity_center_token import ALIVE

if TYPE_CHECKING:
    from pass_aws.context import Context
    from pass_aws.sso.aws_login_session import Place
    from pass_aws.sso.identity_center_token import Portal


def of_portal(portal: Portal, context: Context, *, scrub: bool, keys_of: str) -> None:
    """Stores the token of `aws sso login`, encrypted.

    Raises:
        UserError: it does not exist, is invalid, or has expired and cannot be renewed.
    """
    folder, names = aws_cli_cache.sso_folder(context.parent), aws_cli_formats.sso_names(portal)
    path, text = aws_cli_cache.read(folder, names, portal.name)
    try:
        token = aws_cli_formats.token(text, portal)
    except ValueError as error:
        raise UserError(f"{path} cannot be used: {error}", hint="to sign in instead, omit --import") from None
    now = context.clock()
    if not token.lives(now, ALIVE) and not token.renewable(now):
        raise UserError(f"the sign-in in {path} has ended", hint="to sign in again, omit --import")
    identity_center.store(portal, token, context, keys_of)
    _told(portal.digest, portal.name, aws_cli_cache.with_registration(path, token.client_id), context, scrub)


def of_aws_login(place: Place, context: Context, *, scrub: bool, keys_of: str) -> None:
    """Stores the sign-in of `aws login`, encrypted.

    Raises:
        UserError: it does not exist, or is invalid.
    """
    folder = aws_cli_cache.login_folder(context.parent)
    path, text = aws_cli_cache.read(folder, [aws_cli_formats.login_name(place.arn)], place.arn)
    try:
        login = aws_cli_formats.login(text, place)
    except ValueError as error:
        raise UserError(f"{path} cannot be used: {error}", hint="to sign in instead, omit --import") from None
    aws_login.store(place, login, context, keys_of)
    _told(place.digest, place.arn, [path], context, scrub)


def _told(digest: str, what: str, paths: list[str], context: Context, scrub: bool) -> None:
    if context.tokens.read(digest) is None:
        raise UserError(f"the sign-in of {what} could not be stored", hint="see the warning above")
    context.tell(f"imported the sign-in of {what} from the AWS CLI")
    names = ", ".join(paths)
    question = f"Remove its plain text ({names})? The AWS CLI must then sign in again."
    if scrub or (context.tty.available() and not context.quiet and context.tty.confirm(question)):
        aws_cli_cache.remove(paths)
        context.tell(f"removed {names}")
    else:
        context.warn(
            f"warning: the plain text remains in {names}, and a refresh by one tool ends the other's"
            " sign-in; --scrub removes the plain text"
        )
