"""JSON objects in answers of other programs and servers; no error contains their text."""

from __future__ import annotations

import json
from typing import Any


def read(text: bytes | str) -> dict[str, Any]:
    """The JSON object that a text consists of.

    Raises:
        ValueError: it is something else.
    """
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):  # from None: the exception holds the whole text
        raise ValueError("it is not JSON") from None
    return one(found, "it is not a JSON object")


def one(value: object, otherwise: str) -> dict[str, Any]:
    """A value, if it is an object.

    Raises:
        ValueError: with the text `otherwise`.
    """
    if not isinstance(value, dict):
        raise ValueError(otherwise)  # noqa: TRY004 - callers handle one kind
    return value


def many(value: object, name: str) -> list[dict[str, Any]]:
    """A value, if it is a list of objects.

    Raises:
        ValueError: it is not; with its name.
    """
    if not isinstance(value, list):
        raise ValueError(f"{name} is not a list")  # noqa: TRY004 - callers handle one kind
    return [one(each, f"{name} is not a list of objects") for each in value]
