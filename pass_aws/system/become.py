"""The only caller of exec: becomes the command as if the caller's shell had started it."""

from __future__ import annotations

import os
from _signal import (  # type: ignore[import-not-found]  # `signal` would load enum
    SIG_DFL,
    SIGCHLD,
    SIGPIPE,
    SIGXFSZ,
    signal,
)

from pass_aws.errors import NOT_EXECUTABLE, NOT_FOUND, UserError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import NoReturn

SHELL = "/bin/sh"
LOCALE = "LC_CTYPE"
COERCED = ("C.UTF-8", "C.utf8", "UTF-8")
STARTED = "/proc/self/environ"
PR_SET_DUMPABLE = 4
_core_limit: list[tuple[int, int]] = []
"""The caller's core limit while ours is zero."""
_child_signal: list[int] = []
"""What the caller does with SIGCHLD."""


def notice_children() -> None:
    """Gives SIGCHLD its default action, also if the caller ignores it; `process` restores it.

    Where it is ignored, as by many daemons, the exit status of a program is lost. Source: waitpid(2).
    """
    _child_signal.append(signal(SIGCHLD, SIG_DFL))


def forbid_core_dump() -> None:
    """Sets the core limit to zero, so that a crash writes no secrets to disk; `process` restores it."""
    if _no_core_dump():
        return
    from resource import RLIMIT_CORE, getrlimit, setrlimit

    limits = getrlimit(RLIMIT_CORE)
    if limits[0] and not _core_limit:
        _core_limit.append(limits)
        setrlimit(RLIMIT_CORE, (0, limits[1]))


def forbid_looking_in() -> None:
    """Prevents other processes of this user from reading our memory, and any core dump.

    The core limit is not enough: if `core_pattern` begins with `|`, the kernel passes dumps to a program at
    any limit. The command that we become is not affected. Outside Linux this does nothing; nor under a
    debugger, which can read our memory anyway, and could otherwise not trace the programs that we start.

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
    """Whether the limit is already zero, as on most machines: a cheaper check than loading `resource`."""
    try:
        with open("/proc/self/limits", "rb", buffering=0) as limits:
            return b"\nMax core file size        0 " in limits.read()
    except OSError:
        return False


def callers_env(env: Mapping[str, str], started: str = STARTED) -> dict[str, str]:
    """The environment with the caller's LC_CTYPE: Python itself changes it when it starts in the C locale.

    Args:
        env: the environment in Python.
        started: the file with this process's original environment; without it nothing changes.

    Source: PEP 538.
    """
    found = dict(env)
    if found.get(LOCALE) not in COERCED or found.get("LC_ALL"):
        return found
    try:
        with open(started, "rb") as file:
            given = dict(item.partition(b"=")[::2] for item in file.read().split(b"\0"))
    except OSError:
        return found
    del found[LOCALE]
    if LOCALE.encode() in given:
        found[LOCALE] = os.fsdecode(given[LOCALE.encode()])
    return found


def find(name: str, env: Mapping[str, str]) -> str:
    """The file that a shell would run.

    Args:
        name: the command's first word.
        env: the command's environment; its PATH is searched unless the name contains a slash.

    Raises:
        UserError: 127 if the file does not exist, 126 if it cannot be executed.
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

        what = "is a directory" if os.path.isdir(seen) else "is not executable"
        hint = (
            "give a program in it"
            if os.path.isdir(seen)
            else f"run chmod +x {quote(seen)}, or start it with its interpreter"
        )
        raise UserError(f"{seen} {what}", hint=hint, code=NOT_EXECUTABLE)
    raise _not_found(name)


def _not_found(name: str) -> UserError:
    where = "" if "/" in name else " on PATH"
    hint = "check the spelling; the word after -- must be a program, not an alias or a function"
    return UserError(f"no command {name or '(empty name)'}{where}", hint=hint, code=NOT_FOUND)


def process(command: list[str], env: Mapping[str, str], umask: int | None = None) -> NoReturn:
    """Becomes the command.

    Args:
        command: its words; `find` looks up the first, which stays argv[0].
        env: its whole environment.
        umask: its file mode mask; None for the current one.

    Raises:
        UserError: as `find`; also 126 if the system cannot execute the file.
    """
    path = find(command[0], env)
    _give_back(umask)
    try:
        os.execve(path, command, env)  # noqa: S606 - no shell, on purpose
    except OSError as error:
        _without_interpreter(path, command, env, error)


def _give_back(umask: int | None) -> None:
    """Restores what Python and we have changed: signals, core limit, mask."""
    signal(SIGPIPE, SIG_DFL)
    signal(SIGXFSZ, SIG_DFL)
    if _child_signal:
        signal(SIGCHLD, _child_signal.pop())
    if _core_limit:
        from resource import RLIMIT_CORE, setrlimit

        setrlimit(RLIMIT_CORE, _core_limit.pop())
    if umask is not None:
        os.umask(umask)


def _without_interpreter(path: str, command: list[str], env: Mapping[str, str], error: OSError) -> NoReturn:
    """Runs a script without `#!` with /bin/sh; for anything else, reports why it cannot be executed."""
    from errno import ENOENT, ENOEXEC

    if error.errno == ENOEXEC and not _binary(path):
        os.execve(SHELL, [SHELL, path, *command[1:]], env)  # noqa: S606 - the script gets its words unchanged
    what = str(error.strerror).lower()
    hint = "check its file: it may be for another machine, or its command line too long"
    if error.errno == ENOENT:
        what = "the interpreter in its first line is missing"
        hint = "install the interpreter, or correct the first line"
    raise UserError(f"cannot execute {path}: {what}", hint=hint, code=NOT_EXECUTABLE)


def _binary(path: str) -> bool:
    """Whether the file is binary, by the rule of shells: a NUL in its first line."""
    with open(path, "rb") as file:
        return b"\0" in file.readline(80)
