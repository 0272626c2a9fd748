"""How a text from outside stands in a message: short, on one line, harmless to a terminal."""

import re

LONGEST = 60

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
