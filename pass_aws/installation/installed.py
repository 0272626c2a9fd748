"""The door to installed files: a list with their checksums says which are ours."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pass_aws.system import atomic_files

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class File(NamedTuple):
    """A file to install: its absolute path, content, permissions."""

    path: str
    content: bytes
    mode: int


class Removal(NamedTuple):
    """The result of an uninstall.

    Args:
        removed: paths of removed files.
        kept: paths of files that were kept because they were changed.
        line: whether a line was removed from a user's file.
    """

    removed: list[str]
    kept: list[str]
    line: bool = False


class Installed:
    """The installed files on this system.

    The list has `SHA256  PATH` lines, as sha256sum writes them, and `folder  PATH` for each new directory.

    Args:
        manifest: the path of the list.
        destdir: a prefix of every path on disk, which is not in the list; for packagers.
    """

    def __init__(self, manifest: str, destdir: str = "") -> None:
        self._manifest = manifest
        self._destdir = destdir

    def holds(self, path: str) -> bool:
        """Whether an install has written this file."""
        return any(listed == path for _, listed in self._lines())

    def files(self) -> list[str]:
        """The files that installs have written."""
        return sorted(path for content, path in self._lines() if content != "folder")

    def foreign(self, files: Iterable[File]) -> list[str]:
        """Those of these paths that exist but were not installed by us."""
        lines = self._lines()
        found = {file.path: self._sum_at(file.path) for file in files}
        return [
            file.path
            for file in files
            if os.path.lexists(self._on_disk(file.path))
            and found[file.path] != _sum(file.content)
            and (found[file.path], file.path) not in lines
        ]

    def place(self, files: Sequence[File]) -> None:
        """Writes the files, and removes files of an earlier install that are no longer needed.

        Meanwhile the list names the old and the new files, so a killed run can be repeated.

        Raises:
            OSError: a directory or file cannot be written.
        """
        old = self._lines()
        new = {(_sum(file.content), file.path) for file in files}
        new |= {line for line in old if line[0] == "folder"}
        for path in (self._manifest, *(file.path for file in files)):
            new |= {("folder", made) for made in self._make_folders(os.path.dirname(path))}
        self._list(old | new)
        for file in files:
            atomic_files.write(self._on_disk(file.path), file.content, file.mode)
        gone = {path for _, path in old} - {path for _, path in new}
        self._remove(line for line in old if line[1] in gone)
        self._list(new)

    def remove(self) -> Removal:
        """Removes all files, and the directories made for them if these are then empty."""
        lines = self._lines()
        removal = self._remove({line for line in lines if line[0] != "folder"})
        Path(self._on_disk(self._manifest)).unlink(missing_ok=True)
        for _, folder in sorted((line for line in lines if line[0] == "folder"), reverse=True):
            try:
                Path(self._on_disk(folder)).rmdir()
            except OSError:  # already removed, or not empty
                continue
        return removal

    def _remove(self, lines: Iterable[tuple[str, str]]) -> Removal:
        """Removes the listed files, except those whose content has changed."""
        sums: dict[str, set[str]] = {}
        for content, path in lines:
            sums.setdefault(path, set()).add(content)
        found = {path: self._sum_at(path) for path in sorted(sums)}
        ours = [path for path, content in found.items() if content in sums[path]]
        for path in ours:
            Path(self._on_disk(path)).unlink()
        return Removal(ours, [path for path, content in found.items() if content and path not in ours])

    def _on_disk(self, path: str) -> str:
        return self._destdir + path

    def _sum_at(self, path: str) -> str:
        """The checksum of a file; empty if it does not exist or cannot be read."""
        try:
            return _sum(Path(self._on_disk(path)).read_bytes())
        except OSError:
            return ""

    def _make_folders(self, folder: str) -> list[str]:
        """Creates a directory and its missing parents, readable for all; returns the new ones."""
        made = []
        while folder not in ("", "/") and not Path(self._on_disk(folder)).is_dir():
            made.append(folder)
            folder = os.path.dirname(folder)
        for path in reversed(made):
            Path(self._on_disk(path)).mkdir(parents=True)  # the destdir itself may be missing
            Path(self._on_disk(path)).chmod(0o755)
        return made

    def _lines(self) -> set[tuple[str, str]]:
        try:
            text = Path(self._on_disk(self._manifest)).read_text(errors="surrogateescape")
        except (FileNotFoundError, NotADirectoryError):
            return set()
        split = (line.partition("  ") for line in text.splitlines())
        return {(kind, path) for kind, _, path in split}

    def _list(self, lines: Iterable[tuple[str, str]]) -> None:
        text = "".join(f"{kind}  {path}\n" for kind, path in sorted(lines, key=lambda line: line[::-1]))
        atomic_files.write(self._on_disk(self._manifest), text.encode(errors="surrogateescape"), 0o644)


def _sum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def append_line(path: str, line: str) -> None:
    """Adds a line at the end of a user's file, through a symlink, unless it has that line.

    Raises:
        OSError: it cannot be read or written.
    """
    old = _text(path)
    if line not in old.splitlines():
        _rewrite(path, old + ("" if not old or old.endswith("\n") else "\n") + line + "\n")


def remove_line(path: str, line: str) -> bool:
    """Removes this line, and the file, too, if it is then empty and not a symlink.

    Returns:
        Whether the line existed.

    Raises:
        OSError: it cannot be read or written.
    """
    old = _text(path)
    new = "".join(kept for kept in old.splitlines(keepends=True) if kept.rstrip("\n") != line)
    if old and not new and not Path(path).is_symlink():
        Path(path).unlink()
    elif old != new:
        _rewrite(path, new)
    return old != new


def _text(path: str) -> str:
    try:
        return Path(path).read_bytes().decode(errors="surrogateescape")
    except FileNotFoundError:
        return ""


def _rewrite(path: str, text: str) -> None:
    real = os.path.realpath(path)
    mode = Path(real).stat().st_mode & 0o777 if os.path.exists(real) else 0o644
    atomic_files.write(real, text.encode(errors="surrogateescape"), mode)


def shipped(source: str) -> bytes:
    """The content of a shipped file; empty if there is none."""
    path = shipped_path(source)
    return Path(path).read_bytes() if path else b""


def shipped_path(source: str) -> str:
    """The path of a shipped file, in the checkout or the installed package; empty if there is none."""
    package = Path(__file__).resolve().parent.parent
    there = (str(folder / source) for folder in (package, package.parent) if (folder / source).is_file())
    return next(there, "")
