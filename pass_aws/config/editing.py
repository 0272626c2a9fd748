"""Sets or removes keys of one profile in a config file's text, and keeps every other byte."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pass_aws.config.appending import adding
from pass_aws.config.profiles import profiles
from pass_aws.errors import UserError
from pass_aws.text.safe_text import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pass_aws.config.profiles import Profiles

_ENDS = re.compile(r"(\r\n|\r|\n)")


def setting(text: str, name: str, values: Mapping[str, str]) -> str:
    """Sets keys of a profile: replaces a key's line, or inserts a new line after the header.

    A profile without a section gets one at the end.

    Raises:
        UserError: the section has errors, or the result would not be read back unchanged.
    """
    before = profiles(text, "config")
    section = before.profile(name)
    if section is None:
        return adding(text, name, values)
    lines, newline = _lines(text)
    new = [f"{key} = {value}{newline}" for key, value in values.items() if key not in section.values]
    for key, value in values.items():
        if key in section.values:
            at = section.values[key].line - 1
            lines[at] = f"{key} = {value}{_end(lines[at], newline)}"
    header = lines[section.line - 1]
    lines[section.line - 1 : section.line] = [header if _end(header) else header + newline, *new]
    return _proved(before, "".join(lines), name, {**_texts(before, name), **values})


def without(text: str, name: str, keys: Iterable[str], *, credentials: bool = False) -> str:
    """Removes keys of a profile; keeps its section, even if it is then empty.

    Args:
        text: the whole file.
        name: of the profile.
        keys: to remove.
        credentials: whether it is a credentials file.

    Raises:
        UserError: as `setting`.
    """
    before = profiles(text, "config", credentials=credentials)
    section = before.profile(name)
    gone = {key: section.values[key].line - 1 for key in keys if key in section.values} if section else {}
    lines, _ = _lines(text)
    kept = "".join(line for at, line in enumerate(lines) if at not in gone.values())
    left = {key: value for key, value in _texts(before, name).items() if key not in gone}
    return _proved(before, kept, name, left, credentials=credentials)


def _lines(text: str) -> tuple[list[str], str]:
    """The lines with their ends, counted as the reader counts them, and the file's line end."""
    parts = [*_ENDS.split(text), ""]
    lines = ["".join(pair) for pair in zip(parts[::2], parts[1::2], strict=True)]
    return lines, "\r\n" if "\r\n" in text else "\n"


def _end(line: str, otherwise: str = "") -> str:
    found = _ENDS.search(line)
    return found[0] if found else otherwise


def _texts(read: Profiles, name: str) -> dict[str, str]:
    section = read.profile(name)
    return {key: value.text for key, value in section.values.items()} if section else {}


def _proved(
    before: Profiles, edited: str, name: str, wanted: Mapping[str, str], *, credentials: bool = False
) -> str:
    """Checks by reading back that the profile is as intended, and that the other sections are unchanged."""
    after = profiles(edited, "config", credentials=credentials)
    if after.names == before.names and _texts(after, name) == dict(wanted):
        return edited
    raise UserError(
        f"profile {shown(name)} cannot be edited without other changes in the file",
        hint="edit the config file yourself",
    )
