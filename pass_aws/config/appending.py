"""A config file's text with one profile more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pass_aws.config import header
from pass_aws.config.profiles import profiles
from pass_aws.errors import UserError
from pass_aws.text.safe_text import shown

if TYPE_CHECKING:
    from collections.abc import Mapping


def adding(text: str, name: str, values: Mapping[str, str]) -> str:
    """The text with one section appended and every other byte kept.

    Args:
        text: the whole file; what is appended ends its lines as the file does.
        name: the profile's, quoted only where botocore needs it: aws-vault takes quotes for letters.
        values: the section's keys and values.

    Raises:
        UserError: the profile is there already, or would not be read back as it is given.
    """
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = [header.written(header.PROFILE, name), *(f"{key} = {value}" for key, value in values.items())]
    joint = newline if text.endswith(("\n", "\r")) else newline * 2
    added = text + (joint if text.strip("\ufeff") else "") + "".join(line + newline for line in lines)
    _prove(text, added, name, values)
    return added


def _prove(text: str, added: str, name: str, values: Mapping[str, str]) -> None:
    """Reads the result back."""
    before, after = profiles(text, "config"), profiles(added, "config")
    if name in before.names:
        raise UserError(f"profile {shown(name)} is already in the config file")
    section = after.profile(name) if after.names == (*before.names, name) else None
    if section is None or {key: value.text for key, value in section.values.items()} != dict(values):
        raise UserError(
            f"profile {shown(name)} cannot be written to a config file as it is",
            hint="look at what is to go into it; --no-config leaves the file alone",
        )
