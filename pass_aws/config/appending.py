"""Adds a profile to the text of a config file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pass_aws.config import header
from pass_aws.config.profiles import profiles
from pass_aws.errors import UserError
from pass_aws.text.safe_text import shown

if TYPE_CHECKING:
    from collections.abc import Mapping


def adding(text: str, name: str, values: Mapping[str, str]) -> str:
    """Appends one section and keeps every other byte.

    Args:
        text: the whole file; the new section uses the file's line ends.
        name: of the profile; quoted only if botocore needs it: aws-vault takes quotes as part of the name.
        values: the section's keys and values.

    Raises:
        UserError: the profile already exists, or would not be read back unchanged.
    """
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = [header.written(header.PROFILE, name), *(f"{key} = {value}" for key, value in values.items())]
    joint = newline if text.endswith(("\n", "\r")) else newline * 2
    added = text + (joint if text.strip("\ufeff") else "") + "".join(line + newline for line in lines)
    _prove(text, added, name, values)
    return added


def _prove(text: str, added: str, name: str, values: Mapping[str, str]) -> None:
    """Checks the result by reading it back."""
    before, after = profiles(text, "config"), profiles(added, "config")
    if name in before.names:
        raise UserError(
            f"profile {shown(name)} is already in the config file",
            hint="another program has just added it; run the command again",
        )
    section = after.profile(name) if after.names == (*before.names, name) else None
    if section is None or {key: value.text for key, value in section.values.items()} != dict(values):
        raise UserError(
            f"profile {shown(name)} would not be read back from a config file unchanged",
            hint="change its name or values, or use --no-config to leave the file unchanged",
        )
