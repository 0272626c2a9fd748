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
"""The maximum size in bytes; a larger file is not a config file."""


class AwsFiles:
    """The two files, each read at most once.

    Args:
        env: sets their paths.
        say: prints a message for the user.
    """

    def __init__(self, env: Mapping[str, str], say: Callable[[str], None] = lambda _: None) -> None:
        self._env, self._say = env, say
        self.config_path = _path(env, "AWS_CONFIG_FILE", "~/.aws/config")
        self.credentials_path = _path(env, "AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials")
        self._config: tuple[Profiles, int] | None = None
        self._credentials: tuple[Profiles, int] | None = None

    def config(self) -> Profiles:
        """The sections of the config file; none if the file does not exist.

        Raises:
            UserError: the file exists but cannot be read.
        """
        if self._config is None:
            self._config = _read(self.config_path, credentials=False)
        return self._config[0]

    def credentials(self) -> Profiles:
        """The sections of the credentials file; otherwise as `config`."""
        if self._credentials is None:
            self._credentials = _read(self.credentials_path, credentials=True)
        return self._credentials[0]

    def names(self, start: str, *, credentials: bool) -> list[str]:
        """The profiles in one of the files whose names have a prefix; fast, for completion."""
        path = self.credentials_path if credentials else self.config_path
        found = profile_names.starting(_bytes(path)[0], start, credentials=credentials)
        if found is None:
            whole = self.credentials() if credentials else self.config()
            found = [name for name in whole.names if name.startswith(start)]
        return found

    def mtimes_ns(self) -> tuple[int, int]:
        """The modification times of both files, taken before reading; 0 for a missing file."""
        self.config()
        self.credentials()
        return self._config[1] if self._config else 0, self._credentials[1] if self._credentials else 0

    def config_is_file(self) -> bool:
        """Whether the config file is a regular file or missing; `/dev/null` and FIFOs are never written."""
        try:
            return stat.S_ISREG(os.stat(self.config_path).st_mode)
        except OSError:
            return True

    def ignore_unreadable_config(self) -> None:
        """If the config file is not text, warns and continues without it."""
        from pass_aws.config.writing import NotTextError

        try:
            self.config()
        except NotTextError as error:
            self._say(f"warning: {error}: continuing without it")
            self._config = _profiles(b"", self.config_path, credentials=False), 0

    def with_profile(self, name: str, values: Mapping[str, str]) -> str:
        """The config file's text with one more profile; writes nothing.

        Raises:
            UserError: the file is not UTF-8, the profile exists, or it would not be read back unchanged.
        """
        from pass_aws.config import appending, writing

        return appending.adding(writing.text_of(_bytes(self.config_path)[0], self.config_path), name, values)

    def config_text(self) -> str:
        """The config file's text for `change_config`; empty if there is no file.

        Raises:
            UserError: it cannot be read, or is not UTF-8.
        """
        from pass_aws.config import writing

        return writing.text_of(_bytes(self.config_path)[0], self.config_path)

    def add_profile(self, name: str, values: Mapping[str, str]) -> None:
        """Appends a profile to the config file; creates a missing file, follows a symlink.

        Raises:
            UserError: it cannot be written, or the profile exists; nothing was changed.
        """
        from pass_aws.config import appending

        self.change_config(lambda text: appending.adding(text, name, values))

    def change_config(self, changed: Callable[[str], str]) -> None:
        """Replaces the config file's text by a function's result; only one pass aws does so at a time.

        Raises:
            UserError: it cannot be written, or the function raises this; nothing was changed.
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
    """The directory for `~` or `~user`; the text itself if there is no such user."""
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
    """The profiles in a file. Single bytes that are not UTF-8 are tolerated; another encoding is not.

    Raises:
        NotTextError: the file has NUL bytes, as in UTF-16 or in a file locked by git-crypt.
    """
    from pass_aws.config.profiles import profiles

    if b"\0" in content:
        from pass_aws.config import writing

        raise writing.not_text(content, path)
    return profiles(content.decode("utf-8", "surrogateescape"), printable(path), credentials=credentials)


def _bytes(path: str) -> tuple[bytes, int]:
    """The content of a file and its time; special files (`/dev/null`) are empty, as in botocore."""
    try:
        return _content(path)
    except OSError as error:
        if error.errno not in ABSENT:
            raise UserError(
                f"cannot read {printable(path)}: {error.strerror}", hint=f"check it with ls -ld {quote(path)}"
            ) from error
        return b"", 0


def _content(path: str) -> tuple[bytes, int]:
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)  # a FIFO without a writer must not block
    try:
        status = os.fstat(fd)  # before reading, so that a later edit has a newer time
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
