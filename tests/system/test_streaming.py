"""Promise: what a program prints is handed on line by line, byte for byte, and how it ended is known."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

import pytest

from pass_aws.errors import UserError
from pass_aws.system import streaming

if TYPE_CHECKING:
    from pathlib import Path

ENV = {"PATH": os.environ["PATH"]}


def ran(script: str, *words: str) -> tuple[int, list[str], list[str]]:
    out: list[str] = []
    err: list[str] = []
    code = streaming.run(["/bin/sh", "-c", script, "sh", *words], ENV, out.append, err.append)
    return code, out, err


@pytest.mark.parametrize(
    ("printed", "lines"),
    [
        (r"a\nb\n", ["a\n", "b\n"]),
        (r"a\n\nb", ["a\n", "\n", "b"]),
        (r"\377\r\n\303\244", ["\udcff\r\n", "ä"]),
        ("", []),
    ],
)
def test_lines_of_both_streams(printed: str, lines: list[str]) -> None:
    """Each with its end; a last line may have none; any bytes survive."""
    assert ran(f"printf '{printed}'; printf '{printed}' >&2; exit 3") == (3, lines, lines)


def test_more_than_a_pipe_holds() -> None:
    """Both streams are read while it writes; lines longer than what is read at once stay whole."""
    script = "import sys; [print('x' * 200_000, file=f) for f in (sys.stdout, sys.stderr) * 2]"
    code, out, err = ran('exec "$1" -c "$2"', sys.executable, script)
    assert (code, out, err) == (0, ["x" * 200_000 + "\n"] * 2, ["x" * 200_000 + "\n"] * 2)


def test_a_signal_is_128_and_its_number() -> None:
    """As a shell has it."""
    assert ran("kill -TERM $$")[0] == 128 + signal.SIGTERM


def test_what_it_leaves_running_is_not_waited_for() -> None:
    """A program of its own may keep the pipes; what was said before is handed on all the same."""
    code, out, _ = ran("sleep 1000 & printf $!; exit 5")
    pid = int(out[0])
    os.kill(pid, signal.SIGKILL)  # which fails if it has ended
    assert code == 5


def test_it_may_close_its_output_and_go_on() -> None:
    """Its exit status is still waited for."""
    assert ran("exec >&- 2>&-; sleep 0.2; exit 7") == (7, [], [])


def test_its_surroundings() -> None:
    """Nothing to read, SIGPIPE as in a shell, our process group."""
    script = "cat; ps -o pgid= $$; yes | head -n 1"
    code, out, err = ran(script)
    assert (code, err) == (0, [])
    assert [line.strip() for line in out] == [str(os.getpgrp()), "y"]


def test_what_cannot_be_started(tmp_path: Path) -> None:
    """It is said, and leaves no pipe open."""
    before = set(os.listdir("/proc/self/fd"))
    with pytest.raises(UserError, match="cannot start gone"):
        streaming.run([str(tmp_path / "gone")], ENV, print, print)
    assert set(os.listdir("/proc/self/fd")) <= before
