"""A valid access token for an Identity Center: the stored one, else a refreshed one, else the user signs in.

One process at a time refreshes or asks; the others wait for it and share its result.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeVar

from pass_aws.aws.refusals import AwsError
from pass_aws.errors import INTERRUPTED, MUST_ASK, UserError
from pass_aws.sso import flows, identity_center_token, refusal_rows, storing, ways
from pass_aws.sso.identity_center_token import ALIVE, FRESH

if TYPE_CHECKING:
    from collections.abc import Callable

    from pass_aws.cache.locks import Lock
    from pass_aws.context import Context
    from pass_aws.sso.identity_center_token import Portal, Token


T = TypeVar("T")


class How(NamedTuple):
    """The sign-in options of the command line.

    Args:
        browser: the template of `--browser`.
        device_code: whether to show a code instead of opening a browser.
        anew: sign in even if a token is stored.
        qr: whether to show the URL of the code as a QR code, too.
    """

    browser: str = ""
    device_code: bool = False
    anew: bool = False
    qr: bool = False


def token(
    portal: Portal, context: Context, *, keys_of: str = "", how: How | None = None, refused: str = ""
) -> Token:
    """A token for calls to the portal.

    Args:
        portal: the Identity Center.
        context: the doors.
        keys_of: the profile whose store directory determines the keys for encryption.
        how: the sign-in options.
        refused: an access token that the portal refuses, whatever its expiry is.

    Raises:
        UserError: no sign-in is possible, cancelled, refused.
    """
    how = how or How()
    if not how.anew and (found := _usable(portal, context, refused)):
        return found
    with context.locks.hold(f"sign-in {portal.digest}") as lock:
        if (not how.anew or lock.waited) and (found := _usable(portal, context, refused)):
            return found
        return _renewed(portal, context, how, refused, keys_of) or _asked(portal, context, how, keys_of, lock)


def with_token(
    portal: Portal,
    context: Context,
    call: Callable[[str], T],
    *,
    keys_of: str = "",
    how: How | None = None,
) -> T:
    """The result of a call that needs an access token; replaces a token that AWS has revoked, once.

    Args:
        portal: the Identity Center.
        context: the doors.
        call: gets the access token.
        keys_of: the profile whose store directory determines the keys for encryption.
        how: the sign-in options.

    Raises:
        UserError: no sign-in is possible, or AWS refuses or cannot be reached.
    """
    found = token(portal, context, keys_of=keys_of, how=how)
    try:
        return call(found.access)
    except AwsError as error:
        if error.aws_code != refusal_rows.UNAUTHORIZED:
            raise
    return call(token(portal, context, keys_of=keys_of, how=how, refused=found.access).access)


def kept(portal: Portal, context: Context) -> Token | None:
    """The stored token, even if it has expired."""
    return identity_center_token.stored(context.tokens.read(portal.digest))


def _usable(portal: Portal, context: Context, refused: str) -> Token | None:
    found = kept(portal, context)
    if found is None or found.access == refused:
        return None
    now = context.clock()
    wanted = FRESH if found.renewable(now) else ALIVE
    return found if found.lives(now, wanted) else None


def _renewed(portal: Portal, context: Context, how: How, refused: str, keys_of: str) -> Token | None:
    """The refreshed token, or the old one while it is valid; None if the user must sign in."""
    found = None if how.anew else kept(portal, context)
    if found is None or not found.renewable(context.clock()):
        return None
    try:
        made = flows.refreshed(portal, found, context)
    except AwsError as error:
        context.debug(f"sign-in to {portal.name}: {error}")
        if error.cause == refusal_rows.ENDED:
            found = found._replace(refresh="")
            store(portal, found, context, keys_of)  # no further attempt is made
        lives = found.lives(context.clock(), ALIVE) and found.access != refused
        if not lives and error.cause != refusal_rows.ENDED:
            raise
        return found if lives else None
    store(portal, made, context, keys_of)  # before we use it: otherwise the new refresh token could be lost
    return made


def _asked(portal: Portal, context: Context, how: How, keys_of: str, lock: Lock) -> Token:
    from pass_aws.console import open_browser

    launcher = open_browser.at_hand(context.parent, how.browser)
    way = ways.chosen(
        launcher,
        quiet=context.quiet,
        device_code=how.device_code or how.qr,
        no_terminal=context.tty.absence(),
        option="--qr" if how.qr else "--device-code",
    )
    context.debug(f"sign-in to {portal.name} by {way.name}: {way.reason}")
    if way.name == ways.NOBODY:
        raise UserError(
            f"cannot sign in to {portal.name}: {way.reason}", hint=f"run {portal.again}", code=MUST_ASK
        )
    lock.asking()
    try:
        made = (
            flows.by_code(portal, launcher, context)
            if way.name == ways.CODE
            else flows.by_device(portal, context, draw=how.qr)
        )
    except UserError as error:
        if error.code != INTERRUPTED:
            lock.answered()  # otherwise each waiting process would open a browser tab
        raise
    lock.calling()
    store(portal, made, context, keys_of)
    context.debug(f"signed in to {portal.name} until {made.expires}")
    return made


def store(portal: Portal, made: Token, context: Context, keys_of: str) -> None:
    """Stores a token instead of the previous one."""
    note = identity_center_token.note(portal, made)
    storing.store(made.fields(), note, context, keys_of=keys_of or portal.name)
