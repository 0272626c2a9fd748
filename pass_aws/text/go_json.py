"""JSON as Go reads and writes it; the text of unknown fields' values is kept unchanged."""

from __future__ import annotations

import json
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import NoReturn

_BLANKS = re.compile(r"[ \t\r\n]*")
FOR_HTML = {ord(char): f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}
"""Go escapes these five, so that JSON can be put into a web page. Source: encoding/json, HTMLEscape."""


def _refuse(_: str) -> NoReturn:
    raise ValueError("NaN and Infinity are not JSON")


_decode = json.JSONDecoder(parse_constant=_refuse, parse_int=str, parse_float=str).raw_decode


def members(text: str) -> list[tuple[str, str]]:
    """The fields of an object, each with the text of its value, in order and with duplicates.

    Raises:
        ValueError: the text is not exactly one JSON object.
    """
    try:
        return list(_members(text))
    except (ValueError, RecursionError):
        raise ValueError("it is not exactly one JSON object") from None


def _members(text: str) -> Iterator[tuple[str, str]]:
    mark, at = _after(text, 0, "{")
    if text.startswith("}", at):
        mark, at = _after(text, at, "}")
    while mark != "}":
        if not text.startswith('"', at):
            raise ValueError(text[at : at + 1])
        name, end = _decode(text, at)
        _, start = _after(text, end, ":")
        _, end = _decode(text, start)
        yield _whole(name), text[start:end]
        mark, at = _after(text, end, ",}")
    if at != len(text):
        raise ValueError(at)


def _after(text: str, at: int, marks: str) -> tuple[str, int]:
    """The next character that is not a blank, and the position after it and any blanks."""
    at = _skipped(text, at)
    mark = text[at : at + 1]
    if not mark or mark not in marks:
        raise ValueError(marks)
    return mark, _skipped(text, at + 1)


def _skipped(text: str, at: int) -> int:
    """The position of the next character that is not a blank."""
    found = _BLANKS.match(text, at)
    return found.end() if found else at


def string(raw: str) -> str | None:
    """Decodes the text of a value that is a string; None for null.

    Raises:
        ValueError: it is something else.
    """
    value = json.loads(raw)
    if value is not None and not isinstance(value, str):
        raise ValueError("one of its fields is not a string")
    return None if value is None else _whole(value)


def _whole(text: str) -> str:
    """Replaces half a surrogate pair by U+FFFD, as Go does; Python could not write it."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def quote(text: str) -> str:
    """A string as Go's encoder writes it."""
    return json.dumps(text, ensure_ascii=False).translate(FOR_HTML)


def object_of(fields: Iterable[tuple[str, str]]) -> str:
    """The object with these fields, on one line without blanks, as Go writes it."""
    return "{" + ",".join(f"{quote(name)}:{raw}" for name, raw in fields) + "}"
