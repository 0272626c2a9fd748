"""Measures contenders in turns, so that a busy moment of the machine affects all of them."""

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
NUMBER = "@"
"""In the words of a crowd's command, this is replaced by the number of each process."""
MEASURE = """
import os, sys
pid = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(pid, 0)
print(usage.ru_maxrss, file=sys.stderr)
sys.exit(bool(status))
"""
"""A parent smaller than what it measures: a child's peak memory begins with its parent's."""


class Contender(NamedTuple):
    """A command to measure.

    Args:
        name: its name in the table.
        argv: the command.
        floor: the name of the contender to compare it with; empty for none.
        bound: the highest wanted ratio to the floor.
        before: runs before each run, and is not measured.
        crowd: how many processes start at once; the time ends with the last one.
        lightest: the highest wanted peak memory, in megabytes.
    """

    name: str
    argv: list[str]
    floor: str = ""
    bound: float = 0.0
    before: Callable[[], None] | None = None
    crowd: int = 1
    lightest: float = 0.0


class Result(NamedTuple):
    """A line of the table.

    Args:
        name: of the contender.
        median: milliseconds of wall time.
        tenth: milliseconds of the fastest tenth of the runs.
        cpu: the median processor time of the process and all processes that it waited for.
        ratios: these three, divided by those of the floor.
        bound: the highest wanted ratio of medians.
        most: the highest wanted time, in milliseconds.
        megabytes: peak memory.
        lightest: the highest wanted peak memory, in megabytes.
    """

    name: str
    median: float
    tenth: float
    cpu: float = 0.0
    ratios: tuple[float, ...] = ()
    bound: float = 0.0
    most: float = 0.0
    megabytes: float = 0.0
    lightest: float = 0.0

    @property
    def aim(self) -> str:
        """The aims, for the table."""
        aims = (f"{self.bound:.2f} x", f"{self.most:.0f} ms", f"{self.lightest:.0f} MB")
        return ", ".join(
            aim for aim, value in zip(aims, (self.bound, self.most, self.lightest), strict=True) if value
        )

    @property
    def missed(self) -> str:
        """The missed aims; empty for none."""
        return ", ".join(
            name
            for name, got, wanted in (
                ("ratio", self.ratios[0] if self.ratios else 0, self.bound),
                ("time", self.median, self.most),
                ("memory", self.megabytes, self.lightest),
            )
            if wanted and got > wanted
        )


class Took(NamedTuple):
    """Milliseconds of one run."""

    wall: float
    cpu: float


def measured(
    contenders: Sequence[Contender], env: Mapping[str, str], rounds: int, warm_up: int = WARM_UP
) -> list[Result]:
    """Runs the contenders in turns; returns medians and ratios."""
    times: dict[str, list[Took]] = {contender.name: [] for contender in contenders}
    for number in range(rounds + warm_up):
        for contender in contenders:
            if contender.before:
                contender.before()
            took = _once(contender, env)
            if number >= warm_up:
                times[contender.name].append(took)
    known = {
        name: (*figures([took.wall for took in values]), statistics.median(took.cpu for took in values))
        for name, values in times.items()
    }
    made = []
    for one in contenders:
        mine, floor = known[one.name], known.get(one.floor, ())
        ratios = tuple(value / least for value, least in zip(mine, floor, strict=False))
        size = _megabytes(one, env) if one.crowd == 1 else 0.0
        made.append(Result(one.name, *mine, ratios, one.bound, megabytes=size, lightest=one.lightest))
    return made


def figures(values: Sequence[float]) -> tuple[float, float]:
    """The median, and the limit of the fastest tenth."""
    return statistics.median(values), sorted(values)[len(values) // 10]


def _once(contender: Contender, env: Mapping[str, str]) -> Took:
    """One run of a command or a crowd, with its standard streams at /dev/null."""
    program = shutil.which(contender.argv[0], path=env["PATH"]) or contender.argv[0]
    streams = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_RDWR, 0) for fd in (0, 1, 2)]
    words = [
        [word.replace(NUMBER, f"{number:02}") for word in contender.argv] for number in range(contender.crowd)
    ]
    cpu = 0.0
    start = time.perf_counter()
    for pid in [os.posix_spawn(program, argv, env, file_actions=streams) for argv in words]:
        _, status, usage = os.wait4(pid, 0)
        cpu += usage.ru_utime + usage.ru_stime
        if status:
            raise SystemExit(f"{' '.join(contender.argv)}: status {os.waitstatus_to_exitcode(status)}")
    return Took((time.perf_counter() - start) * 1000, cpu * 1000)


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
    """A description of the machine."""
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
