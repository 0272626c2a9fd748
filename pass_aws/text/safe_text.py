"""Makes external text safe for a message: short, on one line, without terminal control characters."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST = 80
MOST = 20

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def shown(text: str) -> str:
    """A text made safe for a message: cut to a maximum length, escaped.

    Args:
        text: anything; never a secret.
    """
    cut = text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
    return printable(cut)


def printable(text: str) -> str:
    """The whole text, with control characters and undecodable bytes escaped."""
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else _escaped(letter) for letter in text)


def _escaped(letter: str) -> str:
    return letter.encode("unicode_escape").decode("ascii")


def has_control(text: str) -> bool:
    """Whether a text contains a control character; newline and tab are control characters."""
    return bool(_CONTROL.search(text))


def listed(faults: Iterable[str]) -> str:
    """Several errors in one line, each once."""
    each = list(dict.fromkeys(faults))
    more = [f"and {len(each) - MOST} more"] if len(each) > MOST else []
    return "; ".join([*each[:MOST], *more])
