"""Our own stdin, stdout and stderr, which may be closed, full, or without a reader."""

from __future__ import annotations

import errno
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO

MODES = {"stdin": os.O_RDONLY, "stdout": os.O_RDONLY, "stderr": os.O_WRONLY}
"""Modes of /dev/null in place of a closed stream: stdin is empty, stdout fails, stderr is dropped."""
TROUBLES = (errno.EPIPE, errno.EBADF, errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
"""The errors of a write to an open file, pipe or terminal."""


def prepare() -> None:
    """Replaces closed streams, so that no other file gets their numbers; lets any text be printed."""
    for number, (name, mode) in enumerate(MODES.items()):
        if getattr(sys, name) is None:
            fd = os.open(os.devnull, mode)
            if fd != number:
                os.dup2(fd, number, inheritable=False)
                os.close(fd)
            setattr(sys, name, open(number, "r" if name == "stdin" else "w", closefd=False))  # noqa: SIM115
    unicode = sys.stdout.encoding.lower() == "utf-8"
    sys.stdout.reconfigure(errors="surrogateescape" if unicode else "backslashreplace")  # type: ignore[union-attr]


def say(text: str) -> None:
    """Writes a line to stderr; ignores a failure to write."""
    try:
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()
    except OSError:
        forget(sys.stderr, 2)


def is_trouble(error: Exception) -> bool:
    """Whether an uncaught error came from writing to stdout."""
    return isinstance(error, OSError) and error.filename is None and error.errno in TROUBLES


def flushed() -> OSError | None:
    """Flushes stdout; returns the error, if any. Nothing remains that could fail when Python exits."""
    try:
        sys.stdout.flush()
    except OSError as error:
        forget(sys.stdout, 1)
        return error
    return None


def forget(stream: TextIO, number: int) -> None:
    """Drops unwritten output, and all later output."""
    fd = os.open(os.devnull, os.O_WRONLY)
    os.dup2(fd, number)
    os.close(fd)
    stream.flush()
