"""The records of communication: a request, a response, a refusal, a call."""

from __future__ import annotations

from typing import NamedTuple, Protocol


class Request(NamedTuple):
    """An HTTP request as it arrived; header names are in lower case, in order, also repeated ones."""

    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str:
        """The first value of a header, or empty."""
        return next((value for key, value in self.headers if key == name), "")


class Response(NamedTuple):
    """One HTTP answer.

    Attributes:
        headers: further headers: name and value.
        date: seconds by which the Date header is wrong.
        cut: bytes of the body that are sent, though Content-Length counts all; None for all.
        lost: nothing is sent, the connection ends.
    """

    status: int
    kind: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()
    date: float = 0.0
    cut: int | None = None
    lost: bool = False


class Refused(Exception):  # noqa: N818 - AWS refused; this is not our error
    """A refusal of AWS: a code, a text, an HTTP status."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.status = code, message, status


class Call:
    """The record of one request, made on arrival, completed with the answer.

    Attributes:
        action: `AssumeRole`; the raw text if there is no such action.
        parameters: as sent: `{"Tags.member.1.Key": "team"}`.
        key_id: the signing key, or empty.
        bearer: the access token of Identity Center in the request, or empty.
        caller: the owner's ARN, after verification.
        region: of the signature's scope.
        time: by the fake's clock, Unix seconds.
        host: the Host header.
        path: as sent, with the query.
        outcome: `ok`, AWS's error code, or empty while it is being answered.
        fault: the name of the injected fault, or empty.
    """

    def __init__(self, service: str, action: str, parameters: dict[str, str]) -> None:
        self.service, self.action, self.parameters = service, action, parameters
        self.key_id = self.caller = self.region = self.outcome = self.fault = ""
        self.method = self.host = self.path = self.bearer = ""
        self.time = 0.0

    def __repr__(self) -> str:
        return f"<{self.service}:{self.action} by {self.caller or self.key_id or 'nobody'}: {self.outcome}>"


class Service(Protocol):
    """The interface of a service; a new one is a new file and a line in `services.py`."""

    def describe(self, request: Request) -> Call | None:
        """The call in the request, or None if the request is not for this service."""

    def answer(self, request: Request, call: Call) -> Response:
        """Carries out the call, or raises Refused."""

    def refuse(self, refused: Refused) -> Response:
        """A refusal in the words of this service's protocol."""
