"""Programs whose output is handed on line by line while they run."""

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
    """Runs a program in our own process group, so that it may ask on the terminal, with nothing to read.

    Args:
        argv: program and arguments; the program is looked up on `env`'s PATH.
        env: its whole environment.
        out: is given each line of its output with its end; other bytes than UTF-8 as surrogates.
        err: the same of its errors.

    Returns:
        Its exit status, 128 and the number for a signal.

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
                _close_fds=False,  # Python's close by themselves, and looking for others costs a third
                _new_session=False,
                _preexec_fn=programs.as_from_a_shell,
                _return_cmd=True,
                _log_msg=lambda *_: name,
            )
        except sh.ErrorReturnCode as error:
            code: int = error.exit_code
            return code if code >= 0 else 128 - code
        except (sh.CommandNotFound, sh.ForkException, OSError, ValueError):
            raise UserError(f"{name} cannot be started") from None
    return int(done.exit_code)
