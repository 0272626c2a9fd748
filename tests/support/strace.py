"""All programs that a command starts, with their arguments and variables, and all bytes that they write, from strace.

strace records them, however a program is found or started.
"""

from __future__ import annotations

import base64
import os
import re
import subprocess
from functools import cache
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

STRACE = (
    "strace", "-ff", "-qq", "--seccomp-bpf", "-v", "-y", "-s", "1000000", "-e", "signal=none",
    "-ttt", "-e", "trace=execve,execveat,write,pwrite64,writev",
)  # fmt: skip
STARTED = re.compile(r'^execve\("[^"]*", \[(.*?)\], \[(.*)\]\)')
WRITTEN = re.compile(r"^p?write(?:v|64)?\(\d+<(/[^>]*)>(?:\(deleted\))?, (.*)$")
SCREEN = ("/dev/pts/", "/dev/tty", "/dev/null")
MEMORY = "/memfd:"
"""The file that passes plain text to gpg; it has no name, and is never on a disk."""
PIECE = 12
"""A secret is found if this many consecutive characters of it are."""


class Started(NamedTuple):
    """A program: its arguments and variables, in strace's spelling."""

    argv: str
    env: str


class Watched(NamedTuple):
    """The result of a command.

    Args:
        started: the programs that were started, the command itself first.
        files: what was written into files, temporary ones included: path and text.
    """

    status: int
    out: str
    err: str
    started: list[Started]
    files: list[tuple[str, str]]


def watched(argv: Sequence[str], env: Mapping[str, str], folder: Path, stdin: bytes = b"") -> Watched:
    """Runs a command without a terminal, and records the programs that it starts.

    Args:
        argv: its words.
        env: its whole environment.
        folder: an empty directory for strace.
        stdin: what it reads.
    """
    words = [*STRACE, "-o", str(folder / "trace"), *argv]
    done = subprocess.run(
        words,
        env=dict(env),
        input=stdin,
        capture_output=True,
        check=False,
        timeout=120,
        start_new_session=True,
    )
    started, files = [], []
    for line in _in_order(folder):
        assert not line.startswith("execve(0x"), "strace may not read what is started"
        if found := STARTED.match(line):
            started.append(Started(*found.groups()))
        elif (found := WRITTEN.match(line)) and not found[1].startswith((*SCREEN, MEMORY)):
            files.append((found[1], found[2]))
    assert started, done.stderr
    return Watched(done.returncode, done.stdout.decode(), done.stderr.decode(), started, files)


def _in_order(folder: Path) -> list[str]:
    """All lines of all processes by time: process numbers start again at 300, so they do not give the order."""
    timed = []
    for path in folder.glob("trace.*"):
        for line in path.read_text(errors="replace").splitlines():
            time, _, call = line.partition(" ")
            timed.append((float(time), call))
        path.unlink()
    return [call for _, call in sorted(timed, key=itemgetter(0))]


class Secret(NamedTuple):
    """A text that must appear only in certain places.

    Args:
        what: its name in the message of a failing test, which does not show the secret.
        text: the secret.
        key_id: the key id of its session, or empty; the command that got the session may contain the secret.
    """

    what: str
    text: str
    key_id: str = ""

    def forms(self) -> Iterator[str]:
        """The secret in the encodings that programs use."""
        raw = self.text.encode()
        yield from (self.text, quote(self.text, safe=""), raw.hex(), raw.hex().upper(), self.text[::-1])
        yield from (base64.b64encode(raw[at : len(raw) - (len(raw) - at) % 3]).decode() for at in range(3))


@cache
def pattern(secret: Secret) -> re.Pattern[str]:
    """Digits as a separate word; longer secrets also in part, in any encoding."""
    if len(secret.text) < PIECE:
        return re.compile(rf"(?<!\d){secret.text}(?!\d)")
    pieces = {
        form[at : at + PIECE]
        for form in secret.forms()
        for at in (*range(0, len(form) - PIECE, PIECE // 2), len(form) - PIECE)
    }
    return re.compile("|".join(map(re.escape, sorted(pieces))))


def found(secrets: Iterable[Secret], text: str) -> list[str]:
    """The secrets in a text."""
    return [secret.what for secret in secrets if pattern(secret).search(text)]


def contents(*folders: Path) -> Iterator[tuple[Path, str]]:
    """All regular files below some directories, byte for byte."""
    for folder in folders:
        for place, _, names in os.walk(folder):
            for path in (folder / place / name for name in names):
                if path.is_file() and not path.is_symlink():
                    yield path, path.read_bytes().decode("latin-1")


def git_history(store: Path) -> str:
    """Every object of a repository, reachable or not, decompressed."""
    git = ["git", "-C", str(store)]
    log = subprocess.run([*git, "log", "-p", "-a", "--all", "--no-textconv"], capture_output=True, check=True)
    objects = subprocess.run(
        [*git, "cat-file", "--batch", "--batch-all-objects"], capture_output=True, check=True
    )
    return (log.stdout + objects.stdout).decode("latin-1")
