"""Console sign-in (`aws login`) as a source of credentials: in a browser here, on another device, refreshed.

Source: the AWS CLI's login command, and CreateOAuth2Token of the sign-in service.
"""

from __future__ import annotations

import secrets
import uuid
from typing import TYPE_CHECKING

from pass_aws.aws.refusal_rows import GARBAGE, LOST, NETWORK, TROUBLE
from pass_aws.aws.refusals import AwsError
from pass_aws.errors import INTERRUPTED, MUST_ASK, UserError
from pass_aws.sso import (
    addresses,
    answers,
    aws_login_session,
    dpop,
    flows,
    refusal_rows,
    requests,
    storing,
    ways,
)
from pass_aws.sso.addresses import Proof
from pass_aws.sso.aws_login_session import ALIVE, FRESH, Login

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pass_aws.cache.locks import Lock
    from pass_aws.console.browser_choice import Launcher
    from pass_aws.context import Context
    from pass_aws.model import Credentials
    from pass_aws.sso.answers import LoginGranted
    from pass_aws.sso.aws_login_session import Place


def credentials(place: Place, context: Context, *, keys_of: str) -> Credentials:
    """Valid credentials: the stored ones, else refreshed ones, else the user signs in.

    Args:
        place: with the expected identity.
        context: the doors.
        keys_of: the profile whose store directory determines the keys for encryption.

    Raises:
        UserError: no sign-in is possible, cancelled, refused, or another identity has signed in.
    """
    if found := _usable(place, context):
        return found.credentials
    with context.locks.hold(f"sign-in {place.digest}") as lock:
        if found := _usable(place, context):
            return found.credentials
        if found := _renewed(place, context, keys_of):
            return found.credentials
        return signed_in(place, context, lock, keys_of=keys_of)[1].credentials


def kept(place: Place, context: Context) -> Login | None:
    """The stored login, even if it has expired."""
    return aws_login_session.stored(context.tokens.read(place.digest))


def _usable(place: Place, context: Context) -> Login | None:
    found = kept(place, context)
    return found if found and found.lives(context.clock(), FRESH) else None


def _renewed(place: Place, context: Context, keys_of: str) -> Login | None:
    """The refreshed login, or the old one while it is valid; None if the user must sign in."""
    found = kept(place, context)
    if found is None:
        return None
    if not found.refresh:
        return found if found.lives(context.clock(), ALIVE) else None
    try:
        granted = _refreshed(place, found, context)
    except AwsError as error:
        context.debug(f"sign-in of {place.arn}: {error}")
        if error.cause == refusal_rows.ENDED:
            found = found._replace(refresh="")
            store(place, found, context, keys_of)
        if found.lives(context.clock(), ALIVE):
            return found
        if error.cause != refusal_rows.ENDED:
            raise
        return None
    made = found._replace(credentials=_of(granted, found.credentials.account_id), refresh=granted.refresh)
    store(place, made, context, keys_of)  # before we use it
    return made


def _refreshed(place: Place, login: Login, context: Context) -> LoginGranted:
    """Repeats the call once if the answer was lost: with a new proof the old token gives the same answer."""
    endpoint = place.service._replace(region=login.region)
    asked = requests.login_refresh(endpoint, login.client, login.refresh, _proofs(login.key, context))

    def reader(answer: Mapping[str, object]) -> LoginGranted:
        return answers.login(answer, context.clock())

    try:
        return context.aws.read(asked, reader)
    except AwsError as error:
        if error.cause not in (NETWORK, LOST, TROUBLE, GARBAGE):
            raise
    return context.aws.read(asked, reader)


def _proofs(key: str, context: Context) -> Callable[[str], dict[str, str]]:
    """Makes a new proof for each request: the service accepts each one once."""
    return lambda url: dpop.headers(key, url, now=int(context.clock()), unique=str(uuid.uuid4()))


def _of(granted: LoginGranted, account: str) -> Credentials:
    from pass_aws.model import Credentials

    made = granted.credentials
    return Credentials(
        made.access_key_id,
        made.secret_access_key,
        made.session_token,
        made.expires,
        made.account_id or account,
    )


def signed_in(  # noqa: PLR0913 - keyword arguments
    place: Place, context: Context, lock: Lock, *, keys_of: str, browser: str = "", remote: bool = False
) -> tuple[Place, Login]:
    """Lets the user sign in and stores the result.

    Args:
        place: the sign-in place; if it has an identity, all others are refused.
        context: the doors.
        lock: is held; other processes see in it that the user is being asked.
        keys_of: the profile whose store directory determines the keys for encryption.
        browser: the template of `--browser`.
        remote: whether the user signs in on another device.

    Raises:
        UserError: no sign-in is possible, cancelled, refused, or another identity has signed in.
    """
    from pass_aws.console import open_browser

    launcher = open_browser.at_hand(context.parent, browser)
    way = ways.chosen(
        launcher,
        quiet=context.quiet,
        device_code=remote,
        no_terminal=context.tty.absence(),
        option="--remote",
    )
    if way.name == ways.NOBODY:
        who = place.arn or "the console"
        raise UserError(f"cannot sign in as {who}: {way.reason}", hint=f"run {place.again}", code=MUST_ASK)
    key = dpop.new_key()
    lock.asking()
    try:
        granted, client = (
            _here(place, key, launcher, context) if way.name == ways.CODE else _elsewhere(place, key, context)
        )
        if place.arn and granted.arn != place.arn:
            raise _another(place, granted.arn)
    except UserError as error:
        if error.code != INTERRUPTED:
            lock.answered()
        raise
    lock.calling()
    made = Login(granted.credentials, granted.refresh, client, key, place.endpoint.region)
    store(place.with_arn(granted.arn), made, context, keys_of)
    return place.with_arn(granted.arn), made


def _another(place: Place, arn: str) -> UserError:
    return UserError(
        f"{arn} signed in, but login_session is {place.arn}",
        hint="sign in as the latter in the browser, or change login_session in the config file",
    )


def _here(place: Place, key: str, launcher: Launcher, context: Context) -> tuple[LoginGranted, str]:
    def address(port: int, proof: Proof) -> str:
        return addresses.console(place.base, addresses.redirect(port), proof)

    def spend(code: str, proof: Proof, port: int) -> LoginGranted:
        return _spent(place, key, code, proof, addresses.redirect(port), context)

    what = place.arn or "the AWS console"
    instead = f"{place.again} --remote"
    return flows.in_browser(address, spend, what, launcher, context, instead=instead), addresses.SAME_DEVICE


def _elsewhere(place: Place, key: str, context: Context) -> tuple[LoginGranted, str]:
    """The user opens the page on any device, and pastes the code that it shows at the end."""
    proof = Proof(secrets.token_urlsafe(24), secrets.token_urlsafe(64))
    redirect = f"{place.base}{addresses.CONFIRMATION}"
    context.tty.show(
        f"Sign in: open\n\n    {addresses.console(place.base, redirect, proof)}\n\non any device\n"
    )
    question = "paste the code that it shows: "
    while True:
        try:
            answer = addresses.pasted(context.tty.ask(question), proof.state)
        except ValueError as error:
            question = f"{error}; paste the code that the page shows: "
        else:
            code = flows.code_of(answer)
            return _spent(place, key, code, proof, redirect, context), addresses.CROSS_DEVICE


def _spent(  # noqa: PLR0913, PLR0917 - the call needs them
    place: Place, key: str, code: str, proof: Proof, redirect: str, context: Context
) -> LoginGranted:
    given = {
        "clientId": addresses.client_of(redirect),
        "code": code,
        "codeVerifier": proof.verifier,
        "redirectUri": redirect,
    }
    asked = requests.login_by_code(place.service, given, _proofs(key, context))

    def reader(answer: Mapping[str, object]) -> LoginGranted:
        made = answers.login(answer, context.clock())
        if not made.arn:
            raise ValueError("idToken is missing")
        return made

    return context.aws.read(asked, reader)


def store(place: Place, made: Login, context: Context, keys_of: str) -> None:
    """Stores a login instead of the previous one."""
    storing.store(made.fields(), aws_login_session.note(place, made), context, keys_of=keys_of or "signin")
