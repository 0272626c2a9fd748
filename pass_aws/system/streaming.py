"""Runs programs and passes on their output line by line.

They are started without sh, whose fork and threads cost more than a program that answers from a ticket.
"""

from __future__ import annotations

import os
import select
from signal import SIGPIPE, SIGXFSZ
from typing import TYPE_CHECKING

from pass_aws.errors import UserError
from pass_aws.text.safe_text import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Taker = Callable[[str], None]

CHUNK = 1 << 16
QUIET = 500
"""Milliseconds without output, after which a program may have ended and left its pipes to others."""


def run(argv: Sequence[str], env: Mapping[str, str], out: Taker, err: Taker) -> int:
    """Runs a program with empty input, in our process group, so that it may ask on the terminal.

    Args:
        argv: the program's absolute path, and its arguments.
        env: its whole environment.
        out: gets each line of stdout with its line end; bytes that are not UTF-8 are surrogates.
        err: gets each line of stderr in the same form.

    Returns:
        Its exit status; 128 plus the number for a signal.

    Raises:
        UserError: it does not exist or cannot be started.
    """
    pid, reading = _started(argv, env)
    takers = dict(zip(reading, (out, err), strict=True))
    status = None
    try:
        status = _passed_on(pid, takers)
    finally:
        for pipe in reading:
            os.close(pipe)
        if status is None:
            status = os.waitpid(pid, 0)[1]
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


def _started(argv: Sequence[str], env: Mapping[str, str]) -> tuple[int, list[int]]:
    """The program's process id, and the pipes of its output and errors."""
    nothing = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
    pipes = [os.pipe(), os.pipe()]
    streams = [nothing, *(writing for _, writing in pipes)]
    try:
        actions = [(os.POSIX_SPAWN_DUP2, fd, number) for number, fd in enumerate(streams)]
        pid = os.posix_spawn(argv[0], list(argv), env, file_actions=actions, setsigdef=(SIGPIPE, SIGXFSZ))
    except (OSError, ValueError):
        for reading, _ in pipes:
            os.close(reading)
        raise UserError(
            f"cannot start {shown(argv[0].rpartition('/')[2])}",
            hint="check the limits of processes and files",
        ) from None
    finally:
        for fd in streams:
            os.close(fd)
    return pid, [reading for reading, _ in pipes]


def _passed_on(pid: int, takers: Mapping[int, Taker]) -> int | None:
    """Passes on the output until both pipes end; the wait status, if the program has left them to others."""
    poll, rests = select.poll(), dict.fromkeys(takers, b"")
    for pipe in takers:
        poll.register(pipe, select.POLLIN)
    status = None
    while rests and status is None:
        ready = poll.poll(QUIET)
        if not ready and (ended := os.waitpid(pid, os.WNOHANG))[0]:
            status = ended[1]
        for pipe, _ in ready:
            chunk = os.read(pipe, CHUNK)
            *lines, rests[pipe] = (rests[pipe] + chunk).split(b"\n")
            for line in lines:
                takers[pipe](_text(line + b"\n"))
            if not chunk:
                poll.unregister(pipe)
                _pass_on_rest(rests.pop(pipe), takers[pipe])
    for pipe, rest in rests.items():
        _pass_on_rest(rest, takers[pipe])
    return status


def _pass_on_rest(rest: bytes, taker: Taker) -> None:
    if rest:
        taker(_text(rest))


def _text(line: bytes) -> str:
    return line.decode("utf-8", "surrogateescape")
