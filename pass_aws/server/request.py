"""An HTTP request as a credential server reads it: one line, headers, no body; and what it answers.

Source: RFC 9112, of which no more is taken than SDKs send.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_LINE = re.compile(rb"([A-Z]{3,7}) (/[!-~]*) HTTP/1\.[01]")
_HEADER = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t -~]*?)[ \t]*")
LONGEST = 8192
"""Bytes of a request; the largest that an SDK sends has about 500."""
REASONS = {
    200: "OK", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
    405: "Method Not Allowed", 421: "Misdirected Request", 503: "Service Unavailable",
}  # fmt: skip


class Request(NamedTuple):
    """One request; header names in lower case, repeated ones too."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]

    def all(self, name: str) -> list[str]:
        """Every value of a header."""
        return [value for key, value in self.headers if key == name]

    def one(self, name: str) -> str:
        """The value of a header that is there once; empty for none, and for several, which no SDK sends."""
        values = self.all(name)
        return values[0] if len(values) == 1 else ""


class Answer(NamedTuple):
    """One answer.

    Args:
        status: of HTTP.
        body: everything that is sent.
        kind: its Content-Type.
        headers: more of them.
    """

    status: int
    body: bytes = b""
    kind: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()

    def text(self) -> bytes:
        """The answer as it is sent; nobody may keep it, and the connection ends."""
        lines = [
            f"HTTP/1.1 {self.status} {REASONS[self.status]}",
            f"Content-Type: {self.kind}",
            f"Content-Length: {len(self.body)}",
            "Cache-Control: no-store",
            "Connection: close",
            *(f"{name}: {value}" for name, value in self.headers),
        ]
        return "\r\n".join([*lines, "", ""]).encode("ascii") + self.body


def parsed(head: bytes) -> Request:
    """A request's head, up to and with its empty line.

    Raises:
        ValueError: it is not HTTP as SDKs speak it, or a body follows.
    """
    first, *rest = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
    line = _LINE.fullmatch(first)
    found = [_HEADER.fullmatch(each) for each in rest]
    if line is None or None in found:
        raise ValueError("not a request")
    headers = tuple((one[1].decode("ascii").lower(), one[2].decode("ascii")) for one in found if one)
    request = Request(line[1].decode("ascii"), line[2].decode("ascii"), headers)
    if request.all("transfer-encoding") or set(request.all("content-length")) - {"0"}:
        raise ValueError("a request with a body")
    return request
