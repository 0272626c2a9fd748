"""How a text from outside is shown in a message: short, on one line, harmless to a terminal."""

LONGEST = 60


def shown(text: str) -> str:
    """A text as it may stand in an error message.

    Args:
        text: anything; never a secret.
    """
    cut = text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
    return "".join(letter if letter.isprintable() else _escaped(letter) for letter in cut)


def _escaped(letter: str) -> str:
    return letter.encode("unicode_escape").decode("ascii")


def printable(text: str) -> str:
    """A whole text with what could steer a terminal, or is no text at all, spelled out."""
    return "".join(letter if letter.isprintable() else _escaped(letter) for letter in text)
