"""How a hint writes a command, so that a shell runs it as it is printed."""

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
