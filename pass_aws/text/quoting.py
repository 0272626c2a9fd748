"""How a hint writes a command, so that a shell runs it as it is printed."""

from __future__ import annotations

from shlex import join, quote


def command(*words: str) -> str:
    """A command line: each word stays one word, whatever somebody named a profile, an entry or a file.

    Args:
        words: the program and its arguments, as they are.
    """
    return join(words)


def quoted(word: str) -> str:
    """One word of a command line."""
    return quote(word)
