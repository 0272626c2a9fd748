"""The lock for making a ticket: of all processes that need the same ticket, one makes it, the others wait.

They could also wait for locks in the full program, but loading it costs more than the answer.
"""

from __future__ import annotations

import os
from time import monotonic

from pass_aws.cache import ticket
from pass_aws.system import file_lock, user_dirs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NOWHERE = "-"
"""Replaces the terminal's name for a process that has none."""
STEP = 0.05
"""Seconds between two attempts; more frequent ones would slow down the process that holds the lock."""


def lock_name(argv: Sequence[str], env: Mapping[str, str]) -> str:
    """The lock's name, equal for all processes that need the same ticket; empty for other requests.

    Args:
        argv: the words after the program's name.
        env: the caller's environment, with the front's message in it.
    """
    match argv:
        case ["exec", profile, "--", _, *_] | ["env", profile] | ["credential-process", profile]:
            pass
        case _:
            return ""
    home = env.get("HOME", "")
    if "PASS_AWS_DEPTH" in env or not home or not ticket.plain(profile):
        return ""  # our caller may hold the lock, and wait for us
    from zlib import crc32

    store = env.get("_PASS_AWS_STORE") or env.get("PASSWORD_STORE_DIR") or f"{home}/.password-store"
    config = env.get("AWS_CONFIG_FILE") or f"{home}/.aws/config"
    credentials = env.get("AWS_SHARED_CREDENTIALS_FILE") or f"{home}/.aws/credentials"
    given = ticket.given(env, store, config, credentials)
    return "" if given is None else f"{ticket.folder(profile)} {crc32(os.fsencode(given)):08x}"


def take(name: str, env: Mapping[str, str]) -> tuple[tuple[int, str] | None, bool]:
    """Takes the lock, or waits for its holder.

    Args:
        name: from `lock_name`, usable as a file name.
        env: the caller's environment.

    Returns:
        Number and path of the lock's file, if we hold it or if it ended in a failure for all; and whether
        another process held it and may have left the ticket.
    """
    path = f"{user_dirs.state_folder(env)}/locks/{name}"
    try:
        fd = _opened(path)
        return take_open(fd, path) if fd >= 0 else (None, False)
    except OSError:  # this file system has no locks
        return None, False


def take_open(fd: int, path: str) -> tuple[tuple[int, str] | None, bool]:
    """Takes the lock of an open file; for the result see `take`."""
    if file_lock.locked(fd) and file_lock.named(fd, path):
        os.ftruncate(fd, 0)
        return (fd, path), False
    _stand(fd)
    if os.pread(fd, 200, 0).partition(b"\n")[0].endswith((b" cancelled", b" refused")):
        return (fd, path), False
    os.close(fd)
    return None, True


def _opened(path: str) -> int:
    """The file to lock; negative if locking is impossible, and no process waits."""
    try:
        return _checked(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600))
    except FileNotFoundError:
        return _first(path)
    except OSError:
        return -1


def _first(path: str) -> int:
    """The file to lock, if its directory must be created first."""
    folder = os.path.dirname(path)
    try:
        user_dirs.folder(os.path.dirname(folder))
        user_dirs.folder(folder)
    except user_dirs.Trouble:  # the full program reports it
        return -1
    return _opened(path) if os.path.isdir(folder) else -1


def _checked(fd: int) -> int:
    """The file, if it is ours and not a standard stream, some of which may be closed."""
    if fd > 2 and os.fstat(fd).st_uid == os.geteuid():
        return fd
    os.close(fd)
    return -1


def holder(fd: int) -> list[str]:
    """Process id, terminal and state of the lock's holder; fewer words if it has not written them yet."""
    return os.pread(fd, 200, 0).decode("utf-8", "replace").partition("\n")[0].split()


def who(pid: str, terminal: str) -> str:
    """The description of a process for messages."""
    return f"process {pid}" if terminal == NOWHERE else f"process {pid} on {terminal}"


def waiting(pid: str, terminal: str, doing: str) -> str:
    """The message about a wait, after a second."""
    state = f"stopped (run fg to continue it, or kill {pid} to end it)" if _stopped(pid) else doing
    return f"waiting for {who(pid, terminal)}, which is {state}"


def _stopped(pid: str) -> bool:
    try:
        with open(f"/proc/{int(pid)}/stat", "rb") as stat:
            return stat.read().rpartition(b")")[2].split()[0] in (b"T", b"t")
    except (OSError, ValueError, IndexError):
        return False


def _stand(fd: int) -> None:
    """Waits until the lock is released: all waiting processes then continue at the same time."""
    said: list[bool] = []
    start = monotonic()

    def look() -> None:
        if not said and monotonic() - start >= file_lock.SILENCE and len(words := holder(fd)) == 3:
            said.append(_said(waiting(*words)))

    file_lock.wait(fd, file_lock.SHARED, each=look, step=STEP)


def _said(text: str) -> bool:
    """Prints a message without loading modules of the full program, since many processes do it at once."""
    try:
        return os.write(2, f"pass aws: {text}\n".encode() if text.isprintable() else b"") >= 0
    except OSError:  # stderr has no reader
        return True
