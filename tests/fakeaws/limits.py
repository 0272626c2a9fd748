"""Limits of parameters, and AWS's messages about violations.

Source: the constraints in AWS's service models; a test compares them with botocore's copy.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, NamedTuple, Protocol

from fakeaws.wire import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator

WORD = r"[\w+=,.@-]*"
WORDS = r"[\w+=,.@-]+"
TAG = r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*"
XML = "[\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]+"
LATIN = "[\t\n\r\x20-\xff]+"


class Limit(Protocol):
    """The limit of a parameter."""

    def problems(self, at: str, value: object) -> Iterator[str]:
        """Every violated constraint, in AWS's words."""


def _problem(at: str, value: object, rule: str) -> str:
    return f"Value '{value}' at '{at}' failed to satisfy constraint: Member must {rule}"


def _matches(pattern: str, value: str) -> bool:
    if pattern == TAG:
        return all(unicodedata.category(char)[0] in "LZN" or char in "_.:/=+-@" for char in value)
    return re.fullmatch(pattern, value, re.ASCII) is not None


class Text(NamedTuple):
    """Text with a maximum length that matches a pattern."""

    low: int
    high: int
    pattern: str = ""

    def problems(self, at: str, value: object) -> Iterator[str]:
        """See Limit."""
        if not isinstance(value, str):
            raise Refused("MalformedInput", f"'{at}' is no text")
        if len(value) < self.low:
            yield _problem(at, value, f"have length greater than or equal to {self.low}")
        if len(value) > self.high:
            yield _problem(at, value, f"have length less than or equal to {self.high}")
        if self.pattern and not _matches(self.pattern, value):
            yield _problem(at, value, f"satisfy regular expression pattern: {self.pattern}")


class Number(NamedTuple):
    """A whole number in a range, including both ends."""

    low: int
    high: int

    def problems(self, at: str, value: object) -> Iterator[str]:
        """See Limit."""
        if not re.fullmatch(r"-?\d{1,18}", str(value), re.ASCII):
            raise Refused("MalformedInput", f"'{value}' at '{at}' is no integer")
        if int(str(value)) < self.low:
            yield _problem(at, value, f"have value greater than or equal to {self.low}")
        if int(str(value)) > self.high:
            yield _problem(at, value, f"have value less than or equal to {self.high}")


class OneOf(NamedTuple):
    """One of some words."""

    words: tuple[str, ...]

    def problems(self, at: str, value: object) -> Iterator[str]:
        """See Limit."""
        if value not in self.words:
            yield _problem(at, value, f"satisfy enum value set: [{', '.join(self.words)}]")


class Fields(NamedTuple):
    """A structure; every given field is checked, the required ones must exist."""

    fields: tuple[tuple[str, Limit], ...]
    required: tuple[str, ...] = ()

    def problems(self, at: str, value: object) -> Iterator[str]:
        """See Limit."""
        given = value if isinstance(value, dict) else {}
        known = dict(self.fields)
        for name in self.required:
            if name not in given:
                where = _path(at, name)
                yield f"Value null at '{where}' failed to satisfy constraint: Member must not be null"
        for name, item in given.items():
            if name not in known:
                raise Refused("UnmodelledParameter", f"the fake does not know {_path(at, name)}")
            yield from known[name].problems(_path(at, name), item)


class Many(NamedTuple):
    """A list with a maximum length."""

    item: Limit
    high: int

    def problems(self, at: str, value: object) -> Iterator[str]:
        """See Limit."""
        items = value if isinstance(value, list) else []
        if value and not items:
            raise Refused("MalformedInput", f"'{at}' is no list")
        if len(items) > self.high:
            yield _problem(at, items, f"have length less than or equal to {self.high}")
        for number, item in enumerate(items, 1):
            yield from self.item.problems(f"{at}.{number}.member", item)


def _path(at: str, name: str) -> str:
    lowered = name[:1].lower() + name[1:]
    return f"{at}.{lowered}" if at else lowered


def check(fields: Fields, given: dict[str, object]) -> None:
    """Refuses the parameters if any of them violates a limit, and names all.

    Raises:
        Refused: ValidationError in AWS's words; UnmodelledParameter for what the fake would have to ignore.
    """
    found = list(fields.problems("", given))
    if found:
        errors = "error" if len(found) == 1 else "errors"
        raise Refused("ValidationError", f"{len(found)} validation {errors} detected: {'; '.join(found)}")


def nest(flat: dict[str, str]) -> dict[str, object]:
    """The query protocol's flat names as a tree: `Tags.member.1.Key` is the first tag's key."""
    tree: dict[str, object] = {}
    for name, value in flat.items():
        *folders, last = name.split(".")
        branch = tree
        for folder in folders:
            inner = branch.setdefault(folder, {})
            if not isinstance(inner, dict):
                raise Refused("MalformedInput", f"{name} is both a value and a structure")
            branch = inner
        branch[last] = value
    return {name: _listed(value) for name, value in tree.items()}


def _listed(value: object) -> object:
    if not isinstance(value, dict):
        return value
    if set(value) == {"member"} and isinstance(value["member"], dict):
        members = value["member"]
        return [_listed(members[number]) for number in sorted(members, key=_position)]
    return {name: _listed(item) for name, item in value.items()}


def _position(number: str) -> int:
    if not number.isdecimal():
        raise Refused("MalformedInput", f"{number} is no position in a list")
    return int(number)
