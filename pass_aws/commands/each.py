"""`each`: runs one command in many profiles at the same time."""

from __future__ import annotations

import fnmatch
import json
import sys
import threading
from typing import TYPE_CHECKING, NamedTuple

from pass_aws.command_line import options
from pass_aws.errors import FAILED, USAGE, UserError
from pass_aws.system import own_command, readable, streaming
from pass_aws.text import suggestions
from pass_aws.text.safe_text import printable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import TextIO

    from pass_aws.context import Context

    Taker = Callable[[str], None]

JOBS = 4
EXAMPLES = """
    pass aws each 'prod-*' -- aws sts get-caller-identity
    pass aws each ro dev --region eu-west-1 --region us-east-1 -- ./audit.sh
"""


class Job(NamedTuple):
    """The command in one profile and region; an empty region is the profile's own."""

    profile: str
    region: str

    @property
    def label(self) -> str:
        """Its name in the output and in the summary."""
        return printable(" ".join(filter(None, self)))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the patterns, how to run the command, and the credential options."""
    parser.usage = "pass aws each PATTERN… [options] -- CMD [ARG…]"
    parser.add_argument("pattern", nargs="+", metavar="PATTERN", help="profiles: a name, or with *, ?, [a-z]")
    parser.add_argument(
        "-j", "--jobs", metavar="N", default=str(JOBS), help=f"number of commands at once (default {JOBS})"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object per finished command")
    parser.add_argument("--fail-fast", action="store_true", help="start no more commands after a failure")
    parser.add_argument(
        "--keep-going", dest="fail_fast", action="store_false", help="run all commands (the default)"
    )
    options.add(parser, regions=True)


def run(args: argparse.Namespace, context: Context) -> int:
    """Runs the command in all profiles; the exit status is the worst one."""
    if not args.command:
        raise UserError("no command given", hint="run pass aws each PATTERN -- CMD", code=USAGE)
    if not (args.jobs.isascii() and args.jobs.isdigit() and 0 < int(args.jobs) < 1000):
        raise UserError("-j takes a number from 1 to 999", code=USAGE)
    found = profiles(args.pattern, context)
    jobs = [Job(name, region) for name in found for region in args.regions or [""]]
    first = leaders(jobs, context)
    board = Board(jobs, context, as_json=args.json)
    crew = _Crew(args, context, board)
    try:
        for job in first:  # prompts come first, one at a time, while no command runs
            crew.work(job)
        board.moving = context.tty.moves(sys.stderr)
        rest = [job for job in jobs if job not in first]
        crew.work_side_by_side(rest, min(int(args.jobs), len(rest)))
    finally:
        board.summary()
    return max(board.ended.values(), default=FAILED)


def profiles(patterns: Sequence[str], context: Context) -> list[str]:
    """The profiles that match the patterns, in the order of `list`.

    Raises:
        UserError: a pattern matches none.
    """
    known = _known(patterns, context)
    found: set[str] = set()
    for pattern in patterns:
        names = fnmatch.filter(known, pattern) if _is_glob(pattern) else {pattern} & known.keys()
        if not names:
            hint = suggestions.hint(pattern, known, "run pass aws list --profiles")
            raise UserError(f"no profile matches {printable(pattern)}", hint=hint)
        found.update(names)
    return [name for name in known if name in found]


def _known(patterns: Iterable[str], context: Context) -> dict[str, None]:
    """The names of all profiles, or those in the files if they include every name that is asked for."""
    from pass_aws.credentials import listing

    files = dict.fromkeys([*context.files.config().names, *context.files.credentials().names])
    if any(_is_glob(pattern) or pattern not in files for pattern in patterns):
        return dict.fromkeys(listing.profiles(context))
    return files


def _is_glob(pattern: str) -> bool:
    return any(mark in pattern for mark in "*?[")


def leaders(jobs: Iterable[Job], context: Context) -> list[Job]:
    """The first job of each MFA device: all its other jobs use the session that this one makes."""
    from pass_aws.credentials import profile_lookup

    found: dict[tuple[str, ...], Job] = {}
    if not (context.files.config().mentioned("mfa_serial") or context.env.get("AWS_MFA_SERIAL")):
        return []
    for job in jobs:
        try:
            steps = profile_lookup.planned(job.profile, context).steps
        except UserError:  # its own run reports the error
            continue
        if devices := tuple(sorted({step.mfa_serial for step in steps if step.mfa_serial})):
            found.setdefault(devices, job)
    return list(found.values())


class _Crew:
    """Runs jobs, each in a pass-aws process that becomes the command."""

    def __init__(self, args: argparse.Namespace, context: Context, board: Board) -> None:
        self._args, self._context, self._board = args, context, board
        self._code = args.mfa_token
        self._trouble: list[BaseException] = []

    def work_side_by_side(self, jobs: Iterable[Job], number: int) -> None:
        """All of them, so many at once; after an interrupt or trouble with our own output none is begun."""
        waiting, ended = iter(jobs), [threading.Event() for _ in range(number)]
        for event in ended:
            threading.Thread(target=self._work_off, args=(waiting, event)).start()
        try:
            _wait(ended)
        except KeyboardInterrupt as interrupt:
            self._trouble.append(interrupt)
            _wait(ended)  # what runs was interrupted, too
        if self._trouble:
            raise self._trouble[0]

    def _work_off(self, waiting: Iterator[Job], ended: threading.Event) -> None:
        try:
            for job in waiting:
                self.work(job)
        except Exception as error:  # noqa: BLE001 - it is raised where the user's command was started
            self._trouble.append(error)
        finally:
            ended.set()

    def work(self, job: Job) -> None:
        """Runs one job, unless --fail-fast has stopped the run."""
        if self._trouble or (self._args.fail_fast and any(self._board.ended.values())):
            return
        self._board.begin(job)
        out, err = self._board.streams(job)
        try:
            code = streaming.run(self._words(job), self._context.parent, out, err)
        except UserError as error:
            err(f"pass aws: error: {error}\n")
            code = error.code
        self._board.end(job, code)

    def _words(self, job: Job) -> list[str]:
        """The words of `pass-aws exec`, run by the front if it has started us: it answers from tickets."""
        words = [*own_command.argv(self._context.told.front), "exec", job.profile, *options.words(self._args)]
        words += ["--region", job.region] if job.region else []
        code, self._code = self._code, None  # a code works once
        words += ["-t", code] if code else []
        return [*words, "--", *self._args.command]


def _wait(ended: Iterable[threading.Event]) -> None:
    """Waits for all; before Python 3.13, an interrupted `join` takes its thread for ended."""
    for event in ended:
        while not event.wait(readable.LOOK):
            pass


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
                out, err = ("".join(lines) for lines in self._kept.pop(job))
                found = {"profile": job.profile, "region": job.region or None, "status": code}
                text = json.dumps({**found, "stdout": _clean(out), "stderr": _clean(err)})
                sys.stdout.write(f"{text}\n")
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


def _clean(text: str) -> str:
    """The text without what JSON cannot contain."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
