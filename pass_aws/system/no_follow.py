"""Taking things away below a folder of ours, never through a link that somebody may have planted there."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

TOP = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC


@contextmanager
def opened(top: str, *parts: str) -> Iterator[int]:
    """A descriptor of a folder below `top`, for calls that take a `dir_fd`.

    Args:
        top: may be a link itself.
        parts: names of folders, each in the one before.

    Raises:
        OSError: a part is missing, or is no folder but a link to one.
    """
    folder = os.open(top, TOP)
    try:
        for part in parts:
            outer, folder = folder, os.open(part, TOP | os.O_NOFOLLOW, dir_fd=folder)
            os.close(outer)
        yield folder
    finally:
        os.close(folder)


def unlink(names: Iterable[str], top: str, *parts: str) -> int:
    """Removes files from a folder; returns how many were there."""
    gone = 0
    with suppress(OSError), opened(top, *parts) as folder:
        for name in names:
            with suppress(OSError):
                os.unlink(name, dir_fd=folder)
                gone += 1
    return gone


def remove(top: str, *parts: str) -> None:
    """Removes the last of these folders with all that is in it, as far as that can be done."""
    with suppress(OSError), opened(top, *parts[:-1]) as folder:
        shutil.rmtree(parts[-1], ignore_errors=True, dir_fd=folder)
