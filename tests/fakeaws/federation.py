"""The console's federation endpoint: exchanges credentials for a sign-in token, and accepts the token.

Source: IAM User Guide, "Enable custom identity broker access to the AWS console".
"""

from __future__ import annotations

import hmac
import json
import secrets
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from fakeaws.wire import Call, Refused, Response

if TYPE_CHECKING:
    from fakeaws.people import Session
    from fakeaws.wire import Request
    from fakeaws.world import World

LIFE = 15 * 60
"""Seconds for which a sign-in token is valid."""
SHORTEST, LONGEST = 900, 43200
FIELDS = {"sessionId", "sessionKey", "sessionToken"}
CONSOLES = (
    "console.aws.amazon.com",
    "console.amazonaws-us-gov.com",
    "console.amazonaws.cn",
    "console.amazonaws-eusc.eu",
)
ONLY = "Only federation tokens or assume role tokens may be used for federated login"


class Federation:
    """`/federation` and `/oauth`, as a service of the server (wire.Service).

    `world.sign_in_tokens` has the issued ones: until when each is valid, and the console session's seconds.
    """

    def __init__(self, world: World) -> None:
        self._world = world

    def describe(self, request: Request) -> Call | None:
        """See wire.Service."""
        if request.path not in ("/federation", "/oauth"):
            return None
        form = parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True)
        given = dict(parse_qsl(request.query, keep_blank_values=True) + form)
        return Call("federation", given.pop("Action", ""), given)

    def answer(self, request: Request, call: Call) -> Response:
        """See wire.Service."""
        works = {"getSigninToken": self._token, "login": self._login, "logout": self._logout}
        if call.action not in works or (call.action == "logout") != (request.path == "/oauth"):
            raise Refused("InvalidAction", f"no action {call.action}")
        if call.action == "getSigninToken" and "Session" in dict(parse_qsl(request.query)):
            raise Refused("SecretInUrl", "AWS would take it; a proxy's log would, too", 405)
        return works[call.action](call)

    def refuse(self, refused: Refused) -> Response:
        """See wire.Service: a page for users."""
        text = f"<html><body><h1>{refused.status} {refused.code}</h1>{refused.message}</body></html>"
        return Response(refused.status, "text/html", text.encode())

    def _token(self, call: Call) -> Response:
        session = self._session(call)
        caller, now = session.caller, self._world.clock.now()
        if caller.kind not in ("role", "federated"):
            raise Refused("InvalidSession", ONLY)
        seconds = int(session.expires - now)
        if wanted := call.parameters.get("SessionDuration"):
            if not wanted.isdigit() or not SHORTEST <= int(wanted) <= LONGEST:
                raise Refused("InvalidDuration", "SessionDuration must be 900 to 43200")
            if not caller.direct:
                raise Refused("InvalidDuration", "SessionDuration is for roles that a user's key assumed")
            seconds = int(wanted)
        token = secrets.token_urlsafe(48)
        self._world.sign_in_tokens[token] = (now + LIFE, seconds)
        return Response(200, "application/json", json.dumps({"SigninToken": token}).encode())

    def _session(self, call: Call) -> Session:
        try:
            given = json.loads(call.parameters["Session"])
        except (KeyError, ValueError):
            raise Refused("InvalidSession", "Session is not JSON") from None
        if not isinstance(given, dict) or set(given) != FIELDS:
            raise Refused("InvalidSession", f"Session has other fields than {sorted(FIELDS)}")
        session = self._world.sessions.get(str(given["sessionId"]))
        right = session and all(
            hmac.compare_digest(ours.encode(), str(given[name]).encode())
            for name, ours in (("sessionKey", session.secret), ("sessionToken", session.token))
        )
        if session is None or not right or session.expires <= self._world.clock.now():
            raise Refused("InvalidSession", "the credentials are unknown or expired")
        call.key_id, call.caller = session.key_id, session.caller.arn
        return session

    def _login(self, call: Call) -> Response:
        token = call.parameters.get("SigninToken", "")
        until, seconds = self._world.sign_in_tokens.get(token, (0.0, 0))
        there = urlsplit(call.parameters.get("Destination", ""))
        if until <= self._world.clock.now():
            raise Refused("InvalidToken", "the sign-in token is unknown, used or expired")
        known = any(f".{there.hostname}".endswith(f".{console}") for console in CONSOLES)
        if there.scheme != "https" or not known or not call.parameters.get("Issuer"):
            raise Refused("InvalidDestination", "Destination is not the console, or Issuer is missing")
        self._world.sign_in_tokens[token] = (0.0, seconds)
        return Response(200, "text/html", f"signed in for {seconds} s, going to {there.geturl()}".encode())

    def _logout(self, call: Call) -> Response:
        if "Action=login" not in call.parameters.get("redirect_uri", ""):
            raise Refused("InvalidRedirect", "redirect_uri is not a sign-in")
        return Response(200, "text/html", b"signed out")
