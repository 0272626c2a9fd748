"""The AWS config and credentials files; reading never creates or changes one."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import stat
import time

from pass_aws.config import profile_names
from pass_aws.errors import UserError
from pass_aws.system import atomic_files
from pass_aws.text.safe_text import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pass_aws.config.profiles import Profiles

CONSULTED = ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "HOME")
"""The variables that say where the files are; a path may name others (`$VAR`)."""
ABSENT = (errno.ENOENT, errno.ENOTDIR, errno.ENXIO)
PATIENCE, STEP = 10.0, 0.02
"""Seconds to wait for another of us who is writing, and between two looks."""


class AwsFiles:
    """The two files, each read at most once.

    Args:
        env: says where they are.
    """

    def __init__(self, env: Mapping[str, str]) -> None:
        self.config_path = _path(env, "AWS_CONFIG_FILE", "~/.aws/config")
        self.credentials_path = _path(env, "AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials")
        self._config: tuple[Profiles, int] | None = None
        self._credentials: tuple[Profiles, int] | None = None

    def config(self) -> Profiles:
        """What the config file names; an absent file names nothing.

        Raises:
            UserError: the file is there and cannot be read.
        """
        if self._config is None:
            self._config = _read(self.config_path, credentials=False)
        return self._config[0]

    def credentials(self) -> Profiles:
        """What the credentials file names; as `config`."""
        if self._credentials is None:
            self._credentials = _read(self.credentials_path, credentials=True)
        return self._credentials[0]

    def names(self, start: str, *, credentials: bool) -> list[str]:
        """The profiles of one of the files whose names start so; quick, as TAB needs it."""
        path = self.credentials_path if credentials else self.config_path
        found = profile_names.starting(_bytes(path)[0], start, credentials=credentials)
        if found is None:
            whole = self.credentials() if credentials else self.config()
            found = [name for name in whole.names if name.startswith(start)]
        return found

    def mtimes_ns(self) -> tuple[int, int]:
        """The files' times, older one first, as they were before they were read; zeros without a config file.

        Without a credentials file both are the config file's.
        """
        self.config()
        self.credentials()
        times = [read[1] for read in (self._config, self._credentials) if read and read[1]]
        return (min(times), max(times)) if self._config and self._config[1] else (0, 0)

    def add_profile(self, name: str, values: Mapping[str, str]) -> None:
        """Appends a profile to the config file, which is made if there is none; a symlink is followed.

        Raises:
            UserError: it cannot be written, or the profile is already there; nothing was changed.
        """
        path = os.path.realpath(self.config_path)
        try:
            with _alone(os.path.dirname(path)):
                _append(path, name, values)
        except OSError as error:
            raise UserError(f"cannot write {printable(path)}: {error.strerror}") from error
        self._config = None


def _path(env: Mapping[str, str], name: str, default: str) -> str:
    """A path with `$VAR` and `~` replaced, as botocore does."""
    path = env.get(name) or default
    path = re.sub(r"\$(?:(\w+)|\{([^}]*)\})", lambda found: env.get(found[1] or found[2], found[0]), path)
    user, slash, rest = path.partition("/")
    return _home(user, env) + slash + rest if user.startswith("~") else path


def _home(user: str, env: Mapping[str, str]) -> str:
    """The folder that `~` or `~user` stands for; itself where there is no such user."""
    if user == "~" and env.get("HOME"):
        return env["HOME"]
    try:
        import pwd

        return pwd.getpwnam(user[1:]).pw_dir if user[1:] else pwd.getpwuid(os.getuid()).pw_dir
    except KeyError:
        return user


def _read(path: str, *, credentials: bool) -> tuple[Profiles, int]:
    from pass_aws.config.profiles import profiles

    content, mtime_ns = _bytes(path)
    text = content.decode("utf-8", "surrogateescape")
    return profiles(text, printable(path), credentials=credentials), mtime_ns


def _bytes(path: str) -> tuple[bytes, int]:
    """A file and its time; what is neither file nor folder (`/dev/null`) is empty, as for botocore."""
    try:
        return _content(path)
    except OSError as error:
        if error.errno not in ABSENT:
            raise UserError(f"cannot read {printable(path)}: {error.strerror}") from error
        return b"", 0


def _content(path: str) -> tuple[bytes, int]:
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)  # a FIFO without a writer hangs nobody
    try:
        status = os.fstat(fd)  # before reading: an edit in between shows as a newer time
        if stat.S_ISDIR(status.st_mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if not stat.S_ISREG(status.st_mode):
            return b"", 0
        with open(fd, "rb", closefd=False) as file:
            return file.read(), status.st_mtime_ns
    finally:
        os.close(fd)


def _append(path: str, name: str, values: Mapping[str, str]) -> None:
    from pass_aws.config.appending import adding

    try:
        with open(path, "rb") as file:
            content, before = file.read(), os.fstat(file.fileno())
    except FileNotFoundError:
        atomic_files.write(path, adding("", name, values).encode("utf-8", "surrogateescape"))
        return
    if not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    text = adding(content.decode("utf-8", "surrogateescape"), name, values)
    atomic_files.write(path, text.encode("utf-8", "surrogateescape"), stat.S_IMODE(before.st_mode))
    if (before.st_uid, before.st_gid) != (os.geteuid(), os.getegid()):
        with contextlib.suppress(OSError):  # under sudo the file stays its owner's
            os.chown(path, before.st_uid, before.st_gid)


@contextlib.contextmanager
def _alone(folder: str) -> Iterator[None]:
    """Holds the folder's lock, so that no two of us add at once; makes the folder if need be."""
    os.makedirs(folder, 0o700, exist_ok=True)
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        _lock(fd, folder)
        yield
    finally:
        os.close(fd)


def _lock(fd: int, folder: str) -> None:
    import fcntl

    end = time.monotonic() + PATIENCE
    while True:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > end:
                raise UserError(
                    f"another process holds the lock of {printable(folder)}", hint="end it, then try again"
                ) from None
            time.sleep(STEP)
        else:
            return
