"""Decides which names in the store are keys, and which names are valid for a key."""

from __future__ import annotations

import re

from pass_aws.errors import UserError
from pass_aws.text.safe_text import shown

_BASE64 = "[A-Za-z0-9_-]"
_SESSION = rf"[^,]+,({_BASE64}+),({_BASE64}*),([0-9]+)"
_OLD_SESSIONS = (
    r"session,[^,]+,[^,]*,[0-9]{2,}",
    r"session:[^ ]+:[^ ]*:[^:]+",
    r".+ session \([0-9]+\)",
)
LONGEST_PART = 251
"""The maximum length of a file name without `.gpg`, in bytes."""


def is_key(name: str) -> bool:
    """Whether aws-vault treats an entry of this name as a key, not as one of its sessions or tokens.

    Source: aws-vault, vault/sessionkeyring.go.
    """
    if not any(mark in name for mark in ",:("):
        return True
    if name.startswith("oidc:") or any(re.fullmatch(pattern, name) for pattern in _OLD_SESSIONS):
        return False
    match = re.fullmatch(_SESSION, name)
    return not (match and all(map(_decodes, match.group(1, 2))) and _is_int64(match[3]))


def _decodes(text: str) -> bool:
    """Whether it is base64 without padding: of any length except one more than a multiple of four."""
    return len(text) % 4 != 1


def _is_int64(digits: str) -> bool:
    return int(digits.lstrip("0")[:20] or "0") < 2**63


def clean(name: str) -> str:
    """The name in the form of a path: `//` becomes `/`, a trailing `/` is removed."""
    return "/".join(part for part in name.split("/") if part not in ("", "."))


def check_name(name: str) -> None:
    """Refuses a name that is not one file below the prefix, that pass hides, or that aws-vault would delete.

    Raises:
        UserError: with the reason.
    """
    parts = clean(name).split("/")
    reasons = (
        (not clean(name), "it is empty"),
        (name.startswith("/"), "it starts with /"),
        (".." in parts, "it contains .."),
        (any(_is_control(char) for char in name), "it contains a control character"),
        (any("\ud800" <= char <= "\udfff" for char in name), "it is not valid UTF-8"),
        (any(part.startswith(".") for part in parts), "pass does not show names that start with a dot"),
        (any(len(part.encode("utf-8", "replace")) > LONGEST_PART for part in parts), "it is too long"),
        (not is_key(name), "aws-vault treats it as one of its sessions and would delete it"),
    )
    for wrong, reason in reasons:
        if wrong:
            raise UserError(
                f"not a valid name for a key: {shown(name)}: {reason}", hint="choose another name"
            )


def _is_control(char: str) -> bool:
    return char < " " or "\x7f" <= char <= "\x9f"
