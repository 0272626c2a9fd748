"""The door to shells on a new terminal, to see what a user would see."""

from __future__ import annotations

import os
import select
import signal
import time
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

PATIENCE = 60.0
"""Seconds without output after which a shell is ended."""
ENOUGH = 1 << 18
"""The maximum number of characters of output."""


def typed(argv: Sequence[str], env: Mapping[str, str], steps: Iterable[tuple[str, str]]) -> str:
    """Starts a program on a new terminal, types input, and returns the output.

    Args:
        argv: the program and its arguments.
        env: its whole environment.
        steps: the text to wait for, and the input to type; an empty input ends the session.
    """
    ours, theirs = os.openpty()
    name = os.ttyname(theirs)
    inward = [(os.POSIX_SPAWN_OPEN, 0, name, os.O_RDWR, 0), *((os.POSIX_SPAWN_DUP2, 0, fd) for fd in (1, 2))]
    try:
        child = os.posix_spawnp(argv[0], tuple(argv), env, file_actions=inward, setsid=True)
    finally:
        os.close(theirs)
    try:
        return _talk(ours, steps)
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(ours)


def said(
    argv: Sequence[str], env: Mapping[str, str], end: str = "", patience: float = PATIENCE
) -> str | None:
    """What a program prints that has neither terminal nor input, and so can ask nobody.

    Args:
        argv: the program, by its path, and its arguments.
        env: its whole environment.
        end: a text after which it is not waited for any more.
        patience: seconds that it has.

    Returns:
        None where it did not end in time. It is killed then, with what it has started.
    """
    reading, writing = os.pipe2(os.O_CLOEXEC)
    streams = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_DUP2, writing, 1),
        (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
    ]
    try:
        child = os.posix_spawn(argv[0], tuple(argv), env, file_actions=streams, setsid=True)
    except OSError:
        os.close(reading)
        return ""
    finally:
        os.close(writing)
    try:
        return _until(reading, end, time.monotonic() + patience)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(reading)


def _until(stream: int, end: str, last: float) -> str | None:
    seen = ""
    while len(seen) < ENOUGH and not (end and end in seen):
        if not select.select([stream], [], [], max(last - time.monotonic(), 0))[0]:
            return None
        more = os.read(stream, 4096)
        if not more:
            break
        seen += more.decode(errors="replace")
    return seen


def _talk(terminal: int, steps: Iterable[tuple[str, str]]) -> str:
    seen, answered = "", 0
    for awaited, text in steps:
        while awaited not in seen[answered:]:
            more = _read(terminal)
            seen += more
            if not more or len(seen) > ENOUGH:
                return seen
        answered = len(seen)
        os.write(terminal, text.encode())
    return seen


def _read(terminal: int) -> str:
    """The next output; empty at the end, and after PATIENCE."""
    if not select.select([terminal], [], [], PATIENCE)[0]:
        return ""
    try:
        return os.read(terminal, 4096).decode(errors="replace")
    except OSError:  # Linux returns EIO when the last program has closed the terminal
        return ""
