"""How texts from outside stand in a message: short, on one line, harmless to a terminal."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST = 80
MOST = 20

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def shown(text: str) -> str:
    """A text as it may stand in a message.

    Args:
        text: anything; never a secret.
    """
    cut = text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
    return printable(cut)


def printable(text: str) -> str:
    """A whole text with what could steer a terminal, or is no text at all, spelled out."""
    return "".join(letter if letter.isprintable() else _escaped(letter) for letter in text)


def _escaped(letter: str) -> str:
    return letter.encode("unicode_escape").decode("ascii")


def has_control(text: str) -> bool:
    """Whether a text holds a control character, newline and tab among them."""
    return bool(_CONTROL.search(text))


def listed(faults: Iterable[str]) -> str:
    """Everything that is wrong, each once, in one line."""
    each = list(dict.fromkeys(faults))
    more = [f"and {len(each) - MOST} more"] if len(each) > MOST else []
    return "; ".join([*each[:MOST], *more])
