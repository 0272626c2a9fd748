"""Lists the files in the store's directories, fast for many thousands of entries."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


_Waiting = tuple[str, str, str]
"""A directory behind a symlink: its path, the prefix of its names, and the rest of the start filter."""


def names(folder: str, suffix: str, warn: Callable[[str], None], *, start: str = "") -> Iterator[str]:
    """The paths of all files with a suffix, relative to the directory and without the suffix.

    Names that start with a dot are hidden, as in pass (`.git`, too). Symlinks are followed last. Each
    directory is visited once, so that loops of symlinks do not produce endless names.

    Args:
        folder: may be missing.
        suffix: of the files.
        warn: gets a message about each directory that cannot be read; the others are listed.
        start: only paths that start with this are listed, and other directories are not read.
    """
    walk = _Walk(suffix, warn)
    waiting = [(folder, "", start)]
    while waiting:
        linked: list[_Waiting] = []
        for path, inside, begins in waiting:
            yield from walk.below(path, inside, begins, linked)
        waiting = sorted(linked)


def unreadable(folder: str) -> str:
    """Why a directory cannot be listed; empty if it can."""
    try:
        os.scandir(folder).close()
    except OSError as error:
        return error.strerror or str(error)
    return ""


class _Walk:
    """A traversal that remembers the visited directories."""

    def __init__(self, suffix: str, warn: Callable[[str], None]) -> None:
        self._suffix, self._warn = suffix, warn
        self._visited: set[tuple[int, int]] = set()

    def below(self, folder: str, inside: str, start: str, linked: list[_Waiting]) -> Iterator[str]:
        """The names in a directory and below it; symlinks to directories are saved for later."""
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
            except OSError as error:  # a symlink to itself
                self._warn(f"cannot list {folder}/{file}: {error.strerror}")
                continue
            if entry and file.startswith(first, 0, -len(self._suffix)):
                yield inside + file[: -len(self._suffix)]
            elif inner and one.is_symlink():
                linked.append((one.path, f"{inside}{file}/", rest))
            elif inner:
                yield from self.below(one.path, f"{inside}{file}/", rest, linked)


class _Named:
    """A path with the methods of os.DirEntry that the traversal needs."""

    __slots__ = ("name", "path")

    def __init__(self, folder: str, name: str) -> None:
        self.name, self.path = name, f"{folder}/{name}"

    def is_file(self) -> bool:
        """Whether it is a file, or a symlink to one."""
        return os.path.isfile(self.path)

    def is_dir(self) -> bool:
        """Whether it is a directory, or a symlink to one."""
        return os.path.isdir(self.path)

    def is_symlink(self) -> bool:
        """Whether it is a symlink."""
        return os.path.islink(self.path)


def _starting(folder: str, start: str) -> list[_Named]:
    """The names in a directory with a prefix; faster than a DirEntry for each of ten thousand."""
    return [_Named(folder, name) for name in os.listdir(folder) if name.startswith(start)]
