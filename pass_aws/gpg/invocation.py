"""How pass calls gpg: program, options, environment, terminal."""

from __future__ import annotations

import os

from pass_aws.system import child_environment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

FIXED = ("--quiet", "--yes", "--compress-algo=none", "--no-encrypt-to")


def program(env: Mapping[str, str]) -> str:
    """The path of the gpg that pass uses: `gpg2` if on PATH, else `gpg`; the bare word if neither is."""
    folders = env.get("PATH", os.defpath).split(":")
    for name in ("gpg2", "gpg"):
        for folder in folders:
            path = f"{folder or '.'}/{name}"
            if os.access(path, os.X_OK) and os.path.isfile(path):
                return path
    return "gpg"


def words(text: str) -> list[str]:
    """A variable's words as bash splits it unquoted: at blanks, tabs and newlines."""
    return [word for word in text.replace("\t", " ").replace("\n", " ").split(" ") if word]


def options(env: Mapping[str, str]) -> list[str]:
    """GPG_OPTS of pass: the user's options, then pass's own, which take precedence."""
    asked = words(env.get("PASSWORD_STORE_GPG_OPTS", ""))
    batch = program(env).endswith("gpg2") or env.get("GPG_AGENT_INFO")
    return [*asked, *FIXED, *(("--batch", "--use-agent") if batch else ())]


def tty(env: Mapping[str, str]) -> str | None:
    """The terminal for pinentry; pass may have put the words `not a tty` into GPG_TTY.

    It is GPG_TTY if that is a terminal (in tmux it may be closed), else the first terminal of stdin, stdout
    and stderr, else the controlling terminal.
    """
    if _is_terminal(env.get("GPG_TTY", "")):
        return env["GPG_TTY"]
    for fd in (0, 1, 2):
        try:
            return os.ttyname(fd)
        except OSError:
            continue
    return _controlling_tty()


def _is_terminal(path: str) -> bool:
    if not path.startswith("/dev/"):
        return False
    try:
        fd = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return False
    found = os.isatty(fd)
    os.close(fd)
    return found


def _controlling_tty() -> str | None:
    """The controlling terminal, from its device number in /proc; the agent cannot use `/dev/tty`."""
    try:
        with open("/proc/self/stat", "rb") as stat:
            device = int(stat.read().rpartition(b")")[2].split()[4])
        for path in (f"/dev/pts/{os.minor(device)}", f"/dev/tty{os.minor(device)}"):
            if device and os.path.exists(path) and os.stat(path).st_rdev == device:
                return path
    except OSError:
        pass
    return None


def environment(env: Mapping[str, str]) -> dict[str, str]:
    """The environment of gpg: that of every helper, and GPG_TTY only if it is a terminal."""
    given = child_environment.helpers(env)
    terminal = tty(env)
    given.pop("GPG_TTY", None)
    return given if terminal is None else {**given, "GPG_TTY": terminal}
