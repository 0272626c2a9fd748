"""Reads one answer of HTTP/1.1, strictly: `http.client` accepts more, and takes 20 ms to load.

Source: RFC 9112. The tests compare it with `http.client`.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LONGEST_LINE = 65_536
MOST_LINES = 100
PIECE = 65_536
FINAL = 200
"""The lowest status of an answer that no other one follows. Source: RFC 9110, 15.2."""
BODILESS = (204, 304)
STATUS = re.compile(rb"HTTP/(1\.\d) ([1-9]\d\d)(?: ([^\r]*))?")
CHUNK = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\0]*)?")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
DATE = re.compile(r"[A-Z][a-z]{2}, (\d\d) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d):(\d\d) GMT", re.ASCII)
FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\r\0]*?)[ \t]*")


class TooLargeError(Exception):
    """The body is larger than the limit."""


class Head(NamedTuple):
    """The status line and the header fields.

    Args:
        version: `1.1`, for example.
        status: three digits.
        reason: the text after the status.
        fields: values by lower-case names; the values of a repeated name are joined by commas.
    """

    version: str
    status: int
    reason: str
    fields: dict[str, str]

    @property
    def is_chunked(self) -> bool:
        """Whether the body comes in chunks.

        Raises:
            ValueError: its encoding is not supported.
        """
        if self.status in BODILESS:
            return False
        encoding = self.fields.get("transfer-encoding", "").lower()
        if encoding not in ("", "chunked"):
            raise ValueError("its transfer encoding is unknown")
        return bool(encoding)

    @property
    def length(self) -> int | None:
        """Bytes of the body; None if the body ends with the connection.

        Raises:
            ValueError: it is not a number.
        """
        if self.status in BODILESS:
            return 0
        text = self.fields.get("content-length")
        if text is None:
            return None
        if not (text.isascii() and text.isdigit() and len(text) < 19):
            raise ValueError("its length is not a number")
        return int(text)

    @property
    def keeps_open(self) -> bool:
        """Whether the connection can serve another request."""
        option = self.fields.get("connection", "").lower()
        lasting = "close" not in option if self.version == "1.1" else "keep-alive" in option
        return lasting and (self.is_chunked != (self.length is not None))


class Reader:
    """Reads lines and bodies from a connection.

    Every method raises EOFError if the bytes end too early, ValueError if they are not HTTP, and each
    exception of `receive`.

    Args:
        receive: returns at most as many bytes as its argument says; none at the end.
    """

    def __init__(self, receive: Callable[[int], bytes]) -> None:
        self._receive = receive
        self._held = b""

    @property
    def is_empty(self) -> bool:
        """Whether all received bytes were read."""
        return not self._held

    def head(self) -> Head:
        """The next head; skips interim ones, such as `100 Continue` and `103 Early Hints`."""
        while True:
            found = STATUS.fullmatch(self._line())
            if not found:
                raise ValueError("it does not begin as HTTP does")
            version, status, reason = found.groups(default=b"")
            head = Head(version.decode(), int(status), reason.decode("latin-1").strip(), self._fields())
            if head.status >= FINAL:
                return head

    def body(self, head: Head, most: int) -> bytes:
        """The complete body.

        Args:
            head: the head before it.
            most: its largest size in bytes.

        Raises:
            TooLargeError: it is larger.
        """
        if head.is_chunked:
            return b"".join(self._chunks(most))
        if head.length is None:
            return self._rest(most)
        if head.length > most:
            raise TooLargeError(f"it is larger than {most:,} bytes")
        return self._exactly(head.length)

    def _chunks(self, most: int) -> Iterator[bytes]:
        while True:
            found = CHUNK.fullmatch(self._line())
            if not found:
                raise ValueError("the size of a chunk is not a number")
            size = int(found[1], 16)
            if not size:
                self._fields()
                return
            most -= size
            if most < 0:
                raise TooLargeError("it is larger than any answer")
            yield self._exactly(size)
            if self._line():
                raise ValueError("a chunk does not end where it should")

    def _fields(self) -> dict[str, str]:
        fields: dict[str, str] = {}
        for _ in range(MOST_LINES):
            line = self._line()
            if not line:
                return fields
            found = FIELD.fullmatch(line)
            if not found:
                raise ValueError("a line of its head is not a field")
            name, value = found[1].decode().lower(), found[2].decode("latin-1")
            fields[name] = f"{fields[name]}, {value}" if name in fields else value
        raise ValueError("its head has too many lines")

    def _line(self) -> bytes:
        """The next line, without its line end."""
        while b"\n" not in self._held:
            if len(self._held) > LONGEST_LINE:
                raise ValueError("a line is too long")
            self._more()
        line, _, self._held = self._held.partition(b"\n")
        return line.removesuffix(b"\r")

    def _exactly(self, size: int) -> bytes:
        while len(self._held) < size:
            self._more()
        found, self._held = self._held[:size], self._held[size:]
        return found

    def _rest(self, most: int) -> bytes:
        pieces, size = [self._held], len(self._held)
        while size <= most and (piece := self._receive(PIECE)):
            pieces.append(piece)
            size += len(piece)
        if size > most:
            raise TooLargeError(f"it is larger than {most:,} bytes")
        self._held = b""
        return b"".join(pieces)

    def _more(self) -> None:
        piece = self._receive(PIECE)
        if not piece:
            raise EOFError("the answer was cut off")
        self._held += piece


def date_seconds(date: str) -> float | None:
    """Unix seconds of a Date header in the form that servers must send; None for other texts.

    `email.utils` could read it, too, but loads most of the package `email`. Source: RFC 9110 §5.6.7.
    """
    found = DATE.fullmatch(date)
    if not found or found[2] not in MONTHS:
        return None
    day, year, hour, minute, second = (int(found[number]) for number in (1, 3, 4, 5, 6))
    try:
        return datetime(year, MONTHS.index(found[2]) + 1, day, hour, minute, second, tzinfo=UTC).timestamp()
    except ValueError:  # 31 February, for example
        return None
