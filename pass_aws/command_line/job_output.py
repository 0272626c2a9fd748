"""The output of commands that run at the same time: lines with their job's name, progress, summary."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING, NamedTuple

from pass_aws.text.safe_text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TextIO

    from pass_aws.context import Context

    Taker = Callable[[str], None]


class Job(NamedTuple):
    """The command in one profile and region; an empty region is the profile's own."""

    profile: str
    region: str

    @property
    def label(self) -> str:
        """Its name in the output and in the summary."""
        return printable(" ".join(filter(None, self)))


class Board:
    """The output: complete lines, each after its job's name, and on a terminal the progress.

    Args:
        jobs: all jobs.
        context: the doors.
        as_json: whether a job's output is collected and printed as one object.
    """

    def __init__(self, jobs: Sequence[Job], context: Context, *, as_json: bool) -> None:
        self.ended: dict[Job, int] = {}
        self.moving = False
        self._jobs, self._context, self._json = jobs, context, as_json
        self._width = max(len(job.label) for job in jobs)
        self._running: list[Job] = []
        self._kept: dict[Job, tuple[list[str], list[str]]] = {}
        self._lock = threading.Lock()

    def begin(self, job: Job) -> None:
        """Notes that a job has started."""
        with self._lock:
            self._running.append(job)
            self._progress()

    def streams(self, job: Job) -> tuple[Taker, Taker]:
        """The functions that take a job's lines of stdout and stderr."""
        if self._json:
            out, err = self._kept[job] = ([], [])
            return out.append, err.append
        return (
            lambda line: self._write(sys.stdout, job, line),
            lambda line: self._write(sys.stderr, job, line),
        )

    def end(self, job: Job, code: int) -> None:
        """Notes that a job has ended."""
        with self._lock:
            self.ended[job] = code
            self._running.remove(job)
            if self._json:
                self._clear()
                sys.stdout.write(_json(job, code, *self._kept.pop(job)))
                sys.stdout.flush()
            self._progress()

    def summary(self) -> None:
        """Prints the result on stderr."""
        self._clear()
        failed = [f"{job.label} ({code})" for job, code in self.ended.items() if code]
        left = len(self._jobs) - len(self.ended)
        parts = [f"{len(self.ended) - len(failed)} of {len(self._jobs)} done"]
        parts += [f"{len(failed)} failed: {', '.join(failed)}"] if failed else []
        parts += [f"{left} not run"] if left else []
        self._context.tell(f"pass aws: {'; '.join(parts)}")

    def _write(self, stream: TextIO, job: Job, line: str) -> None:
        with self._lock:
            self._clear()
            ending = "" if line.endswith("\n") else "\n"
            stream.buffer.write(
                f"{job.label:<{self._width}} | {line}{ending}".encode(errors="surrogateescape")
            )
            stream.flush()
            self._progress()

    def _clear(self) -> None:
        if self.moving:
            self._context.tty.note("")

    def _progress(self) -> None:
        if self.moving:
            names = ", ".join(job.label for job in self._running)
            failed = sum(1 for code in self.ended.values() if code)
            wrong = f", {failed} failed" if failed else ""
            self._context.tty.note(f"{len(self.ended)} of {len(self._jobs)} done{wrong}; running: {names}")


def _json(job: Job, code: int, out: Sequence[str], err: Sequence[str]) -> str:
    """A line with what a job has done and printed, without bytes that JSON cannot contain."""
    import json

    printed = {
        name: "".join(lines).encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        for name, lines in (("stdout", out), ("stderr", err))
    }
    found = {"profile": job.profile, "region": job.region or None, "status": code, **printed}
    return f"{json.dumps(found)}\n"
