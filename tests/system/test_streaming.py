"""The output of a program is passed on line by line, byte for byte, with its exit status."""

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
    """Each line has its end; a last line may have none; any bytes are kept."""
    assert ran(f"printf '{printed}'; printf '{printed}' >&2; exit 3") == (3, lines, lines)


def test_output_larger_than_a_pipe() -> None:
    """Both streams are read while the program writes, and long lines are not split."""
    script = "import sys; [print('x' * 200_000, file=f) for f in (sys.stdout, sys.stderr) * 2]"
    code, out, err = ran('exec "$1" -c "$2"', sys.executable, script)
    assert (code, out, err) == (0, ["x" * 200_000 + "\n"] * 2, ["x" * 200_000 + "\n"] * 2)


def test_a_signal_is_128_and_its_number() -> None:
    """As in a shell, a signal is 128 plus its number."""
    assert ran("kill -TERM $$")[0] == 128 + signal.SIGTERM


def test_background_processes_are_not_waited_for() -> None:
    """A background process may keep the pipes open; earlier output is passed on nevertheless."""
    code, out, _ = ran("sleep 1000 & printf $!; exit 5")
    pid = int(out[0])
    os.kill(pid, signal.SIGKILL)  # fails if the process has ended
    assert code == 5


def test_a_program_may_close_its_output_early() -> None:
    """The exit status is waited for nevertheless."""
    assert ran("exec >&- 2>&-; sleep 0.2; exit 7") == (7, [], [])


def test_stdin_signals_and_process_group() -> None:
    """stdin is empty, SIGPIPE is as in a shell, the process group is ours."""
    script = "cat; ps -o pgid= $$; yes | head -n 1"
    code, out, err = ran(script)
    assert (code, err) == (0, [])
    assert [line.strip() for line in out] == [str(os.getpgrp()), "y"]


def test_a_program_that_cannot_be_started(tmp_path: Path) -> None:
    """The error is reported, and no pipe is left open."""
    before = set(os.listdir("/proc/self/fd"))
    with pytest.raises(UserError, match="cannot start gone"):
        streaming.run([str(tmp_path / "gone")], ENV, print, print)
    assert set(os.listdir("/proc/self/fd")) <= before
