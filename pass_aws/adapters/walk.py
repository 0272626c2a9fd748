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
    name: str = "",
    above: frozenset[tuple[int, int]] = frozenset(),
) -> Iterator[str]:
    """The paths of all files with a suffix, relative to the folder and without it; symlinks are followed.

    What starts with a dot is hidden, as in pass (`.git` with it).

    Args:
        folder: may be missing.
        suffix: of the files.
        warn: is told of a folder that cannot be read; the others are walked.
        name: what every path begins with.
        above: the folders on the way here: a symlink that leads back to one of them is not followed.
    """
    try:
        here = os.stat(folder)
        found = list(os.scandir(folder))
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
        if file.startswith("."):
            continue
        if file.endswith(suffix) and one.is_file():
            yield name + file[: -len(suffix)]
        elif one.is_dir():
            yield from names(one.path, suffix, warn, name=f"{name}{file}/", above=below)
