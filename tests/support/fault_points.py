"""The externally visible calls of a command, and the same command stopped at one of them.

strace records the calls of the command's own process; a second strace kills it at the start of one of them, or
makes that call fail. A kill before the next call is the same as a kill after this one.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from conftest import MAIN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

CHANGING = (
    "rename", "renameat", "renameat2", "link", "linkat", "symlink", "symlinkat", "unlink", "unlinkat", "mkdir",
    "mkdirat", "rmdir", "truncate", "ftruncate", "fchmod", "chmod", "utimensat", "fsync",
)  # fmt: skip
"""Calls that change files."""
WRITING = ("write", "pwrite64", "writev")
STARTING = ("clone", "clone3", "vfork", "fork")
SENDING = ("sendto", "sendmsg")
OPENING = ("open", "openat")
ALL = (*CHANGING, *WRITING, *STARTING, *SENDING, *OPENING)
FAILING = (*CHANGING, *WRITING, *OPENING)
"""Calls that fail on a full or read-only disk."""
LINE = re.compile(r"^(\w+)\((.*)$")
PATIENCE = 120


class Point(NamedTuple):
    """A call: its name, its number among the calls of that name, and its text for people."""

    call: str
    number: int
    text: str

    def __str__(self) -> str:
        return f"{self.call} {self.number}: {self.text[:90]}"


class Ended(NamedTuple):
    """The result of a run; the status is negative for a signal."""

    status: int
    err: str


def ours(*words: str) -> list[str]:
    """The words that start our program, without the shell around it."""
    return [sys.executable, "-I", "-S", str(MAIN), *words]


def points(argv: Sequence[str], env: Mapping[str, str], folder: Path, top: Path) -> tuple[list[Point], Ended]:
    """Runs a command once and returns its externally visible calls, in order.

    Args:
        argv: its words.
        env: its whole environment.
        folder: the directory for strace's record.
        top: the directory of all relevant files.
    """
    record = folder / "calls"
    ended = under_strace(
        ["-y", "-s", "80", "-o", str(record), "-e", f"trace={','.join(map('?{}'.format, ALL))}"], argv, env
    )
    seen: Counter[str] = Counter()
    found = []
    for line in record.read_text(errors="replace").splitlines():
        if match := LINE.match(line):
            call, text = match.groups()
            seen[call] += 1
            if _visible(call, text, str(top)):
                found.append(Point(call, seen[call], text))
    return found, ended


def _visible(call: str, text: str, top: str) -> bool:
    if call in SENDING:
        return "NETLINK" not in text
    if call in STARTING:
        return "CLONE_THREAD" not in text
    if call in OPENING:
        return top in text and "O_CREAT" in text
    return top in text


def killed(point: Point, argv: Sequence[str], env: Mapping[str, str]) -> Ended:
    """Runs a command that is killed before this call."""
    return _injected(point, "signal=KILL", argv, env)


def failing(
    point: Point, error: str, argv: Sequence[str], env: Mapping[str, str], *, later: bool = False
) -> Ended:
    """Runs a command in which this call fails, or this one and all later ones of its name."""
    return _injected(point, f"error={error}", argv, env, later="+" if later else "")


def run(argv: Sequence[str], env: Mapping[str, str]) -> Ended:
    """Runs a command without a fault."""
    return _ended(argv, env)


def _injected(
    point: Point, how: str, argv: Sequence[str], env: Mapping[str, str], *, later: str = ""
) -> Ended:
    injection = f"inject={point.call}:{how}:when={point.number}{later}"
    return under_strace(["-o", "/dev/null", "-e", f"trace={point.call}", "-e", injection], argv, env)


def under_strace(
    options: Sequence[str], argv: Sequence[str], env: Mapping[str, str], stdin: bytes = b""
) -> Ended:
    """Runs a command that strace watches; it watches none of the programs that the command starts."""
    return _ended(["strace", "-qq", "-e", "signal=none", *options, *argv], env, stdin)


def _ended(argv: Sequence[str], env: Mapping[str, str], stdin: bytes = b"") -> Ended:
    """Runs it without a terminal, and waits for all processes that it has started."""
    process = subprocess.Popen(
        argv,
        env=dict(env), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        start_new_session=True,
    )  # fmt: skip
    with process:
        err = process.communicate(stdin, timeout=PATIENCE)[1].decode(errors="replace")
    _wait_for_group(process.pid)
    return Ended(process.returncode, err)


def _wait_for_group(group: int) -> None:
    """Waits until the group has no process left: git may continue after its parent was killed."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return
        time.sleep(0.01)
    os.killpg(group, signal.SIGKILL)
    raise TimeoutError("what the command has started does not end")
