"""Session tags for AssumeRole.

Source: IAM user guide, "Rules for tagging in IAM and AWS STS"; aws-vault for the syntax.
"""

from __future__ import annotations

from pass_aws.text.safe_text import shown

MOST = 50


def tags(text: str) -> tuple[tuple[str, str], ...]:
    """Session tags from `key=value,key=value`; a value may contain `=`, but not a comma."""
    found: dict[str, str] = {}
    folded: set[str] = set()
    for piece in text.split(","):
        key, equals, value = (part.strip() for part in piece.partition("="))
        if not equals:
            raise ValueError(f"{shown(piece)} is not key=value")
        _check_tag(key, value)
        if key.casefold() in folded:
            raise ValueError(f"tag {shown(key)} occurs twice")
        folded.add(key.casefold())
        found[key] = value
    if len(found) > MOST:
        raise ValueError(f"{len(found)} tags, AWS allows {MOST}")
    return tuple(found.items())


def transitive(text: str) -> tuple[str, ...]:
    """Tag keys from `key,key`."""
    keys = tuple(dict.fromkeys(key for key in map(str.strip, text.split(",")) if key))
    for key in keys:
        _check_tag(key, "")
    if len(keys) > MOST:
        raise ValueError(f"{len(keys)} tags, AWS allows {MOST}")
    return keys


def _check_tag(key: str, value: str) -> None:
    if key.casefold().startswith("aws:"):
        raise ValueError(f"tag {shown(key)} begins with aws:, which is reserved for AWS")
    if not 1 <= len(key) <= 128 or len(value) > 256:
        raise ValueError(f"tag {shown(key)}: a key has 1 to 128 characters, a value up to 256")
    odd = [letter for letter in key + value if not (letter.isalnum() or letter in " _.:/=+-@")]
    if odd:
        raise ValueError(f"tag {shown(key)} contains {shown(odd[0])}, which AWS does not allow")
