"""A command that is killed, or whose disk fails, directly before one of its system calls, with strace."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

from conftest import MAIN

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

CHANGING = "fsync,rename,renameat,renameat2,unlink,unlinkat,rmdir,mkdir,mkdirat,ftruncate,fchmod,fchown"
"""The calls that change something lasting."""
CALL = re.compile(r"^(\w+)\(")


def under_strace(
    words: Sequence[str], *options: str, stdin: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    """Runs our program, traced itself, but not the programs that it starts."""
    return subprocess.run(
        ["strace", "-qq", "-e", "signal=none", *options, sys.executable, "-I", "-S", str(MAIN), *words],
        input=stdin,
        env=dict(os.environ),
        capture_output=True,
        check=False,
        timeout=120,
        start_new_session=True,
    )


def calls(words: Sequence[str], log: Path, stdin: bytes = b"") -> list[str]:
    """The names of the changing calls of a successful run, in order."""
    done = under_strace(words, "-e", f"trace={CHANGING}", "-o", str(log), stdin=stdin)
    assert done.returncode == 0, done.stderr
    return [found[1] for line in log.read_text().splitlines() if (found := CALL.match(line))]


def points(names: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Each call, with its name and its number among the calls of that name, counted from one."""
    for at, name in enumerate(names):
        yield name, names[: at + 1].count(name)


def killed(words: Sequence[str], point: tuple[str, int], log: Path, stdin: bytes = b"") -> None:
    """Runs the program and kills it right before a call."""
    name, number = point
    inject = f"inject={name}:signal=SIGKILL:when={number}"
    done = under_strace(words, "-e", f"trace={name}", "-e", inject, "-o", str(log), stdin=stdin)
    assert done.returncode in (137, -9), (point, done.returncode, done.stderr)


def failing(
    words: Sequence[str], point: tuple[str, int], error: str, log: Path, stdin: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    """Runs the program; a call and all later ones of its name fail."""
    name, number = point
    inject = f"inject={name}:error={error}:when={number}+"
    return under_strace(words, "-e", f"trace={name}", "-e", inject, "-o", str(log), stdin=stdin)
