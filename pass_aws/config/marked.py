"""Sections of a config file that we have written and may remove: a comment line above each marks it.

Every other byte of the file is kept.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from pass_aws.config import header
from pass_aws.config.profiles import profiles
from pass_aws.errors import UserError
from pass_aws.text.quoting import command, split
from pass_aws.text.safe_text import shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MARK = "# pass-aws sso sync: "
_PROFILE = re.compile(r"\[\s*profile\s+(.+?)\s*\]|\[\s*(default)\s*\]")


class Marked(NamedTuple):
    """A section with our mark above it.

    Args:
        words: the text of the mark.
        name: of the profile.
        first: number of the mark's line, counted from 0.
        end: number of the line after the section.
    """

    words: tuple[str, ...]
    name: str
    first: int
    end: int


class New(NamedTuple):
    """A section to write: the words of its mark, the profile's name, its keys."""

    words: tuple[str, ...]
    name: str
    values: Mapping[str, str]


def mark(words: Sequence[str]) -> str:
    """The comment line that marks a section."""
    return MARK + command(*words)


def found(text: str) -> list[Marked]:
    """The sections with a mark directly above them."""
    lines = text.splitlines()
    there = []
    for number, line in enumerate(lines[:-1]):
        name = _name(lines[number + 1]) if line.startswith(MARK) else ""
        if name and (words := _split(line[len(MARK) :])):
            there.append(Marked(tuple(words), name, number, _end(lines, number + 2)))
    return there


def _name(line: str) -> str:
    match = _PROFILE.fullmatch(line.strip())
    words = _split(match[1] or match[2]) if match else []
    return words[0] if len(words) == 1 else ""


def _split(text: str) -> list[str]:
    try:
        return split(text)
    except ValueError:
        return []


def _end(lines: Sequence[str], start: int) -> int:
    """The line after the last value and one empty line; later comments belong to the next section."""
    end = start
    for number in range(start, len(lines)):
        line = lines[number].strip()
        if line.startswith("["):
            break
        if line and line[0] not in "#;":
            end = number + 1
    return end + 1 if end < len(lines) and not lines[end].strip() else end


def without(text: str, gone: Sequence[Marked]) -> str:
    """The text without these sections and their marks."""
    lines = text.splitlines(keepends=True)
    for one in sorted(gone, key=lambda one: one.first, reverse=True):
        del lines[one.first : one.end]
    return "".join(lines)


def adding(text: str, new: Sequence[New]) -> str:
    """Appends these sections to the text, with the file's line ends.

    Raises:
        UserError: a section would not be read back unchanged.
    """
    if not new:
        return text
    newline = "\r\n" if "\r\n" in text else "\n"
    blocks = [
        newline.join(
            [
                mark(one.words),
                header.written(header.PROFILE, one.name),
                *(f"{key} = {v}" for key, v in one.values.items()),
                "",
            ]
        )
        for one in new
    ]
    joint = "" if not text.strip("\ufeff") else newline if text.endswith(("\n", "\r")) else newline * 2
    added = text + joint + newline.join(blocks)
    _prove(text, added, new)
    return added


def _prove(text: str, added: str, new: Sequence[New]) -> None:
    before, after = set(profiles(text, "config").names), profiles(added, "config")
    for one in new:
        section = after.profile(one.name) if one.name not in before else None
        if section is None or {key: value.text for key, value in section.values.items()} != dict(one.values):
            raise UserError(
                f"profile {shown(one.name)} would not be read back from the config file unchanged",
                hint="choose other names with --name",
            )
