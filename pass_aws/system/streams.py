"""Our own stdin, stdout and stderr, which may be closed, full, or read by nobody any more."""

from __future__ import annotations

import errno
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO

MODES = {"stdin": os.O_RDONLY, "stdout": os.O_RDONLY, "stderr": os.O_WRONLY}
"""How /dev/null stands for a closed stream: nothing to read, no way to write an answer, complaints vanish."""
TROUBLES = (errno.EPIPE, errno.EBADF, errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
"""What writing to a file, a pipe or a terminal that is open already can end in."""


def prepare() -> None:
    """Fills closed streams' places, whose numbers the next files would get; lets any name be printed."""
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
    """Writes a line to stderr; where nobody can read it, the work goes on."""
    try:
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()
    except OSError:
        forget(sys.stderr, 2)


def is_trouble(error: Exception) -> bool:
    """Whether an error that nobody has caught came from writing to stdout."""
    return isinstance(error, OSError) and error.filename is None and error.errno in TROUBLES


def flushed() -> OSError | None:
    """Lets the answer out; returns what went wrong. Nothing is left for Python to fail with at its end."""
    try:
        sys.stdout.flush()
    except OSError as error:
        forget(sys.stdout, 1)
        return error
    return None


def forget(stream: TextIO, number: int) -> None:
    """Drops what could not be written, and will be."""
    fd = os.open(os.devnull, os.O_WRONLY)
    os.dup2(fd, number)
    os.close(fd)
    stream.flush()
