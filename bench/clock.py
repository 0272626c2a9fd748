"""Measuring: contenders take turns, so that a busy moment of the machine meets all of them."""

from __future__ import annotations

import os
import platform
import shutil
import statistics
import subprocess
import sys
import time
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

WARM_UP = 3
MEASURE = """
import os, sys
pid = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ)
print(os.wait4(pid, 0)[2].ru_maxrss, file=sys.stderr)
"""
"""A parent smaller than what it measures: a child's peak memory begins with its parent's."""


class Contender(NamedTuple):
    """What takes part.

    Args:
        name: as the table shows it.
        argv: the command.
        floor: name of the contender that it is compared with, if with any.
        bound: the ratio to the floor that is aimed at.
        before: what is done before each run, without being measured.
    """

    name: str
    argv: list[str]
    floor: str = ""
    bound: float = 0.0
    before: Callable[[], None] | None = None


class Result(NamedTuple):
    """Milliseconds of a contender, and its peak memory in megabytes."""

    name: str
    median: float
    tenth: float
    ratio: float | None
    bound: float | None
    megabytes: float

    @property
    def missed(self) -> bool:
        """Whether it is slower than what is aimed at."""
        return self.ratio is not None and self.bound is not None and self.ratio > self.bound


def measured(contenders: Sequence[Contender], env: Mapping[str, str], rounds: int) -> list[Result]:
    """Lets the contenders take turns; medians and ratios of one run."""
    times: dict[str, list[float]] = {contender.name: [] for contender in contenders}
    for number in range(rounds + WARM_UP):
        for contender in contenders:
            if contender.before:
                contender.before()
            took = _once(contender.argv, env)
            if number >= WARM_UP:
                times[contender.name].append(took)
    medians = {name: statistics.median(values) for name, values in times.items()}
    return [
        Result(
            one.name,
            medians[one.name],
            sorted(times[one.name])[rounds // 10],
            medians[one.name] / medians[one.floor] if one.floor else None,
            one.bound or None,
            _megabytes(one, env),
        )
        for one in contenders
    ]


def _once(argv: list[str], env: Mapping[str, str]) -> float:
    """One run's milliseconds, with nothing on its standard streams."""
    program = shutil.which(argv[0], path=env["PATH"]) or argv[0]
    streams = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_RDWR, 0) for fd in (0, 1, 2)]
    start = time.perf_counter()
    pid = os.posix_spawn(program, argv, env, file_actions=streams)
    status = os.waitpid(pid, 0)[1]
    took = time.perf_counter() - start
    if status:
        raise SystemExit(f"{' '.join(argv)}: status {os.waitstatus_to_exitcode(status)}")
    return took * 1000


def _megabytes(contender: Contender, env: Mapping[str, str]) -> float:
    if contender.before:
        contender.before()
    argv = [sys.executable, "-I", "-S", "-c", MEASURE, *contender.argv]
    done = subprocess.run(
        argv,
        env=dict(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        check=True,
    )
    return int(done.stderr.split()[-1]) / 1024


def machine() -> dict[str, str]:
    """What was measured on."""
    return {
        "processor": _first("/proc/cpuinfo", "model name"),
        "cores": str(os.cpu_count()),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "gpg": _version("gpg"),
        "bash": _version("bash"),
        "load": f"{os.getloadavg()[0]:.1f}",
    }


def _first(path: str, key: str) -> str:
    try:
        with open(path, encoding="utf-8") as file:
            return next(line.partition(":")[2].strip() for line in file if line.startswith(key))
    except (OSError, StopIteration):
        return platform.machine()


def _version(program: str) -> str:
    first = subprocess.run([program, "--version"], capture_output=True, check=True, text=True).stdout.split(
        "\n"
    )[0]
    return next(word for word in first.split() if word[0].isdigit())
