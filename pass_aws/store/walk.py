"""A walk through the folders of the store, quick for many thousands of entries."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


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
    found: Iterable[_Named | os.DirEntry[str]]
    try:
        here = os.stat(folder)
        found = _starting(folder, first) if first else list(os.scandir(folder))
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


class _Named:
    """One path: as much of os.DirEntry as the walk needs."""

    __slots__ = ("name", "path")

    def __init__(self, folder: str, name: str) -> None:
        self.name, self.path = name, f"{folder}/{name}"

    def is_file(self) -> bool:
        """Whether it is a file, or a link to one."""
        return os.path.isfile(self.path)

    def is_dir(self) -> bool:
        """Whether it is a folder, or a link to one."""
        return os.path.isdir(self.path)


def _starting(folder: str, start: str) -> list[_Named]:
    """What is in a folder and starts so; a DirEntry for each of ten thousand would take longer."""
    return [_Named(folder, name) for name in os.listdir(folder) if name.startswith(start)]
