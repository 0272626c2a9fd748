"""The reader of HTTP answers agrees with `http.client` or refuses, and reads no more than its limit."""

from __future__ import annotations

import http.client
import io
import socket
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pass_aws.aws import http_answer
from pass_aws.aws.http_answer import Reader, TooLargeError

MOST = 1000
VISIBLE = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=12)
NAME = st.sampled_from(["Date", "Server", "X-Amzn-RequestId", "x-a", "Vary"])
BODY = st.binary(max_size=60)


def reader(content: bytes, step: int = 7) -> Reader:
    """A reader of a connection that gives its bytes in small pieces."""
    stream = io.BytesIO(content)
    return Reader(lambda size: stream.read(min(size, step)))


class Line:
    """A socket for `http.client`, which only calls its `makefile`."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def makefile(self, *_: object, **__: object) -> io.BytesIO:
        return io.BytesIO(self._content)


def judged(content: bytes) -> tuple[int, str, str, bytes, bool]:
    """The result of `http.client`."""
    response = http.client.HTTPResponse(cast("socket.socket", Line(content)), method="POST")
    response.begin()
    date = ", ".join(response.headers.get_all("Date") or [])
    return response.status, response.reason, date, response.read(), not response.will_close


def read(content: bytes, step: int = 7) -> tuple[int, str, str, bytes, bool]:
    """Our result."""
    made = reader(content, step)
    head = made.head()
    return head.status, head.reason, head.fields.get("date", ""), made.body(head, MOST), head.keeps_open


def chunks(body: bytes, sizes: list[int], extension: str, trailer: str) -> bytes:
    pieces, rest = [], body
    for size in [*sizes, len(body) or 1]:
        piece, rest = rest[:size], rest[size:]
        if piece:
            pieces.append(f"{len(piece):x}{extension}\r\n".encode() + piece + b"\r\n")
    return b"".join(pieces) + f"0\r\n{trailer}\r\n".encode()


@given(
    status=st.sampled_from([200, 201, 204, 304, 307, 400, 403, 404, 500, 503]),
    reason=VISIBLE,
    fields=st.lists(st.tuples(NAME, VISIBLE), max_size=4),
    body=BODY,
    form=st.sampled_from(["length", "chunked", "end"]),
    sizes=st.lists(st.integers(1, 20), max_size=4),
    closing=st.sampled_from(["", "Connection: close\r\n", "connection: Keep-Alive\r\n"]),
    version=st.sampled_from(["1.0", "1.1"]),
    before=st.sampled_from([b"", b"HTTP/1.1 100 Continue\r\n\r\n"]),
    step=st.integers(1, 40),
)
def test_it_reads_what_http_client_reads(  # noqa: PLR0917 - the parts of an answer
    status: int,
    reason: str,
    fields: list[tuple[str, str]],
    body: bytes,
    form: str,
    sizes: list[int],
    closing: str,
    version: str,
    before: bytes,
    step: int,
) -> None:
    """Status, reason, date, body, and whether the connection can be reused, for pieces of any size."""
    head = f"HTTP/{version} {status} {reason}\r\n" + "".join(f"{name}:  {text}\r\n" for name, text in fields)
    if status in (204, 304):
        content = f"{head}{closing}Content-Length: 0\r\n\r\n".encode()
    elif form == "length":
        content = f"{head}{closing}Content-Length: {len(body)}\r\n\r\n".encode() + body
    elif form == "chunked":
        coded = chunks(body, sizes, ";a=b" if sizes else "", "X-T: 1\r\n" if len(sizes) > 1 else "")
        content = f"{head}{closing}Transfer-Encoding: chunked\r\n\r\n".encode() + coded
    else:
        content = f"{head}{closing}\r\n".encode() + body
    assert read(before + content, step) == judged(before + content)


@given(st.binary(max_size=200) | st.text("HTP/1.20 \r\nabC:;0f", max_size=80).map(str.encode))
def test_any_bytes_are_an_answer_or_a_reason(content: bytes) -> None:
    """No bytes cause another exception, or an endless loop."""
    for start in (b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"):
        try:
            read(start + content)
        except (ValueError, EOFError, TooLargeError):
            continue


OK = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    "content",
    [
        b"HTTP/2 200 OK\r\n\r\n",
        b"HTTP/1.1 20 OK\r\n\r\n",
        b"ICY 200 OK\r\n\r\n",
        OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        OK + b"Content-Length: -1\r\n\r\n",
        OK + b"Content-Length: 0x1\r\n\r\na",
        OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n1\r\r\na\r\n0\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n1;a\rb\r\na\r\n0\r\n\r\n",
        OK + b"no field\r\n\r\n",
        OK + b"A: b\r\n folded\r\n\r\n",
        OK + b"A: b\rc\r\n\r\n",
        OK + b"A : b\r\n\r\n",
        OK + b"A: b\r\n" * 101 + b"\r\n",
        OK + b"A: " + b"b" * 70_000,
    ],
)
def test_an_ambiguous_answer_is_refused(content: bytes) -> None:
    """Two readers could differ: two lengths, an invalid length, a folded line, an unknown encoding."""
    with pytest.raises(ValueError, match=r"."):
        read(content, 4096)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        OK,
        OK + b"Content-Length: 2\r\n\r\na",
        OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\na",
        OK + b"Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n",
    ],
)
def test_a_truncated_answer_is_refused(content: bytes) -> None:
    """An answer may be truncated in its head, in its body or in its last chunk."""
    with pytest.raises(EOFError):
        read(content)


@pytest.mark.parametrize(
    "head", ["Content-Length: 1001\r\n\r\n", "\r\n", "Transfer-Encoding: chunked\r\n\r\n3e9\r\n"]
)
def test_no_more_than_the_limit_is_read(head: str) -> None:
    """An endless answer is read up to the limit."""
    given_out = 0

    def endless(size: int) -> bytes:
        nonlocal given_out
        given_out += size
        return first.pop() if first else b"x" * size

    first = [OK + head.encode()]
    made = Reader(endless)
    with pytest.raises(TooLargeError):
        made.body(made.head(), MOST)
    assert given_out <= 3 * 65_536


@pytest.mark.parametrize("status", ["102 Processing", "103 Early Hints"])
def test_an_interim_answer_is_not_the_answer(status: str) -> None:
    """A proxy may send several; the bytes behind them are not their body."""
    before = f"HTTP/1.1 {status}\r\nLink: </a>\r\n\r\n".encode()
    assert read(before * 2 + OK + b"Content-Length: 1\r\n\r\na") == (200, "OK", "", b"a", True)


def test_bytes_after_an_answer_are_noticed() -> None:
    """Bytes after an answer could be mistaken for the next answer, so the connection is closed."""
    made = reader(OK + b"Content-Length: 1\r\n\r\na" + OK, step=4096)
    made.body(made.head(), MOST)
    assert not made.is_empty


def test_both_a_length_and_chunks_end_the_connection() -> None:
    """The chunks are read, but a proxy may have read something else, so the connection is closed."""
    coded = b"Content-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n"
    assert read(OK + coded) == (200, "OK", "", b"a", False)


@given(st.datetimes(min_value=datetime(1970, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - the time zone is added below
def test_a_date_is_read_as_by_email_utils(moment: datetime) -> None:
    """A date in the form that servers must send is read as by email.utils."""
    text = format_datetime(moment.replace(microsecond=0), usegmt=True)
    assert http_answer.date_seconds(text) == parsedate_to_datetime(text).timestamp()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "Fri, 31 Feb 2026 00:00:00 GMT",
        "Fri, 27 Nov 2026 25:00:00 GMT",
        "Fri, 27 Nov 2026 10:00:00",
        "Friday, 27-Nov-26 10:00:00 GMT",
        "Fri, 27 Xyz 2026 10:00:00 GMT",
        "Fri, \uff12\uff17 Nov 2026 10:00:00 GMT",
        "Fri, 27 Nov 0000 10:00:00 GMT",
    ],
)
def test_an_invalid_date_is_ignored(text: str) -> None:
    """The clocks are then assumed to agree, as without a date."""
    assert http_answer.date_seconds(text) is None
