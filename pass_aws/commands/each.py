"""`each`: runs one command in many profiles at the same time."""

from __future__ import annotations

import fnmatch
import sys
import threading
from typing import TYPE_CHECKING

from pass_aws.command_line import options
from pass_aws.command_line.job_output import Board, Job
from pass_aws.errors import FAILED, USAGE, UserError
from pass_aws.system import own_command, readable, streaming
from pass_aws.text import suggestions
from pass_aws.text.safe_text import printable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator, Sequence

    from pass_aws.context import Context

JOBS = 4
EXAMPLES = """
    pass aws each 'prod-*' -- aws sts get-caller-identity
    pass aws each ro dev --region eu-west-1 --region us-east-1 -- ./audit.sh
"""


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
        UserError: a pattern matches none; the error names a missing store.
    """
    known = _known(patterns, context)
    found: set[str] = set()
    for pattern in patterns:
        names = fnmatch.filter(known, pattern) if _is_glob(pattern) else {pattern} & known.keys()
        if not names:
            what = f"no profile matches {printable(pattern)}"
            if trouble := context.store.trouble():  # it may be why
                raise UserError(f"{what}: {trouble}", hint=trouble.hint)
            raise UserError(what, hint=suggestions.hint(pattern, known, "run pass aws list --profiles"))
        found.update(names)
    return [name for name in known if name in found]


def _known(patterns: Iterable[str], context: Context) -> dict[str, None]:
    """The names of all profiles, or those in the files if they include every name that is asked for."""
    files = dict.fromkeys([*context.files.config().names, *context.files.credentials().names])
    if any(_is_glob(pattern) or pattern not in files for pattern in patterns):
        from pass_aws.credentials import listing

        return dict.fromkeys(listing.profiles(context))
    return files


def _is_glob(pattern: str) -> bool:
    return any(mark in pattern for mark in "*?[")


def leaders(jobs: Sequence[Job], context: Context) -> list[Job]:
    """The first job of each MFA device: all its other jobs use the session that this one makes."""
    from pass_aws.config import setting_search

    first = {job.profile: job for job in reversed(jobs)}
    names: Iterable[str] = dict.fromkeys(job.profile for job in jobs)
    if not context.env.get("AWS_MFA_SERIAL"):
        files = (context.files.config(), context.files.credentials())
        names = setting_search.find_profiles("mfa_serial", names, files)
    found: dict[tuple[str, ...], Job] = {}
    for name in names:
        if devices := _devices(name, context):
            found.setdefault(devices, first[name])
    return list(found.values())


def _devices(name: str, context: Context) -> tuple[str, ...]:
    """The serials of the MFA devices that a profile needs codes of; none if its run will report an error."""
    from pass_aws.credentials import profile_lookup

    try:
        steps = profile_lookup.planned(name, context).steps
    except UserError:
        return ()
    return tuple(sorted({step.mfa_serial for step in steps if step.mfa_serial}))


class _Crew:
    """Runs jobs, each in a pass-aws process that becomes the command."""

    def __init__(self, args: argparse.Namespace, context: Context, board: Board) -> None:
        self._args, self._context, self._board = args, context, board
        self._code = args.mfa_token
        self._trouble: list[BaseException] = []

    def work_side_by_side(self, jobs: Iterable[Job], number: int) -> None:
        """All of them, so many at once; after an interrupt or trouble with our own output none is begun."""
        waiting, ended = iter(jobs), list[threading.Event]()
        try:
            for _ in range(number):
                event = threading.Event()
                threading.Thread(target=self._work_off, args=(waiting, event)).start()
                ended.append(event)
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
