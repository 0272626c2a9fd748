"""A process beside the command that this one becomes: it serves the command, and ends with it.

The command keeps our process id, and with it its terminal, its signals, its exit status and its place in the
shell's jobs. The companion is not a child of the command, which would meet it in a wait.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pass_aws.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable


def begin(work: Callable[[int], None]) -> None:
    """Starts the companion, and returns in the process that goes on to become the command.

    Args:
        work: what the companion does, given a descriptor that can be read once the command has ended.

    Raises:
        UserError: this system cannot tell when a process has ended (Linux 5.3 can), or has no room.
    """
    try:
        ended = os.pidfd_open(os.getpid())
        between = os.fork()
        if not between:
            _let_go(ended, work)
        os.waitpid(between, 0)
        os.close(ended)
    except (OSError, AttributeError) as error:
        raise UserError(f"cannot start a server beside the command: {error}") from None


def _let_go(ended: int, work: Callable[[int], None]) -> None:
    """Never returns; forks once more, so that init is the companion's parent, and leaves our session."""
    try:
        os.setsid()
        if os.fork():
            return
        _close_streams()
        work(ended)
    finally:
        os._exit(0)


def _close_streams() -> None:
    """Leaves the command's streams alone; stderr is kept for notices where it is a terminal."""
    nothing = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
    for stream in (0, 1) if os.isatty(2) else (0, 1, 2):
        os.dup2(nothing, stream)
    os.close(nothing)
