"""Services with REST-JSON, unsigned: routes, parameters, refusals in their own words."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qsl

from fakeaws.wire import Call, Refused, Response

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from fakeaws.wire import Request

Given = dict[str, object]


class Asked(NamedTuple):
    """A parsed request.

    Attributes:
        given: the members of the JSON body, or the query's parameters.
        base: scheme and host as the client sees them, without a slash at the end.
    """

    request: Request
    call: Call
    given: Given
    base: str

    def text(self, name: str) -> str:
        """A text parameter, or empty.

        Raises:
            Refused: it is not a text.
        """
        value = self.given.get(name, "")
        if not isinstance(value, str):
            raise Refused("InvalidRequestException", f"{name} is not a string")
        return value


class Route(NamedTuple):
    """The meaning of a method and a path."""

    action: str
    work: Callable[[Asked], Response]


class RestService:
    """Routes of one service, as a service of the server (wire.Service).

    Args:
        name: in the records of calls.
        routes: by method and path.
        body: the JSON of a refusal.
    """

    def __init__(
        self,
        name: str,
        routes: Mapping[tuple[str, str], Route],
        body: Callable[[Refused], Given],
    ) -> None:
        self._name, self._routes, self._body = name, routes, body

    def describe(self, request: Request) -> Call | None:
        """See wire.Service: the path identifies the service."""
        route = self._routes.get((request.method, request.path))
        if route is None:
            return None
        given = {name: str(value) for name, value in _given(request).items()}
        return Call(self._name, route.action, given)

    def answer(self, request: Request, call: Call) -> Response:
        """See wire.Service."""
        if request.header("authorization"):
            raise Refused("InvalidRequestException", "this call is not signed")
        base = f"http://{request.header('host')}"
        asked = Asked(request, call, _given(request), base)
        return self._routes[request.method, request.path].work(asked)

    def refuse(self, refused: Refused) -> Response:
        """See wire.Service."""
        body = json.dumps(self._body(refused)).encode()
        headers = (("x-amzn-ErrorType", refused.code.partition("/")[0]),)
        return Response(refused.status, "application/json", body, headers=headers)


def answered(given: Given) -> Response:
    """A JSON object as an answer."""
    return Response(200, "application/json", json.dumps(given).encode())


def page(text: str, status: int = 200) -> Response:
    """A page for a browser."""
    return Response(status, "text/html; charset=utf-8", f"<!doctype html><p>{text}</p>".encode())


def sent_to(url: str) -> Response:
    """Redirects a browser."""
    return Response(302, "text/html", b"", headers=(("Location", url),))


def _given(request: Request) -> Given:
    if request.method == "GET" or not request.body:
        return dict(parse_qsl(request.query, keep_blank_values=True))
    try:
        given = json.loads(request.body)
    except ValueError:
        return {}
    return given if isinstance(given, dict) else {}
