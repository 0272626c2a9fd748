"""Runs programs and passes on their output line by line."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pass_aws.errors import UserError
from pass_aws.system import programs
from pass_aws.text.safe_text import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


def run(
    argv: Sequence[str],
    env: Mapping[str, str],
    out: Callable[[str], None],
    err: Callable[[str], None],
) -> int:
    """Runs a program with empty input, in our process group, so that it may ask on the terminal.

    Args:
        argv: program and arguments; the program is looked up on `env`'s PATH.
        env: its whole environment.
        out: gets each line of stdout with its line end; bytes that are not UTF-8 are surrogates.
        err: gets each line of stderr in the same form.

    Returns:
        Its exit status; 128 plus the number for a signal.

    Raises:
        UserError: it does not exist or cannot be started.
    """
    name = shown(argv[0].rpartition("/")[2])
    command = programs.looked_up(argv[0], env)
    import sh

    with open(os.devnull, "rb") as nothing:
        try:
            done = command(
                *argv[1:],
                _env=dict(env),
                _in=nothing,
                _out=out,
                _err=err,
                _out_bufsize=1,
                _err_bufsize=1,
                _tty_out=False,
                _no_out=True,
                _no_err=True,
                _decode_errors="surrogateescape",
                _close_fds=False,  # Python's descriptors close on exec; a search for others costs a third
                _new_session=False,
                _preexec_fn=programs.as_from_a_shell,
                _return_cmd=True,
                _log_msg=lambda *_: name,
            )
        except sh.ErrorReturnCode as error:
            code: int = error.exit_code
            return code if code >= 0 else 128 - code
        except (sh.CommandNotFound, sh.ForkException, OSError, ValueError):
            raise UserError(f"cannot start {name}") from None
    return int(done.exit_code)
