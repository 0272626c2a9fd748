"""HTTP requests and answers of a credential server: a request has one line and headers, but no body.

Source: RFC 9112, limited to what SDKs send.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_LINE = re.compile(rb"([A-Z]{3,7}) (/[!-~]*) HTTP/1\.[01]")
_HEADER = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t -~]*?)[ \t]*")
LONGEST = 8192
"""The maximum size of a request in bytes; the largest one of an SDK has about 500."""
REASONS = {
    200: "OK", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
    405: "Method Not Allowed", 421: "Misdirected Request", 503: "Service Unavailable",
}  # fmt: skip


class Request(NamedTuple):
    """A request; header names are in lower case and may be repeated."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]

    def all(self, name: str) -> list[str]:
        """Every value of a header."""
        return [value for key, value in self.headers if key == name]

    def one(self, name: str) -> str:
        """The value of a header that occurs once; empty if it is missing or repeated, as no SDK does."""
        values = self.all(name)
        return values[0] if len(values) == 1 else ""


class Answer(NamedTuple):
    """One answer.

    Args:
        status: of HTTP.
        body: the whole body.
        kind: its Content-Type.
        headers: further headers.
    """

    status: int
    body: bytes = b""
    kind: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()

    def text(self) -> bytes:
        """The bytes of the answer; it forbids caching and closes the connection."""
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
    """Parses the head of a request, up to and including the empty line.

    Raises:
        ValueError: it is not HTTP as SDKs send it, or it has a body.
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
