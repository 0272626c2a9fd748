"""The flows for tokens of Identity Center: authorization code with PKCE, device code, refresh.

Source: RFC 8252 and 7636 (codes on a loopback address), RFC 8628 (device codes).
"""

from __future__ import annotations

import secrets
import threading
from typing import TYPE_CHECKING, TypeVar

from pass_aws.aws.refusal_rows import NETWORK, TROUBLE
from pass_aws.aws.refusals import AwsError
from pass_aws.errors import UserError
from pass_aws.sso import addresses, answers, page, refusal_rows, requests
from pass_aws.sso.addresses import Proof
from pass_aws.sso.callback import Callback
from pass_aws.sso.identity_center_token import Token

if TYPE_CHECKING:
    from collections.abc import Callable

    from pass_aws.console.browser_choice import Launcher
    from pass_aws.context import Context
    from pass_aws.sso.addresses import Answer
    from pass_aws.sso.answers import Client, Device, Granted
    from pass_aws.sso.identity_center_token import Portal
    from pass_aws.sso.requests import Call

T = TypeVar("T")
PATIENCE = 600
"""Seconds for the sign-in in the browser, as in the AWS CLI."""
SLOWER = 5
"""Seconds added to the polling interval by each `slow_down`. Source: RFC 8628, 3.5."""


def by_code(portal: Portal, launcher: Launcher, context: Context) -> Token:
    """Signs in with a browser on this machine.

    Raises:
        UserError: refused, too late, or the browser did not open the page.
    """
    asked = requests.register(portal.oidc, portal.scopes, portal.start_url)
    client = context.aws.read(asked, answers.client)

    def address(port: int, proof: Proof) -> str:
        return addresses.identity_center(portal.base, client.id, portal.scopes, port, proof)

    def spend(code: str, proof: Proof, port: int) -> Granted:
        sent = requests.by_code(
            portal.oidc, client.parameters, code, proof.verifier, addresses.redirect(port)
        )
        return context.aws.read(sent, answers.granted)

    granted = in_browser(
        address, spend, portal.name, launcher, context, instead=f"{portal.again} --device-code"
    )
    return _token(granted, client, context)


def in_browser(  # noqa: PLR0913 - keyword arguments
    address: Callable[[int, Proof], str],
    spend: Callable[[str, Proof, int], T],
    what: str,
    launcher: Launcher,
    context: Context,
    *,
    instead: str,
) -> T:
    """Opens an authorization page in the browser, waits for its answer, uses the code and shows the result.

    Args:
        address: makes the page's URL from our port and proof.
        spend: exchanges a code for tokens.
        what: the target of the sign-in, for people.
        launcher: opens the browser.
        context: the doors.
        instead: the alternative command without a browser.

    Raises:
        UserError: refused, too late, or the browser did not open the page.
    """
    from pass_aws.console import open_browser

    proof = Proof(secrets.token_urlsafe(24), secrets.token_urlsafe(64))
    with Callback(proof.state) as callback:
        context.tell(f"pass aws: sign in to {what} in the browser window that opens now")
        with context.tty.waiting("waiting for the browser to open"):
            url = address(callback.port, proof)
            open_browser.open_url(url, launcher, context.parent, instead=f"run {instead}")
        answer = _waited(callback, context, instead)
        try:
            made = spend(code_of(answer), proof, callback.port)
        except UserError as error:
            callback.decide(page.failed(str(error)))
            raise
        callback.decide(page.signed_in(what))
    return made


def _waited(callback: Callback, context: Context, instead: str) -> Answer:
    deadline = context.clock() + PATIENCE

    def left() -> float:
        return 0 if callback.wait(0) else deadline - context.clock()

    context.tty.countdown("waiting for your sign-in in the browser", left, callback.wait)
    answer = callback.wait(0)
    if answer is None:
        raise UserError(f"nobody signed in within {PATIENCE // 60} minutes", hint=f"run {instead}")
    return answer


def code_of(answer: Answer) -> str:
    """The code in an answer.

    Raises:
        UserError: the user or AWS has refused.
    """
    if answer.refusal:
        raise UserError(
            "access was refused in the browser", hint="run the command again, and allow the access"
        )
    return answer.code


def by_device(portal: Portal, context: Context, *, draw: bool = False) -> Token:
    """Signs in with a code that the user enters on any device.

    Args:
        portal: the Identity Center.
        context: the doors.
        draw: whether to show the URL as a QR code, too.

    Raises:
        UserError: refused, too late, no terminal to show the code on, or no qrencode to draw it.
    """
    client = context.aws.read(requests.register(portal.oidc, portal.scopes), answers.client)
    asked = requests.start_device(portal.oidc, client.parameters, portal.start_url)
    device = context.aws.read(asked, answers.device)
    drawing = _drawn(device.complete, context) if draw else ""
    context.tty.show(
        f"Sign in to {portal.name}: open\n\n    {device.complete}\n\n{drawing}"
        f"on any device, and allow the access if the page shows the code {device.user_code}\n"
    )
    return _token(_polled(portal, client, device, context), client, context)


def _drawn(address: str, context: Context) -> str:
    from pass_aws.system import qr

    return qr.drawn(address, context.parent, instead="omit --qr, and open the URL yourself")


def _polled(portal: Portal, client: Client, device: Device, context: Context) -> Granted:
    asked = requests.by_device(portal.oidc, client.parameters, device.code)
    polling = _Polling(asked, device, context)
    context.tty.countdown("waiting for you to allow the access", polling.left, polling.pause)
    if polling.granted is None:
        raise UserError("the code was not entered in time", hint=f"run {portal.again}")
    return polling.granted


class _Polling:
    """Polls for the user's answer, as often as AWS allows."""

    def __init__(self, asked: Call, device: Device, context: Context) -> None:
        self.granted: Granted | None = None
        self._asked, self._context, self._interval = asked, context, device.interval
        self._deadline = context.clock() + device.expires_in
        self._due = context.clock() + device.interval
        self._never = threading.Event()

    def left(self) -> float:
        """Seconds until the code expires; zero when the polling is over."""
        return 0 if self.granted else self._deadline - self._context.clock()

    def pause(self, seconds: float) -> None:
        """Waits a number of seconds, or until the next poll, and makes that poll."""
        self._never.wait(max(0.0, min(seconds, self._due - self._context.clock())))
        if self._context.clock() < self._due:
            return
        try:
            self.granted = self._context.aws.read(self._asked, answers.granted, quiet=True)
        except AwsError as error:
            if error.aws_code == refusal_rows.SLOW or error.cause in (NETWORK, TROUBLE):
                self._interval += SLOWER
            elif error.aws_code != refusal_rows.PENDING:
                raise
        self._due = self._context.clock() + self._interval


def _token(granted: Granted, client: Client, context: Context) -> Token:
    expires = int(context.clock()) + granted.expires_in
    return Token(granted.access, expires, granted.refresh, client.id, client.secret, client.expires)


def refreshed(portal: Portal, token: Token, context: Context) -> Token:
    """Gets the next access token; its refresh token may be a new one.

    Raises:
        AwsError: AWS refuses, or cannot be reached.
    """
    asked = requests.refresh(portal.oidc, token.client, token.refresh)
    granted = context.aws.read(asked, answers.granted)
    return token._replace(
        access=granted.access,
        expires=int(context.clock()) + granted.expires_in,
        refresh=granted.refresh or token.refresh,
    )
