"""Command lines as a shell reads them: how a hint writes one, and how a line of a file is taken apart."""

from __future__ import annotations

import shlex


def command(*words: str) -> str:
    """A command line: each word stays one word, whatever somebody named a profile, an entry or a file.

    Args:
        words: the program and its arguments, as they are.
    """
    return shlex.join(words)


def quote(word: str) -> str:
    """One word of a command line."""
    return shlex.quote(word)


def split(line: str) -> list[str]:
    """The words of a command line; nothing in it is run or replaced.

    Raises:
        ValueError: a quote is not closed.
    """
    return shlex.split(line)
