"""A walk through the folders of the store, quick for many thousands of entries."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def names(
    folder: str,
    suffix: str,
    warn: Callable[[str], None],
    *,
    start: str = "",
    above: frozenset[tuple[int, int]] = frozenset(),
) -> Iterator[str]:
    """The paths of all files with a suffix, relative to the folder and without it; symlinks are followed.

    What starts with a dot is hidden, as in pass (`.git` with it).

    Args:
        folder: may be missing.
        suffix: of the files.
        warn: is told of a folder that cannot be read; the others are walked.
        start: only paths that start so are wanted, and other folders are not read.
        above: the folders on the way here: a symlink that leads back to one of them is not followed.
    """
    first, slash, rest = start.partition("/")
    try:
        here = os.stat(folder)
        found = [one for one in os.scandir(folder) if one.name.startswith(first)]
    except FileNotFoundError:
        return
    except OSError as error:
        warn(f"cannot list {folder}: {error.strerror}")
        return
    if (here.st_dev, here.st_ino) in above:
        return
    below = above | {(here.st_dev, here.st_ino)}
    for one in found:
        file = one.name
        if file.startswith(".") or (slash and file != first):
            continue
        if not slash and file.endswith(suffix) and one.is_file():
            if file.startswith(first, 0, -len(suffix)):
                yield file[: -len(suffix)]
        elif one.is_dir():
            for path in names(one.path, suffix, warn, start=rest, above=below):
                yield f"{file}/{path}"
