"""The door to new shells and to pass, which run without a terminal, so that they cannot prompt."""

from __future__ import annotations

import os
import select
import signal
import time
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PATIENCE = 60.0
"""Seconds that a program has by default."""
ENOUGH = 1 << 18
"""The maximum number of characters of output."""
MARK = "pass-aws-completes"
PROBES = {
    "bash": f"""
declare -F __password_store_extension_complete_aws >/dev/null && complete -p pass-aws >/dev/null 2>&1 &&
[[ " ${{PASSWORD_STORE_EXTENSION_COMMANDS[*]}} " == *" aws "* ]] && echo {MARK}
kill -KILL $$
""",
    "zsh": f"(( $+_comps && $+_comps[pass-aws] && $+_patcomps[pass] )) && print {MARK}; kill -KILL $$",
    "fish": f"functions -q __pass_aws_complete; and echo {MARK}",
}
"""What a shell runs to print the mark if it has the completion."""


def completes(
    name: str, argv: Sequence[str], env: Mapping[str, str], start: str = "", patience: float = PATIENCE
) -> bool | None:
    """Whether a new interactive shell has the completion of `pass aws`.

    Args:
        name: `bash`, `zsh` or `fish`.
        argv: the shell, by its path, and its options.
        env: its whole environment.
        start: commands that it runs after its startup files.
        patience: seconds that it has.

    Returns:
        None if it does not start in time.
    """
    seen = said([*argv, "-i", "-c", f"{start}\n{PROBES[name]}"], env, MARK, patience)
    return None if seen is None else MARK in seen


def said(
    argv: Sequence[str], env: Mapping[str, str], end: str = "", patience: float = PATIENCE
) -> str | None:
    """The output of a program that runs without terminal or input, so that it cannot prompt.

    Args:
        argv: the program, by its path, and its arguments.
        env: its whole environment.
        end: a text after which it is not waited for any more.
        patience: seconds that it has.

    Returns:
        None where it did not end in time. It is killed then, with what it has started.
    """
    reading, writing = os.pipe2(os.O_CLOEXEC)
    streams = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_DUP2, writing, 1),
        (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
    ]
    try:
        child = os.posix_spawn(argv[0], tuple(argv), env, file_actions=streams, setsid=True)
    except OSError:
        os.close(reading)
        return ""
    finally:
        os.close(writing)
    try:
        return _until(reading, end, time.monotonic() + patience)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(reading)


def _until(stream: int, end: str, last: float) -> str | None:
    seen = ""
    while len(seen) < ENOUGH and not (end and end in seen):
        if not select.select([stream], [], [], max(last - time.monotonic(), 0))[0]:
            return None
        more = os.read(stream, 4096)
        if not more:
            break
        seen += more.decode(errors="replace")
    return seen
