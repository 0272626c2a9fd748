"""Runs the commands that a profile names (mfa_process, credential_process, …), and stops loops of them."""

from __future__ import annotations

import contextlib
from typing import IO, TYPE_CHECKING

from pass_aws.errors import UserError
from pass_aws.system import self_reference
from pass_aws.system.programs import PATIENCE, STDERR, run

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def shell(  # noqa: PLR0913 - all but the program are keyword arguments
    command: str,
    env: Mapping[str, str],
    what: str,
    *,
    on_terminal: bool = False,
    timeout: float = PATIENCE,
    with_credentials: bool = False,
) -> bytes:
    """Runs a command line of the user with /bin/sh, unchanged, and returns its output.

    Args:
        command: from the config file; nothing is inserted.
        env: its whole environment.
        what: its name in errors, such as `mfa_process of profile ro`.
        on_terminal: its stdin and stderr are the controlling terminal, if there is one, so that it can ask.
        timeout: seconds until it is killed.
        with_credentials: see `run`.

    Raises:
        UserError: it fails or takes too long.
    """
    argv = ["/bin/sh", "-c", command]
    if on_terminal:
        with contextlib.suppress(OSError), open("/dev/tty", "r+b", buffering=0) as terminal:
            return own(argv, env, what, terminal=terminal, timeout=timeout, with_credentials=with_credentials)
    return own(argv, env, what, timeout=timeout, with_credentials=with_credentials)


def own(  # noqa: PLR0913 - all but the program are keyword arguments
    argv: Sequence[str],
    env: Mapping[str, str],
    what: str,
    *,
    terminal: IO[bytes] | None = None,
    timeout: float = PATIENCE,
    hint: str = "",
    with_credentials: bool = False,
) -> bytes:
    """Runs a program that a profile names, and returns its output.

    Args:
        argv: program and arguments.
        env: its environment; PASS_AWS_DEPTH is added, so that loops end.
        what: its name in errors.
        terminal: its stdin and stderr, if not /dev/null and ours.
        timeout: seconds until it is killed.
        hint: what to do if it fails.
        with_credentials: see `run`.

    Raises:
        UserError: it fails, takes too long, or leads back to itself.
    """
    inside = _deeper(env, what)
    try:
        done = run(
            argv,
            inside,
            stdin=terminal,
            stderr=terminal or STDERR,
            timeout=timeout,
            with_credentials=with_credentials,
        )
    except UserError as error:
        raise UserError(f"the {what} failed: {error}", hint=error.hint) from None
    if done.code < 0:
        raise UserError(
            f"the {what} was ended by signal {-done.code}", hint="run it in a terminal to see why"
        )
    if done.code:
        raise UserError(
            f"the {what} failed with exit status {done.code}", hint=hint or "run it in a terminal to see why"
        )
    return done.out


def _deeper(env: Mapping[str, str], what: str) -> Mapping[str, str]:
    deeper = self_reference.deeper(env, what)
    if deeper is None:
        raise UserError(
            f"the {what} runs inside {self_reference.DEEPEST} others: they call each other in a loop",
            hint="make one of them use a profile with a stored key",
        )
    return deeper
