"""The lines below one section header: keys, nested blocks, and all that is wrong with them."""

from __future__ import annotations

import re
from typing import NamedTuple

from pass_aws.rules.shown import shown


class Problem(NamedTuple):
    """What is wrong with a line.

    Args:
        path: the file.
        line: counted from one.
        text: lower case, no full stop.
        fatal: whether a command that needs this section must stop.
    """

    path: str
    line: int
    text: str
    fatal: bool = True

    def __str__(self) -> str:
        """`file:line: what`, as compilers say it."""
        return f"{self.path}:{self.line}: {self.text}"


class Value(NamedTuple):
    """A key's text and the line it stands on."""

    text: str
    line: int


class Body(NamedTuple):
    """What a section holds."""

    values: dict[str, Value]
    nested: dict[str, dict[str, str]]
    problems: list[Problem]


class _Option:
    """A key while its continuation lines are still being collected."""

    def __init__(self, key: str, value: str, line: int, indent: int) -> None:
        self.key = key
        self.line = line
        self.indent = indent
        self.lines = [(line, value)]


def read(lines: list[str], first: int, path: str) -> Body:
    """Reads the lines of one section, as `configparser` does for botocore.

    Args:
        lines: without their newlines.
        first: the number of the first of them.
        path: for the problems.

    Source: botocore/configloader.py, and aws-vault (go-ini) for comments and quotes.
    """
    body = Body({}, {}, [])
    options: list[_Option] = []
    current: _Option | None = None
    for number, line in enumerate(lines, first):
        text = line.strip()
        if not text:
            if current:
                current.lines.append((number, ""))
        elif text[0] not in "#;":
            indent = len(line) - len(line.lstrip())
            if current and indent > current.indent:
                current.lines.append((number, text))
            else:
                current = _option(text, number, indent, path, body.problems)
                options.append(current)
    for option in options:
        _keep(option, body, path)
    return body


def _option(text: str, number: int, indent: int, path: str, problems: list[Problem]) -> _Option:
    cut = min((at for at in (text.find("="), text.find(":")) if at >= 0), default=-1)
    if text[0] == "[" or cut < 1:
        what = (
            "a section header must not be indented here"
            if text[0] == "["
            else "neither `key = value` nor a header"
        )
        problems.append(Problem(path, number, f"{what}: {shown(text)}"))
        return _Option("", "", number, indent)
    return _Option(text[:cut].rstrip().lower(), text[cut + 1 :].strip(), number, indent)


def _keep(option: _Option, body: Body, path: str) -> None:
    """Puts a finished key where it belongs."""
    key = option.key
    if not key:
        return
    earlier = body.values.get(key)
    if earlier or key in body.nested:
        where = f" (first in line {earlier.line})" if earlier else ""
        body.problems.append(Problem(path, option.line, f"{shown(key)} is set twice{where}"))
        return
    more = [line for line in option.lines[1:] if line[1]]
    if more and not option.lines[0][1]:
        body.nested[key] = _block(key, more, body.problems, path)
        return
    if not key.endswith("_process"):
        body.problems.extend(
            Problem(
                path, number, f"indented, so it is part of {shown(key)} and no key of its own: {shown(text)}"
            )
            for number, text in more
            if _assigns(text)
        )
    body.values[key] = Value(_joined(option), option.line)
    if has_control(body.values[key].text):
        body.problems.append(Problem(path, option.line, f"{shown(key)} holds a control character"))


def _assigns(text: str) -> bool:
    key, equals, _ = text.partition("=")
    return bool(equals) and key.strip().isidentifier()


def _joined(option: _Option) -> str:
    if option.key.endswith("_process"):
        return "\n".join(text for _, text in option.lines).rstrip()
    return "\n".join(_unquoted(_uncommented(text)) for _, text in option.lines).rstrip()


def _uncommented(text: str) -> str:
    """A value without its ` # comment`."""
    for at, letter in enumerate(text):
        if letter in "#;" and at and text[at - 1] in " \t":
            return text[:at].rstrip()
    return text


def _unquoted(text: str) -> str:
    """A value without a pair of quotes around it, as aws-vault reads it; no AWS value has its own."""
    quote = text[:1]
    if len(text) > 1 and quote in "\"'`" and text.endswith(quote) and text.count(quote) == 2:
        return text[1:-1]
    return text


def _block(key: str, lines: list[tuple[int, str]], problems: list[Problem], path: str) -> dict[str, str]:
    """The `key = value` lines nested below a key."""
    block: dict[str, str] = {}
    for number, text in lines:
        name, equals, value = text.partition("=")
        name = name.strip().lower()
        if not equals or not name:
            problems.append(
                Problem(path, number, f"in the block of {shown(key)}, but no `key = value`: {shown(text)}")
            )
        elif name in block:
            problems.append(Problem(path, number, f"{shown(name)} is set twice in the block of {shown(key)}"))
        elif has_control(value):
            problems.append(Problem(path, number, f"{shown(name)} holds a control character"))
        block.setdefault(name, _unquoted(_uncommented(value.strip())))
    return block


_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def has_control(text: str) -> bool:
    """Whether a text holds a control character other than a tab or the newline between a value's lines."""
    return bool(_CONTROL.search(text))
