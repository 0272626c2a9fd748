"""A turn at making a ticket: of all who miss the same one, one process makes it, and the others wait here.

They could wait in the full program too, for its locks; but loading it costs more than the answer.
"""

from __future__ import annotations

import fcntl
import os
from time import monotonic

from pass_aws.cache import ticket
from pass_aws.system import file_lock, user_dirs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NOWHERE = "-"
"""Stands for the terminal of a process that has none."""
STEP = 0.05
"""Seconds between two looks: a crowd that looks more often slows down whom it waits for."""


def turn_name(argv: Sequence[str], env: Mapping[str, str]) -> str:
    """The same name for all who miss the same ticket; empty for a request that gets none.

    Args:
        argv: the words behind the program's name.
        env: the caller's, with the front's message in it.
    """
    match argv:
        case ["exec", profile, "--", _, *_] | ["env", profile] | ["credential-process", profile]:
            pass
        case _:
            return ""
    home = env.get("HOME", "")
    if "PASS_AWS_DEPTH" in env or not home or not ticket.plain(profile):
        return ""  # who started us may have the turn, and wait for us
    from zlib import crc32

    store = env.get("_PASS_AWS_STORE") or env.get("PASSWORD_STORE_DIR") or f"{home}/.password-store"
    config = env.get("AWS_CONFIG_FILE") or f"{home}/.aws/config"
    credentials = env.get("AWS_SHARED_CREDENTIALS_FILE") or f"{home}/.aws/credentials"
    given = ticket.given(env, store, config, credentials)
    return "" if given is None else f"{ticket.folder(profile)} {crc32(os.fsencode(given)):08x}"


def take(name: str, env: Mapping[str, str]) -> tuple[tuple[int, str] | None, bool]:
    """Takes the turn, or waits for who has it.

    Args:
        name: what `turn_name` made, fit for a file name.
        env: the caller's.

    Returns:
        Number and path of the turn's file, if it is ours or ended in a failure for all; and whether another
        process had it and may have left the ticket.
    """
    path = f"{user_dirs.state_folder(env)}/locks/{name}"
    try:
        fd = _opened(path)
        return take_open(fd, path) if fd >= 0 else (None, False)
    except OSError:  # no locks on this file system
        return None, False


def take_open(fd: int, path: str) -> tuple[tuple[int, str] | None, bool]:
    """Takes the turn with its file open; `take` has the rest."""
    if file_lock.locked(fd) and file_lock.named(fd, path):
        os.ftruncate(fd, 0)
        return (fd, path), False
    _stand(fd)
    if os.pread(fd, 200, 0).partition(b"\n")[0].endswith((b" cancelled", b" refused")):
        return (fd, path), False
    os.close(fd)
    return None, True


def _opened(path: str) -> int:
    """The file that is locked; negative where there can be none, and nobody waits for anybody."""
    try:
        return _checked(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600))
    except FileNotFoundError:
        return _first(path)
    except OSError:
        return -1


def _first(path: str) -> int:
    """The same where its folder is missing."""
    from pass_aws.system import private_dirs

    folder = os.path.dirname(path)
    try:
        private_dirs.folder(os.path.dirname(folder))
        private_dirs.folder(folder)
    except private_dirs.Trouble:  # the full program says so
        return -1
    return _opened(path) if os.path.isdir(folder) else -1


def _checked(fd: int) -> int:
    """The same file if it is ours and no standard stream, of which some may be closed."""
    if fd > 2 and os.fstat(fd).st_uid == os.geteuid():
        return fd
    os.close(fd)
    return -1


def holder(fd: int) -> list[str]:
    """Process id, terminal and state of who has the lock; fewer words where it has not written yet."""
    return os.pread(fd, 200, 0).decode("utf-8", "replace").partition("\n")[0].split()


def who(pid: str, terminal: str) -> str:
    """A process, as messages call it."""
    return f"process {pid}" if terminal == NOWHERE else f"process {pid} on {terminal}"


def waiting(pid: str, terminal: str, doing: str) -> str:
    """What is said about it after a second."""
    state = f"stopped (fg continues it, kill {pid} ends it)" if _stopped(pid) else doing
    return f"waiting for {who(pid, terminal)}, which is {state}"


def _stopped(pid: str) -> bool:
    try:
        with open(f"/proc/{int(pid)}/stat", "rb") as stat:
            return stat.read().rpartition(b")")[2].split()[0] in (b"T", b"t")
    except (OSError, ValueError, IndexError):
        return False


def _stand(fd: int) -> None:
    """Waits until the turn is over: all who wait may then go on side by side."""
    said: list[bool] = []
    start = monotonic()

    def look() -> None:
        if not said and monotonic() - start >= file_lock.SILENCE and len(words := holder(fd)) == 3:
            said.append(_said(waiting(*words)))

    file_lock.wait(fd, fcntl.LOCK_SH, each=look, step=STEP)


def _said(text: str) -> bool:
    """Says it without the modules that the full program would: a whole crowd says it at once."""
    try:
        return os.write(2, f"pass aws: {text}\n".encode() if text.isprintable() else b"") >= 0
    except OSError:  # nobody can read it
        return True
