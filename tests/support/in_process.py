"""Runs a command in this process, with a clock that advances during waits; AWS's clock advances with it."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, NamedTuple

from pass_aws.cli import complain
from pass_aws.command_line import options
from pass_aws.command_line.catalogue import VERBS
from pass_aws.command_line.parser import command, parser_of
from pass_aws.context import Context
from pass_aws.errors import UserError

if TYPE_CHECKING:
    import pytest
    from fakeaws import FakeAWS


class Done(NamedTuple):
    """Its status, its output, and the seconds that it waited."""

    status: int
    out: str
    err: str
    waited: float


class Runner:
    """Runs commands whose waits take no time.

    Args:
        fake: its clock is advanced, too.
        capsys: captures the output.
    """

    def __init__(self, fake: FakeAWS, capsys: pytest.CaptureFixture[str]) -> None:
        self._fake, self._capsys = fake, capsys
        self.waited = 0.0

    def clock(self) -> float:
        """The time as the command sees it."""
        return time.time() + self.waited

    def pause(self, seconds: float) -> None:
        """Replaces time.sleep."""
        self.waited += seconds
        self._fake.clock.advance(seconds)

    def __call__(self, verb: str, *words: str, **env: str) -> Done:
        """Runs a command without prompts, even if the tests have a terminal."""
        before = self.waited
        parser = parser_of(VERBS[verb])
        quiet = {"PASS_AWS_NO_INPUT": "1"}
        try:
            args = parser.parse(list(words))
            context = Context({**os.environ, **quiet, **env}, args, options.read, self.clock, self.pause)
            status = command(VERBS[verb]).run(args, context)
        except UserError as error:
            status = complain(error)
        return Done(status, *self._capsys.readouterr(), self.waited - before)
