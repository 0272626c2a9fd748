"""The door to the files of an installation: a list with their sums says which are ours."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pass_aws.system import atomic_files

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class File(NamedTuple):
    """One file to be: its absolute path, what it holds, its permissions."""

    path: str
    content: bytes
    mode: int


class Removal(NamedTuple):
    """What an uninstall did.

    Args:
        removed: paths of files.
        kept: paths of those that stay because somebody changed them.
        line: a line was taken out of a user's file.
    """

    removed: list[str]
    kept: list[str]
    line: bool = False


class Installed:
    """What an install has put on this system.

    The list holds `SHA256  PATH` lines, as sha256sum writes them, and `folder  PATH` for each folder made.

    Args:
        manifest: where the list lies.
        destdir: stands before every path on disk and is in no list; for packagers.
    """

    def __init__(self, manifest: str, destdir: str = "") -> None:
        self._manifest = manifest
        self._destdir = destdir

    def holds(self, path: str) -> bool:
        """Whether an install put a file there."""
        return any(listed == path for _, listed in self._lines())

    def files(self) -> list[str]:
        """The files that installs have put there."""
        return sorted(path for content, path in self._lines() if content != "folder")

    def foreign(self, files: Iterable[File]) -> list[str]:
        """Which of these paths hold something that we did not put there."""
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
        """Writes the files, and takes away those of an earlier install that are no longer among them.

        While it works the list names the old files and the new: killed at any point, it can be run again.

        Raises:
            OSError: a folder or file cannot be written.
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
        """Takes all of it away, and the folders made for it that are empty then."""
        lines = self._lines()
        removal = self._remove({line for line in lines if line[0] != "folder"})
        Path(self._on_disk(self._manifest)).unlink(missing_ok=True)
        for _, folder in sorted((line for line in lines if line[0] == "folder"), reverse=True):
            try:
                Path(self._on_disk(folder)).rmdir()
            except OSError:  # gone already, or others have files in it
                continue
        return removal

    def _remove(self, lines: Iterable[tuple[str, str]]) -> Removal:
        """Takes away the listed files, except those that hold something else now."""
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
        """The sum of what lies there; empty if there is nothing that can be read."""
        try:
            return _sum(Path(self._on_disk(path)).read_bytes())
        except OSError:
            return ""

    def _make_folders(self, folder: str) -> list[str]:
        """Makes a folder and what lies above it, readable for all; returns those it made."""
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
    """Takes such a line out again, and the file with it if nothing else is in it and it is no link.

    Returns:
        Whether it was there.

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
    """A file that we ship; empty if there is none."""
    path = shipped_path(source)
    return Path(path).read_bytes() if path else b""


def shipped_path(source: str) -> str:
    """Where a file that we ship is, in the checkout or inside the installed package; empty if nowhere."""
    package = Path(__file__).resolve().parent.parent
    there = (str(folder / source) for folder in (package, package.parent) if (folder / source).is_file())
    return next(there, "")
