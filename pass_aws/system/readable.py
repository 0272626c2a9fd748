"""Waits until a terminal or a pipe can be read; Python handles signals meanwhile."""

from __future__ import annotations

import select
import time

LOOK = 0.25
"""Seconds between two looks for signals.

A signal interrupts only a system call that has begun. If it arrives a moment earlier, Python handles it after
the call: a read without a time limit would then ignore Ctrl-C until the user types something.
"""


def wait(file: int, seconds: float | None = None) -> bool:
    """Waits until a read of this descriptor does not block; False if the time is over.

    Args:
        file: its number.
        seconds: the time limit, kept to within LOOK; None for a person, who may take any time.
    """
    poll = select.poll()
    poll.register(file, select.POLLIN)
    end = None if seconds is None else time.monotonic() + seconds
    while not poll.poll(LOOK * 1000):
        if end is not None and time.monotonic() >= end:
            return False
    return True
