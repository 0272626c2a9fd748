"""The AWS config and credentials files; reading never creates or changes one."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import pwd
import re
import stat
from typing import TYPE_CHECKING

from pass_aws.adapters import disk
from pass_aws.rules.appending import adding
from pass_aws.rules.config import Profiles, profiles
from pass_aws.rules.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CONSULTED = ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "HOME")


class AwsFiles:
    """The two files, each read at most once.

    Args:
        env: says where they are.
    """

    def __init__(self, env: Mapping[str, str]) -> None:
        self.config_path = _path(env, "AWS_CONFIG_FILE", "~/.aws/config")
        self.credentials_path = _path(env, "AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials")
        self._read: dict[str, tuple[Profiles, int]] = {}

    def config(self) -> Profiles:
        """What the config file names; an absent file names nothing.

        Raises:
            UserError: the file is there and cannot be read.
        """
        return self._once(self.config_path, credentials=False)[0]

    def credentials(self) -> Profiles:
        """What the credentials file names; as `config`."""
        return self._once(self.credentials_path, credentials=True)[0]

    def newest_mtime_ns(self) -> int:
        """The newer of the files' times, taken before they were read; 0 where there is neither."""
        config_time = self._once(self.config_path, credentials=False)[1]
        return max(config_time, self._once(self.credentials_path, credentials=True)[1])

    def add_profile(self, name: str, values: Mapping[str, str]) -> None:
        """Appends a profile to the config file, which is made if there is none.

        Raises:
            UserError: it cannot be written, or the profile is already there; nothing was changed.
        """
        path = os.path.realpath(self.config_path)
        try:
            with _alone(os.path.dirname(path)):
                content, mode = _existing(path)
                text = adding(_decoded(content), name, values)
                disk.write(path, text.encode("utf-8", "surrogateescape"), mode)
        except OSError as error:
            raise UserError(f"cannot write {path}: {error.strerror}") from error
        self._read.pop(self.config_path, None)

    def _once(self, path: str, *, credentials: bool) -> tuple[Profiles, int]:
        key = f"{path}\0" if credentials else path
        if key not in self._read:
            content, mtime_ns = _content(path)
            self._read[key] = profiles(_decoded(content), path, credentials=credentials), mtime_ns
        return self._read[key]


def _decoded(content: bytes) -> str:
    return content.decode("utf-8", "surrogateescape")


def _path(env: Mapping[str, str], name: str, default: str) -> str:
    """A path with `$VAR` and `~` replaced, as botocore does."""
    path = env.get(name) or default
    path = re.sub(r"\$(?:(\w+)|\{([^}]*)\})", lambda found: env.get(found[1] or found[2], found[0]), path)
    user, slash, rest = path.partition("/")
    if not user.startswith("~"):
        return path
    with contextlib.suppress(KeyError):
        home = env.get("HOME") or pwd.getpwuid(os.getuid()).pw_dir
        home = home if user == "~" else pwd.getpwnam(user[1:]).pw_dir
        return home + slash + rest
    return path


def _content(path: str) -> tuple[bytes, int]:
    """A file's bytes and its time before it was read; what is no regular file holds nothing."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ENXIO):
            return b"", 0
        raise UserError(f"cannot read {path}: {error.strerror}") from error
    with open(fd, "rb") as file:
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode):
            return b"", 0
        return file.read(), status.st_mtime_ns


def _existing(path: str) -> tuple[bytes, int]:
    """What is there to be added to, and its permissions."""
    try:
        with open(path, "rb") as file:
            return file.read(), stat.S_IMODE(os.fstat(file.fileno()).st_mode)
    except FileNotFoundError:
        return b"", 0o600


@contextlib.contextmanager
def _alone(folder: str) -> Iterator[None]:
    """Holds the folder's lock, so that no two of us add to a file at once; makes the folder if need be."""
    os.makedirs(folder, 0o700, exist_ok=True)
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)
