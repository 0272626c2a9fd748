"""AWS's query protocol: requests are forms, answers are XML; common to STS and IAM."""

from __future__ import annotations

import base64
import fnmatch
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from fakeaws.gate import authenticate
from fakeaws.limits import Fields, Limit, check, nest
from fakeaws.people import Caller
from fakeaws.wire import Call, Refused, Request, Response

if TYPE_CHECKING:
    from fakeaws.world import World

FREE = ("sts:GetCallerIdentity", "sts:GetSessionToken")


class Asked(NamedTuple):
    """A verified and well-formed call, as an action gets it."""

    world: World
    caller: Caller
    call: Call
    given: dict[str, object]

    def text(self, name: str) -> str:
        """A text parameter, or empty."""
        value = self.given.get(name, "")
        return value if isinstance(value, str) else ""

    def number(self, name: str, default: int) -> int:
        """A number parameter, or the default."""
        return int(self.text(name) or default)

    def many(self, name: str) -> list[object]:
        """A list parameter, or empty."""
        value = self.given.get(name)
        return value if isinstance(value, list) else []

    @property
    def now(self) -> float:
        """The fake's time."""
        return self.world.clock.now()


Work = Callable[[Asked], dict[str, object] | None]


class Action(NamedTuple):
    """One action: its parameters and its work."""

    fields: Fields
    work: Work
    signed: bool


class QueryService:
    """A service that speaks the query protocol; its actions register themselves.

    guard: refuses kinds of callers before parameters are checked.
        guard: refuses whole kinds of callers before parameters are looked at.
    """

    def __init__(self, name: str, version: str, namespace: str) -> None:
        self.name, self.version, self.namespace = name, version, namespace
        self.actions: dict[str, Action] = {}
        self.guard: Callable[[Asked], None] = lambda _: None

    def action(
        self, name: str, limits: Mapping[str, Limit], *required: str, signed: bool = True
    ) -> Callable[[Work], Work]:
        """Registers the function below as an action with these parameters."""

        def register(work: Work) -> Work:
            self.actions[name] = Action(Fields(tuple(limits.items()), required), work, signed)
            return work

        return register


class QueryDoor:
    """A query service of one world, as a service of the server (wire.Service)."""

    def __init__(self, service: QueryService, world: World) -> None:
        self._service, self._world = service, world

    def describe(self, request: Request) -> Call | None:
        """See wire.Service: the API version in the form identifies the service."""
        form = parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True)
        given = dict(parse_qsl(request.query, keep_blank_values=True) + form)
        if given.pop("Version", "") != self._service.version:
            return None
        return Call(self._service.name, given.pop("Action", ""), given)

    def answer(self, request: Request, call: Call) -> Response:
        """See wire.Service."""
        action = self._service.actions.get(call.action)
        if action is None or request.path != "/":
            message = f"Could not find operation {call.action} for version {self._service.version}"
            raise Refused("InvalidAction", message)
        caller = Caller("nobody")
        if action.signed:
            caller = authenticate(self._world, request, call, self._service.name)
        asked = Asked(self._world, caller, call, nest(call.parameters))
        self._service.guard(asked)
        check(action.fields, asked.given)
        _permit(asked)
        result = action.work(asked)
        return self._render(call.action, result)

    def refuse(self, refused: Refused) -> Response:
        """See wire.Service."""
        kind = "Sender" if refused.status < 500 else "Receiver"
        error = {"Type": kind, "Code": refused.code, "Message": refused.message}
        body = element("Error", error) + element("RequestId", str(uuid.uuid4()))
        return self._page(
            refused.status, f'<ErrorResponse xmlns="{self._service.namespace}">{body}</ErrorResponse>'
        )

    def _render(self, action: str, result: dict[str, object] | None) -> Response:
        inner = "" if result is None else element(f"{action}Result", result)
        inner += element("ResponseMetadata", {"RequestId": str(uuid.uuid4())})
        name = f"{action}Response"
        return self._page(200, f'<{name} xmlns="{self._service.namespace}">{inner}</{name}>')

    @staticmethod
    def _page(status: int, text: str) -> Response:
        return Response(status, "text/xml", text.encode())


def _permit(asked: Asked) -> None:
    caller, call = asked.caller, asked.call
    name, user = f"{call.service}:{call.action}", caller.user
    if user is None or name in FREE:
        return
    rules = user.deny if caller.mfa_at else user.deny + user.deny_without_mfa
    if any(fnmatch.fnmatchcase(name, rule) for rule in rules):
        about = asked.text("RoleArn") or f"user {asked.text('UserName') or user.name}"
        message = (
            f"User: {caller.arn} is not authorized to perform: {name} on resource: {about}"
            " with an explicit deny in an identity-based policy"
        )
        raise Refused("AccessDenied", message, 403)


def element(name: str, value: object) -> str:
    """A value as XML: structures, lists, texts, numbers, times, bytes; None is left out."""
    if value is None:
        return ""
    return f"<{name}>{_inner(value)}</{name}>"


def _inner(value: object) -> str:
    if isinstance(value, dict):
        return "".join(element(key, item) for key, item in value.items())
    if isinstance(value, list):
        return "".join(element("member", item) for item in value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return escape("".join(char if char.isprintable() or char in "\t\n" else "?" for char in str(value)))
