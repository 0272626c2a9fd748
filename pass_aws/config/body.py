"""The lines below one section header: keys, nested blocks, and their problems."""

from __future__ import annotations

import re
from typing import NamedTuple

from pass_aws.text.safe_text import has_control, shown


class Problem(NamedTuple):
    """A problem with a line.

    Args:
        path: the file.
        line: counted from one.
        text: lower case, no full stop.
        fatal: whether a command that needs this section must stop.
        meant: for a header, the name of the profile that the user probably meant, or empty.
    """

    path: str
    line: int
    text: str
    fatal: bool = True
    meant: str = ""

    def __str__(self) -> str:
        """`file:line: text`, as compilers print it."""
        return f"{self.path}:{self.line}: {self.text}"


class Value(NamedTuple):
    """The text of a key, and its line."""

    text: str
    line: int


SHORT = 10
"""The maximum length of keys without `_`, such as `output` and `services`; all secrets are longer."""
_EQUALS = re.compile(r"[=:]")
_OF_ITS_OWN = re.compile(r"\w+\s*=|\[.*\]")
_COMMENT = re.compile(r"[ \t][#;].*", re.DOTALL)
_QUOTED = re.compile(r"([\"'`])(.*)\1", re.DOTALL)


class _Option(NamedTuple):
    """A key, and the lines that continue its value."""

    key: str
    value: str
    line: int
    indent: int
    more: list[tuple[int, str]]


class Body:
    """The content of a section, read as `configparser` does it for botocore.

    Comments and quotes around a value are removed as in aws-vault, except in commands.

    Args:
        lines: without their newlines.
        first: the number of the first line.
        path: for the problems.

    Source: botocore/configloader.py; aws-vault reads with go-ini.
    """

    def __init__(self, lines: list[str], first: int, path: str) -> None:
        self.line = first - 1
        self.values: dict[str, Value] = {}
        self.nested: dict[str, dict[str, str]] = {}
        self.problems: list[Problem] = []
        self._path = path
        self._lines: dict[str, int] = {}
        for option in self._options(lines, first):
            if option.key:
                self._keep(option)

    def _options(self, lines: list[str], first: int) -> list[_Option]:
        """Assigns each line to its key."""
        options: list[_Option] = []
        current: _Option | None = None
        for number, line in enumerate(lines, first):
            text = line.strip()
            if not text:
                if current:
                    current.more.append((number, ""))
                continue
            if text[0] in "#;":
                continue
            indent = line.index(text[0])
            if current and indent > current.indent:
                current.more.append((number, text))
                continue
            current = self._option(text, number, indent)
            options.append(current)
        return options

    def _option(self, text: str, number: int, indent: int) -> _Option:
        found = _EQUALS.search(text)
        if not found or not found.start():
            self._problem(number, "neither `key = value` nor a section header")
            return _Option("", "", number, indent, [])
        key, value = text[: found.start()].rstrip().lower(), text[found.end() :].lstrip()
        return _Option(key, value, number, indent, [])

    def _keep(self, option: _Option) -> None:
        """Stores a finished key."""
        key = option.key
        first = self._lines.setdefault(key, option.line)
        more = any(text for _, text in option.more)
        if first != option.line:
            self._problem(option.line, f"{_shown(key)} is set twice (first in line {first})")
        elif more and not option.value:
            self.nested[key] = self._block(option)
        else:
            self.values[key] = Value(self._text(option) if more else plain(key, option.value), option.line)
            if has_control(self.values[key].text.replace("\n", "").replace("\t", "")):
                self._problem(option.line, f"{_shown(key)} contains a control character")

    def _text(self, option: _Option) -> str:
        """A value of several lines."""
        lines = [(option.line, option.value), *option.more]
        if option.key.endswith("_process"):
            return "\n".join(text for _, text in lines).rstrip()
        for number, text in option.more:
            if _OF_ITS_OWN.match(text):
                key = _shown(text.partition("=")[0].rstrip().lower())
                own = "a section header" if text.startswith("[") else key
                self._problem(number, f"{own} is indented, so it belongs to {_shown(option.key)}")
        first = _COMMENT.sub("", option.value).rstrip()
        return "\n".join([first, *(text for _, text in option.more)]).rstrip()

    def _block(self, option: _Option) -> dict[str, str]:
        """The `key = value` lines nested below a key."""
        block: dict[str, str] = {}
        for number, text in option.more:
            name, equals, value = text.partition("=")
            name = name.strip().lower()
            if text and not (equals and name):
                self._problem(number, f"no `key = value` in the block of {_shown(option.key)}")
            elif name in block:
                self._problem(number, f"{_shown(name)} is set twice in the block of {_shown(option.key)}")
            elif has_control(value.replace("\t", "")):
                self._problem(number, f"{_shown(name)} contains a control character")
            elif text:
                block[name] = plain(name, value.strip())
        return block

    def _problem(self, line: int, text: str) -> None:
        self.problems.append(Problem(self._path, line, text))


def plain(key: str, text: str) -> str:
    """A value without its ` # comment` and the quotes around it; a command is not changed."""
    if key.endswith("_process"):
        return text
    if "#" in text or ";" in text:
        text = _COMMENT.sub("", text).rstrip()
    quoted = _QUOTED.fullmatch(text) if text[:1] in ("'", '"', "`") else None
    return quoted[2] if quoted and quoted[1] not in quoted[2] else text


def _shown(key: str) -> str:
    """A key for a message; a text that does not look like a key may be a secret, and is not shown."""
    return shown(key) if len(key) <= SHORT or "_" in key else "a key"
