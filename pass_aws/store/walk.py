"""A walk through the directories of the store, quick for many thousands of entries."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


_Waiting = tuple[str, str, str]
"""A directory behind a link: its path, the names' beginning there, and how they must go on."""


def names(folder: str, suffix: str, warn: Callable[[str], None], *, start: str = "") -> Iterator[str]:
    """The paths of all files with a suffix, relative to the directory and without it.

    What starts with a dot is hidden, as in pass (`.git` with it). Symlinks are followed, after all that is
    reached without them. Each directory is visited once: links to links make no names without end.

    Args:
        folder: may be missing.
        suffix: of the files.
        warn: is told of a name that cannot be read; the others are listed.
        start: only paths that start so are wanted, and other directories are not read.
    """
    walk = _Walk(suffix, warn)
    waiting = [(folder, "", start)]
    while waiting:
        linked: list[_Waiting] = []
        for path, inside, begins in waiting:
            yield from walk.below(path, inside, begins, linked)
        waiting = sorted(linked)


def unreadable(folder: str) -> str:
    """Why a directory cannot be listed; empty where it can."""
    try:
        os.scandir(folder).close()
    except OSError as error:
        return error.strerror or str(error)
    return ""


class _Walk:
    """One walk: it knows where it has been."""

    def __init__(self, suffix: str, warn: Callable[[str], None]) -> None:
        self._suffix, self._warn = suffix, warn
        self._visited: set[tuple[int, int]] = set()

    def below(self, folder: str, inside: str, start: str, linked: list[_Waiting]) -> Iterator[str]:
        """The names in a directory and below it; links to directories are put aside."""
        first, slash, rest = start.partition("/")
        found: Iterable[_Named | os.DirEntry[str]]
        try:
            here = os.stat(folder)
            if (here.st_dev, here.st_ino) in self._visited:
                return
            self._visited.add((here.st_dev, here.st_ino))
            found = _starting(folder, first) if first else list(os.scandir(folder))
        except FileNotFoundError:
            return
        except OSError as error:
            self._warn(f"cannot list {folder}: {error.strerror}")
            return
        for one in found:
            file = one.name
            if file.startswith(".") or (slash and file != first):
                continue
            try:
                entry = not slash and file.endswith(self._suffix) and one.is_file()
                inner = not entry and one.is_dir()
            except OSError as error:  # a link that leads to itself
                self._warn(f"cannot list {folder}/{file}: {error.strerror}")
                continue
            if entry and file.startswith(first, 0, -len(self._suffix)):
                yield inside + file[: -len(self._suffix)]
            elif inner and one.is_symlink():
                linked.append((one.path, f"{inside}{file}/", rest))
            elif inner:
                yield from self.below(one.path, f"{inside}{file}/", rest, linked)


class _Named:
    """One path: as much of os.DirEntry as the walk needs."""

    __slots__ = ("name", "path")

    def __init__(self, folder: str, name: str) -> None:
        self.name, self.path = name, f"{folder}/{name}"

    def is_file(self) -> bool:
        """Whether it is a file, or a link to one."""
        return os.path.isfile(self.path)

    def is_dir(self) -> bool:
        """Whether it is a directory, or a link to one."""
        return os.path.isdir(self.path)

    def is_symlink(self) -> bool:
        """Whether it is a link."""
        return os.path.islink(self.path)


def _starting(folder: str, start: str) -> list[_Named]:
    """What is in a directory and starts so; a DirEntry for each of ten thousand would take longer."""
    return [_Named(folder, name) for name in os.listdir(folder) if name.startswith(start)]
