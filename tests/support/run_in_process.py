"""Runs the whole program in this process, for tables that are too long to start Python for each row."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pass_aws import cli
from pass_aws.command_line import options
from pass_aws.command_line.catalogue import VERBS
from pass_aws.command_line.parser import command, parser_of
from pass_aws.context import Context
from pass_aws.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pytest

NOWHERE = {
    "HOME": "/proc/nonexistent",
    "PATH": "/proc/nonexistent",
    "PASSWORD_STORE_DIR": "/proc/nonexistent/store",
}
"""An empty environment."""


class Said(NamedTuple):
    """The result of a run."""

    status: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        """Its stderr, without the line about the fake's endpoint."""
        return [line for line in self.err.splitlines() if not line.startswith("pass aws: using AWS endpoint")]

    @property
    def error(self) -> str:
        """Its error: exactly one line, with at most one hint, and no other control characters."""
        first, *more = self.lines
        assert first.startswith("pass aws: error: "), self.err
        assert [line[:16] for line in more] in ([], ["pass aws: hint: "]), self.err
        assert all(line.isprintable() for line in self.lines), self.err
        return first.removeprefix("pass aws: error: ")

    @property
    def hint(self) -> str:
        """The hint of its error, or empty."""
        assert self.error
        return self.lines[1].removeprefix("pass aws: hint: ") if len(self.lines) > 1 else ""


def say(capsys: pytest.CaptureFixture[str], *argv: str, **env: str) -> Said:
    """Runs the program with only `env`; `exec` would replace the tests."""
    status = cli.main(argv, {**NOWHERE, **env})
    return Said(status, *capsys.readouterr())


def say_at(
    capsys: pytest.CaptureFixture[str], clock: Callable[[], float], env: Mapping[str, str], *argv: str
) -> Said:
    """Runs a command as `say` does, at the time of a clock."""
    args = parser_of(VERBS[argv[0]]).parse(argv[1:])
    args.command = []
    try:
        status = command(VERBS[argv[0]]).run(args, Context(env, args, options.read, clock))
    except UserError as error:
        status = cli.complain(error)
    return Said(status, *capsys.readouterr())
