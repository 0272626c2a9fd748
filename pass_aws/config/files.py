"""The AWS config and credentials files; reading never creates or changes one."""

from __future__ import annotations

import errno
import os
import re
import stat

from pass_aws.config import profile_names
from pass_aws.errors import UserError
from pass_aws.text.quoting import quote
from pass_aws.text.safe_text import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pass_aws.config.profiles import Profiles

ABSENT = (errno.ENOENT, errno.ENOTDIR, errno.ENXIO)
LARGEST = 64 << 20
"""Bytes of a file that are read; a larger one is not a config file."""


class AwsFiles:
    """The two files, each read at most once.

    Args:
        env: says where they are.
        say: says something to the user.
    """

    def __init__(self, env: Mapping[str, str], say: Callable[[str], None] = lambda _: None) -> None:
        self._env, self._say = env, say
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
        """The times of the config and of the credentials file, from before they were read; 0 for none."""
        self.config()
        self.credentials()
        return self._config[1] if self._config else 0, self._credentials[1] if self._credentials else 0

    def config_is_file(self) -> bool:
        """Whether the config file is one, or can become one; `/dev/null` and a FIFO are never written."""
        try:
            return stat.S_ISREG(os.stat(self.config_path).st_mode)
        except OSError:
            return True

    def ignore_unreadable_config(self) -> None:
        """Goes on without the config file where that is not text, after saying so."""
        from pass_aws.config.writing import NotTextError

        try:
            self.config()
        except NotTextError as error:
            self._say(f"warning: {error}: going on without it")
            self._config = _profiles(b"", self.config_path, credentials=False), 0

    def with_profile(self, name: str, values: Mapping[str, str]) -> str:
        """The config file's text with one profile more; nothing is written.

        Raises:
            UserError: the file is not UTF-8, the profile is there, or would not be read back as it is given.
        """
        from pass_aws.config import appending, writing

        return appending.adding(writing.text_of(_bytes(self.config_path)[0], self.config_path), name, values)

    def config_text(self) -> str:
        """The config file's text as `change_config` finds it; empty where there is no file.

        Raises:
            UserError: it cannot be read, or is not UTF-8.
        """
        from pass_aws.config import writing

        return writing.text_of(_bytes(self.config_path)[0], self.config_path)

    def add_profile(self, name: str, values: Mapping[str, str]) -> None:
        """Appends a profile to the config file, which is made if there is none; a symlink is followed.

        Raises:
            UserError: it cannot be written, or the profile is already there; nothing was changed.
        """
        from pass_aws.config import appending

        self.change_config(lambda text: appending.adding(text, name, values))

    def change_config(self, changed: Callable[[str], str]) -> None:
        """Replaces the config file's text by what a function makes of it; two of us never do so at once.

        Raises:
            UserError: it cannot be written, or the function raises it; nothing was changed.
        """
        from pass_aws.config import writing

        writing.change(self.config_path, changed, self._env, self._say)
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
    content, mtime_ns = _bytes(path)
    return _profiles(content, path, credentials=credentials), mtime_ns


def _profiles(content: bytes, path: str, *, credentials: bool) -> Profiles:
    """The profiles of a file. A byte that is not UTF-8 costs nobody a profile; another encoding does.

    Raises:
        NotTextError: the file has NUL bytes, as UTF-16 and what git-crypt has locked.
    """
    from pass_aws.config.profiles import profiles

    if b"\0" in content:
        from pass_aws.config import writing

        raise writing.not_text(content, path)
    return profiles(content.decode("utf-8", "surrogateescape"), printable(path), credentials=credentials)


def _bytes(path: str) -> tuple[bytes, int]:
    """A file and its time; what is neither file nor folder (`/dev/null`) is empty, as for botocore."""
    try:
        return _content(path)
    except OSError as error:
        if error.errno not in ABSENT:
            raise UserError(
                f"cannot read {printable(path)}: {error.strerror}", hint=f"look at ls -ld {quote(path)}"
            ) from error
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
            content = file.read(LARGEST + 1)
        if len(content) > LARGEST:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
        return content, status.st_mtime_ns
    finally:
        os.close(fd)
