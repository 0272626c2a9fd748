"""The portal of Identity Center: accounts, roles and role credentials for a bearer token.

Source: the service model of botocore, and the IAM Identity Center Portal API Reference.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from fakeaws import ids
from fakeaws.people import Caller
from fakeaws.rest import Asked, RestService, Route, answered
from fakeaws.wire import Refused, Response

if TYPE_CHECKING:
    from fakeaws.center import Access, Center

MOST = 100
BURST = 20


def service(center: Center) -> RestService:
    """The routes of one center."""
    portal = _Portal(center)
    routes = {
        ("GET", "/federation/credentials"): Route("GetRoleCredentials", portal.credentials),
        ("GET", "/assignment/accounts"): Route("ListAccounts", portal.accounts),
        ("GET", "/assignment/roles"): Route("ListAccountRoles", portal.roles),
        ("POST", "/logout"): Route("Logout", portal.logout),
    }
    return RestService("sso", routes, lambda refused: {"message": refused.message})


class _Portal:
    def __init__(self, center: Center) -> None:
        self._center, self._clock = center, center.world.clock
        self._left, self._at = float(BURST), self._clock.wall()
        self._pages: dict[str, tuple[str, int]] = {}

    def _gate(self, asked: Asked) -> Access:
        """Checks the rate, then the token."""
        if self._center.rate:
            now = self._clock.wall()
            self._left = min(BURST, self._left + (now - self._at) * self._center.rate)
            self._at = now
            if self._left < 1:
                raise Refused("TooManyRequestsException", "HTTP 429 Unknown Code", 429)
            self._left -= 1
        found = self._center.access.get(asked.request.header("x-amz-sso_bearer_token"))
        if found is None or found.sign.over or self._clock.now() >= found.expires:
            raise Refused("UnauthorizedException", "Session token not found or invalid", 401)
        return found

    def credentials(self, asked: Asked) -> Response:
        self._gate(asked)
        number, role = asked.text("account_id"), asked.text("role_name")
        if number not in self._center.accounts:
            raise Refused("ResourceNotFoundException", "Account not found", 404)
        if role not in self._center.roles[number]:
            raise Refused("ForbiddenException", "No access", 403)
        name = f"AWSReservedSSO_{role}_0123456789abcdef"
        role_id = ids.unique_id("AROA", number)
        arn = f"arn:aws:sts::{number}:assumed-role/{name}/{self._center.person}"
        principal = f"arn:aws:iam::{number}:role/aws-reserved/sso.amazonaws.com/{name}"
        caller = Caller("role", arn, principal, f"{role_id}:{self._center.person}", number)
        made = self._center.world.new_session(caller, int(self._center.role_seconds))
        return answered(
            {
                "roleCredentials": {
                    "accessKeyId": made.key_id,
                    "secretAccessKey": made.secret,
                    "sessionToken": made.token,
                    "expiration": int(made.expires * 1000),
                }
            }
        )

    def accounts(self, asked: Asked) -> Response:
        self._gate(asked)
        rows = [
            {"accountId": number, "accountName": name, "emailAddress": f"aws+{number}@example.com"}
            for number, name in self._center.accounts.items()
        ]
        return self._listed(asked, "accountList", rows)

    def roles(self, asked: Asked) -> Response:
        self._gate(asked)
        number = asked.text("account_id")
        if number not in self._center.accounts:
            raise Refused("ResourceNotFoundException", "Account not found", 404)
        rows = [{"roleName": name, "accountId": number} for name in self._center.roles[number]]
        return self._listed(asked, "roleList", rows)

    def logout(self, asked: Asked) -> Response:
        self._gate(asked).sign.over = True
        return Response(200, "application/json", b"")

    def _listed(self, asked: Asked, name: str, rows: list[dict[str, str]]) -> Response:
        size = asked.text("max_result") or str(MOST)
        if not size.isdecimal() or not 1 <= int(size) <= MOST:
            raise Refused("InvalidRequestException", "Invalid max results")
        key, start = f"{name} {asked.text('account_id')}", 0
        if token := asked.text("next_token"):
            known, start = self._pages.pop(token, ("", 0))
            if known != key:
                raise Refused("InvalidRequestException", "Invalid next token")
        end = start + min(int(size), self._center.page)
        answer: dict[str, object] = {name: rows[start:end]}
        if end < len(rows):
            answer["nextToken"] = again = secrets.token_urlsafe(24)
            self._pages[again] = (key, end)
        return answered(answer)
