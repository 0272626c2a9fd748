"""A process that serves the command that we become, and ends with it.

The command keeps our process id, and so its terminal, its signals, its exit status and its place in the
shell's jobs. The companion is not a child of the command, which could wait for it by accident.
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
        work: what the companion does; it gets a descriptor that becomes readable when the command ends.

    Raises:
        UserError: this system cannot report the end of a process (Linux 5.3 can), or its limits are reached.
    """
    try:
        ended = os.pidfd_open(os.getpid())
        between = os.fork()
        if not between:
            _let_go(ended, work)
        os.waitpid(between, 0)
        os.close(ended)
    except (OSError, AttributeError) as error:
        raise UserError(
            f"cannot start the command's server: {error}", hint="omit --server: the command gets a session"
        ) from None


def _let_go(ended: int, work: Callable[[int], None]) -> None:
    """Does not return; forks again, so that init becomes the companion's parent, and leaves our session."""
    try:
        os.setsid()
        if os.fork():
            return
        _close_streams()
        work(ended)
    finally:
        os._exit(0)


def _close_streams() -> None:
    """Closes the command's streams; keeps stderr for notices if it is a terminal."""
    nothing = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
    for stream in (0, 1) if os.isatty(2) else (0, 1, 2):
        os.dup2(nothing, stream)
    os.close(nothing)
