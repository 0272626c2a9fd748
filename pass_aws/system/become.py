"""The one caller of exec: becoming the command as if the caller's shell had started it."""

from __future__ import annotations

import os
from _signal import SIG_DFL, SIGPIPE, SIGXFSZ, signal  # type: ignore[import-not-found]  # `signal` would load enum

from pass_aws.errors import NOT_EXECUTABLE, NOT_FOUND, UserError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import NoReturn

SHELL = "/bin/sh"
PR_SET_DUMPABLE = 4
_core_limit: list[tuple[int, int]] = []
"""What the caller allowed, while `forbid_core_dump` holds."""


def forbid_core_dump() -> None:
    """A crash of ours leaves no memory with secrets on the disk; `process` restores the limit."""
    if _no_core_dump():
        return
    from resource import RLIMIT_CORE, getrlimit, setrlimit

    limits = getrlimit(RLIMIT_CORE)
    if limits[0] and not _core_limit:
        _core_limit.append(limits)
        setrlimit(RLIMIT_CORE, (0, limits[1]))


def forbid_looking_in() -> None:
    """No other process of this user can read our memory, nor is it dumped; the limit above is not enough.

    Where the kernel hands core dumps to a program (`core_pattern` begins with `|`), it does so at any limit.
    The command that we become is as open as ever. Elsewhere than on Linux nothing happens, nor under a
    debugger, which has our memory in its hands already, and would not see the programs that we start.

    Source: prctl(2), PR_SET_DUMPABLE; core(5); proc(5), TracerPid.
    """
    if _traced():
        return
    import ctypes
    from contextlib import suppress

    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


def _traced() -> bool:
    try:
        with open("/proc/self/status", "rb", buffering=0) as status:
            return b"\nTracerPid:\t0\n" not in status.read()
    except OSError:
        return False


def _no_core_dump() -> bool:
    """Whether the limit is zero already, as on most machines: loading `resource` costs more than looking."""
    try:
        with open("/proc/self/limits", "rb", buffering=0) as limits:
            return b"\nMax core file size        0 " in limits.read()
    except OSError:
        return False


def find(name: str, env: Mapping[str, str]) -> str:
    """The file a shell would run.

    Args:
        name: the command's first word.
        env: the command's; its PATH is searched unless there is a slash in the name.

    Raises:
        UserError: 127 for what is not there, 126 for what cannot be executed.
    """
    paths = [name] if "/" in name else [f"{d or '.'}/{name}" for d in env.get("PATH", os.defpath).split(":")]
    seen = ""
    for path in paths if name else ():
        if os.path.isfile(path) and os.access(path, os.X_OK):
            return path
        if os.path.exists(path) and not (seen or (os.path.isdir(path) and "/" not in name)):
            seen = path
    if seen:
        from pass_aws.text.quoting import quote

        what = "is a folder" if os.path.isdir(seen) else "may not be executed"
        hint = (
            "name a program in it"
            if os.path.isdir(seen)
            else f"run chmod +x {quote(seen)}, or start it with its interpreter"
        )
        raise UserError(f"{seen} {what}", hint=hint, code=NOT_EXECUTABLE)
    raise _not_found(name)


def _not_found(name: str) -> UserError:
    where = "" if "/" in name else " on PATH"
    hint = "check its spelling; what is typed behind -- must be a program, not an alias or a function"
    return UserError(f"no command {name or '(empty name)'}{where}", hint=hint, code=NOT_FOUND)


def process(command: list[str], env: Mapping[str, str], umask: int | None = None) -> NoReturn:
    """Becomes the command.

    Args:
        command: its words; the first is looked up as `find` does and stays its argv[0].
        env: its whole environment.
        umask: its file mode mask; None for the present one.

    Raises:
        UserError: as `find`; 126, too, where the system cannot execute the file.
    """
    path = find(command[0], env)
    _give_back(umask)
    try:
        os.execve(path, command, env)  # noqa: S606 - no shell is the point
    except OSError as error:
        _without_interpreter(path, command, env, error)


def _give_back(umask: int | None) -> None:
    """What Python changed at its start, and what we did: signals, core limit, mask."""
    signal(SIGPIPE, SIG_DFL)
    signal(SIGXFSZ, SIG_DFL)
    if _core_limit:
        from resource import RLIMIT_CORE, setrlimit

        setrlimit(RLIMIT_CORE, _core_limit.pop())
    if umask is not None:
        os.umask(umask)


def _without_interpreter(path: str, command: list[str], env: Mapping[str, str], error: OSError) -> NoReturn:
    """Runs a script without `#!` by /bin/sh; says why anything else cannot be executed."""
    from errno import ENOENT, ENOEXEC

    if error.errno == ENOEXEC and not _binary(path):
        os.execve(SHELL, [SHELL, path, *command[1:]], env)  # noqa: S606 - the script's words stay words
    what = (
        "the interpreter in its first line is missing"
        if error.errno == ENOENT
        else str(error.strerror).lower()
    )
    raise UserError(f"cannot execute {path}: {what}", code=NOT_EXECUTABLE)


def _binary(path: str) -> bool:
    """As shells judge a file that the system cannot execute: a NUL in its first line."""
    with open(path, "rb") as file:
        return b"\0" in file.readline(80)
