"""Starts programs in the background."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from pass_aws.errors import UserError
from pass_aws.system import child_environment, programs
from pass_aws.text.safe_text import shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Running:
    """A program in the background, which may outlive us.

    Args:
        command: the command object of sh.
    """

    def __init__(self, command: Any) -> None:  # noqa: ANN401 - sh has no types
        self._command = command

    def failed(self) -> bool:
        """Whether it has ended with an error."""
        return not self._command.is_alive() and bool(self._command.process.exit_code)


def start(argv: Sequence[str], env: Mapping[str, str]) -> Running:
    """Starts a program in its own session, with empty input, and discards its output.

    Args:
        argv: program and arguments; the program is looked up on `env`'s PATH.
        env: its whole environment; our internal variables are removed.

    Raises:
        UserError: it does not exist or cannot be started.
    """
    name = shown(argv[0].rpartition("/")[2])
    command = programs.looked_up(argv[0], env)
    import sh

    with open(os.devnull, "r+b", buffering=0) as nothing:
        try:
            started = command(
                *argv[1:],
                _env=child_environment.helpers(env),
                _in=nothing,
                _out=nothing,
                _err=nothing,
                _bg=True,
                _bg_exc=False,
                _new_session=True,
            )
        except (sh.CommandNotFound, sh.ForkException, OSError, ValueError):
            raise UserError(
                f"cannot start {name}", hint="check that you have permission to execute it"
            ) from None
    return Running(started)
