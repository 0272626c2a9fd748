"""The user's own directories: where they are, and whether other users can change or read them."""

from __future__ import annotations

import os
import stat

from pass_aws.errors import UserError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


OTHERS = 0o077
FROM_THE_SYSTEM = """run export HOME="$(getent passwd "$(id -u)" | cut -d: -f6)\""""


class Trouble(Exception):  # noqa: N818 - callers report it as a warning
    """The reason why one of our directories or files cannot be used: lower case, no full stop."""


def cache_folder(env: Mapping[str, str]) -> str:
    """The directory of sessions and tickets, which may be deleted at any time.

    Like all XDG variables, a relative XDG_CACHE_HOME is ignored, as the standard says.
    """
    return _private(env, "XDG_CACHE_HOME", ".cache")


def state_folder(env: Mapping[str, str]) -> str:
    """The directory of the seal and the locks."""
    return _private(env, "XDG_STATE_HOME", ".local/state")


def home(env: Mapping[str, str]) -> str:
    """The user's home directory.

    Raises:
        UserError: HOME is not set; private files would go to the current directory, or to `/`.
    """
    found = env.get("HOME", "")
    if not found.startswith("/"):
        raise UserError(
            f"HOME is not an absolute path: {found}" if found else "HOME is not set",
            hint=FROM_THE_SYSTEM,
        )
    return found


def base(env: Mapping[str, str], variable: str, default: str) -> str:
    """A base directory of this user: what an XDG variable says, else `default` below HOME."""
    found = env.get(variable, "")
    return found if found.startswith("/") else f"{env.get('HOME', '')}/{default}"


def _private(env: Mapping[str, str], variable: str, default: str) -> str:
    if not env.get(variable, "").startswith("/"):
        home(env)
    return f"{base(env, variable, default)}/pass-aws"


def folder(path: str) -> None:
    """Checks that a directory exists, is ours and is closed to others; a missing one is created 0700.

    Raises:
        Trouble: the check fails; an existing directory is not changed.
    """
    try:
        if not os.path.lexists(path):
            _make(path)
        found = os.stat(path)
    except OSError as error:
        raise trouble(path, error) from None
    if not stat.S_ISDIR(found.st_mode):
        raise Trouble(f"{path} is not a directory")
    if found.st_uid != os.geteuid():
        raise Trouble(f"{path} belongs to another user")
    if found.st_mode & OTHERS:
        raise Trouble(f"{path} is open to other users (run chmod 700 on it)")


def inner(path: str) -> None:
    """Checks a subdirectory as `folder` does; it must not be a symlink, which would redirect writes."""
    if os.path.islink(path):
        raise Trouble(f"{path} is a symlink")
    folder(path)


def _make(path: str) -> None:
    """Creates it, but not in another user's directory: that user could not remove files of root."""
    parent = os.path.dirname(path)
    if not os.path.isdir(parent):
        _make(parent)
    if os.stat(parent).st_uid not in (os.geteuid(), 0):
        raise Trouble(f"{parent} belongs to another user")
    try:
        os.mkdir(path, 0o700)
    except FileExistsError:
        return  # another process has just created it


def file(path: str) -> bool:
    """Whether it is a regular file of ours: not a symlink, and not a FIFO, which would block its reader."""
    try:
        found = os.lstat(path)
    except OSError:
        return False
    return stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid()


def apart(outer: str, path: str) -> bool:
    """Whether a path is outside a directory, also after following symlinks and mounts."""
    outer, path = os.path.realpath(outer), os.path.realpath(path)
    if f"{path}/".startswith(f"{outer}/"):
        return False
    while path != "/":
        try:
            if os.path.samefile(path, outer):
                return False
        except OSError:
            pass
        path = os.path.dirname(path)
    return True


def trouble(path: str, error: OSError) -> Trouble:
    """Converts a system error to a Trouble."""
    return Trouble(f"{path}: {(error.strerror or str(error)).lower()}")


def exposed(path: str) -> list[str]:
    """A warning for the file or directory, and one for the directory around it, if all users can write to it.

    What is missing, or is neither file nor directory (`/dev/null`), is left out; so is a directory with the
    sticky bit (`/tmp`), where only its owner can replace a file.
    """
    from pass_aws.text.quoting import command

    found = [each for each in (path, os.path.dirname(path)) if _open_to_all(each)]
    return [f"warning: all users can write to {each}: run {command('chmod', 'o-w', each)}" for each in found]


def _open_to_all(path: str) -> bool:
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError):
        return False
    if stat.S_ISDIR(mode):
        return bool(mode & stat.S_IWOTH and not mode & stat.S_ISVTX)
    return bool(stat.S_ISREG(mode) and mode & stat.S_IWOTH)
