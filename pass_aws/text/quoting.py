"""Command lines as a shell reads them: quotes commands for hints, and splits lines of files."""

from __future__ import annotations

import shlex


def command(*words: str) -> str:
    """A command line in which each word stays one word, whatever the names of profiles, entries or files are.

    Args:
        words: the program and its arguments, unquoted.
    """
    return shlex.join(words)


def quote(word: str) -> str:
    """Quotes one word of a command line."""
    return shlex.quote(word)


def split(line: str) -> list[str]:
    """Splits a command line into words, without running or expanding anything.

    Raises:
        ValueError: a quote is not closed.
    """
    return shlex.split(line)
