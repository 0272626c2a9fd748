"""Runs programs and reads their output: the only module that imports sh, for the first program.

Their output is a secret, and their arguments may be: neither appears in an error.
"""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import signal
import sys
import threading
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from pass_aws.errors import UserError
from pass_aws.system import child_environment
from pass_aws.text.safe_text import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence


PATIENCE = 600
"""Time limit of a program in seconds; it may be waiting for the user."""
CHUNK = 4096
CHUNKS = 32
"""The last 128 KiB of the output are kept; no answer is longer."""
STDERR = 2


class Done(NamedTuple):
    """How a program ended.

    Args:
        code: its exit status; negative for a signal.
        out: its output.
    """

    code: int
    out: bytes


def run(  # noqa: PLR0913 - all but the program are keyword arguments
    argv: Sequence[str],
    env: Mapping[str, str],
    *,
    stdin: IO[bytes] | None = None,
    stderr: int | IO[bytes] = STDERR,
    timeout: float = PATIENCE,
    with_credentials: bool = False,
) -> Done:
    """Runs a program without a shell and collects its output.

    Args:
        argv: program and arguments; the program is looked up on `env`'s PATH.
        env: its environment, filtered by `child_environment.helpers`.
        stdin: a file; /dev/null if there is none.
        stderr: a file or descriptor; by default our own.
        timeout: seconds until it is killed.
        with_credentials: it also gets the credentials in `env`, since it is a source of others.

    Raises:
        UserError: it does not exist, cannot be started, or takes too long.
    """
    name = shown(argv[0].rpartition("/")[2])
    command = looked_up(argv[0], env)
    given = child_environment.without_messages(env) if with_credentials else child_environment.helpers(env)
    import sh

    with open(os.devnull, "rb") as nothing:
        try:
            running = command(
                *argv[1:],
                _env=given,
                _encoding=sys.getfilesystemencoding(),  # by default sh uses the locale at its import
                _in=stdin or nothing,
                _err=stderr,
                _out_bufsize=CHUNK,
                _internal_bufsize=CHUNKS,
                _bg=True,
                _bg_exc=False,
                _preexec_fn=_foreground(),
            )
        except (sh.CommandNotFound, sh.ForkException, OSError, ValueError):
            raise UserError(
                f"cannot start {name}", hint="check that you have permission to execute it"
            ) from None
        done = _ended(running, timeout)
    if done is None:
        raise UserError(
            f"{name} did not end within {timeout:g} seconds", hint="run it in a terminal to see why"
        )
    return done


def _ended(running: Any, seconds: float) -> Done | None:  # noqa: ANN401 - sh has no types
    """Waits for a program; kills it when its time is over, and returns None then.

    With sh's own time limit each program takes at least a tenth of a second: its thread polls.
    """
    import sh

    late = threading.Event()

    def end() -> None:
        late.set()
        with contextlib.suppress(ProcessLookupError):
            running.kill()

    timer = threading.Timer(seconds, end)
    timer.start()
    try:
        running.wait()
        return Done(running.exit_code, running.stdout)
    except sh.ErrorReturnCode as error:  # its text contains arguments and output
        return None if late.is_set() else Done(error.exit_code, error.stdout)
    finally:
        timer.cancel()
        timer.join()


def looked_up(program: str, env: Mapping[str, str]) -> Any:  # noqa: ANN401 - sh has no types
    """A program as an sh command with our defaults: without a terminal, and only its name in sh's log.

    Raises:
        UserError: it is not on `env`'s PATH.
    """
    path = shutil.which(program, path=env.get("PATH", os.defpath))
    if path is None:
        raise UserError(f"there is no program {shown(program)}", hint="install it, or correct PATH")
    logging.getLogger("sh").setLevel(logging.CRITICAL + 1)  # it logs arguments and output
    import sh

    name = shown(program.rpartition("/")[2])
    return sh.Command(os.path.abspath(path)).bake(
        _tty_out=False,
        _no_pipe=True,
        _preexec_fn=as_from_a_shell,
        _return_cmd=True,
        _log_msg=lambda *_: name,
    )


def as_from_a_shell() -> None:
    """Resets signals for programs; Python ignores this one, and SIGPIPE, which sh resets."""
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)


def _foreground() -> Callable[[], None]:
    """As `as_from_a_shell`; a hangup ends the program as it ends us, though sh runs it in the background."""
    hangup = signal.SIG_IGN if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN else signal.SIG_DFL

    def prepare() -> None:
        as_from_a_shell()
        signal.signal(signal.SIGHUP, hangup)

    return prepare


@contextlib.contextmanager
def handed(secret: bytes) -> Iterator[IO[bytes]]:
    """A pipe with a secret for a program's standard input, so that the secret is in no file.

    Args:
        secret: at most 64 KiB, the capacity of a pipe.
    """
    reading, writing = os.pipe2(os.O_CLOEXEC)
    with open(reading, "rb") as stdin:
        with open(writing, "wb") as file:
            file.write(secret)
        yield stdin


def exists(program: str, env: Mapping[str, str]) -> bool:
    """Whether a program is on `env`'s PATH."""
    return shutil.which(program, path=env.get("PATH", os.defpath)) is not None
