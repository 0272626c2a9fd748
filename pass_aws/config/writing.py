"""Changes a config file: one process at a time, atomically, and only if it is text."""

from __future__ import annotations

import errno
import os
import stat

from pass_aws.errors import UserError
from pass_aws.system import atomic_files, file_lock, no_follow
from pass_aws.system.user_dirs import state_folder
from pass_aws.text.quoting import quote
from pass_aws.text.safe_text import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PATIENCE = 10.0
"""Seconds to wait for another pass aws that is writing."""
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
"""The first bytes of files that Windows programs call Unicode."""
GIT_CRYPT = b"\0GITCRYPT\0"


class NotTextError(UserError):
    """A file that is not UTF-8 text."""


def change(
    path: str, changed: Callable[[str], str], env: Mapping[str, str], say: Callable[[str], None]
) -> None:
    """Replaces a file's text by a function's result; creates a missing file, follows a symlink.

    Args:
        path: of the file, as given.
        changed: makes the new text from the old one, which is empty if there is no file.
        env: sets the directory of locks.
        say: prints a message for the user.

    Raises:
        UserError: it cannot be written; nothing was changed.
        NotTextError: it is not UTF-8; nothing was changed.
    """
    real = os.path.realpath(path)
    patience = file_lock.Patience(f"changing {printable(path)}", say, PATIENCE)
    try:
        with (
            file_lock.held(file_lock.path(state_folder(env), real), patience, say),
            no_follow.opened("/", *_parts(real)[:-1], made=[], mode=0o700) as folder,
        ):
            no_follow.refuse_foreign(path, folder)
            content, mode = _present(folder, os.path.basename(real))
            text = changed(text_of(content, path))
            atomic_files.write_in(folder, os.path.basename(real), text.encode(), mode)
    except OSError as error:
        raise UserError(
            f"cannot write {printable(path)}: {error.strerror}", hint=f"check it with ls -ld {quote(real)}"
        ) from error


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part]


def text_of(content: bytes, path: str) -> str:
    """The text of a file to change.

    Raises:
        NotTextError: it is not UTF-8; additions would have another encoding than the rest.
    """
    try:
        if b"\0" not in content:
            return content.decode()
    except UnicodeDecodeError:
        pass
    raise not_text(content, path)


def not_text(content: bytes, path: str) -> NotTextError:
    """The error for a file that is not UTF-8, with its probable cause."""
    hint = "save it as UTF-8"
    if content.startswith(UTF_16):
        hint = f"save it as UTF-8; iconv -f UTF-16 -t UTF-8 {quote(path)} prints it in UTF-8"
    elif content.startswith(GIT_CRYPT):
        hint = "git-crypt has locked it: run git-crypt unlock in its repository"
    return NotTextError(f"{printable(path)} is not UTF-8 text", hint=hint)


def _present(folder: int, file: str) -> tuple[bytes, int]:
    """The content and mode of a file in an open directory; empty and private if there is none."""
    try:
        fd = os.open(file, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW, dir_fd=folder)
    except FileNotFoundError:
        return b"", 0o600
    try:
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.ENOTSUP, atomic_files.NOT_REGULAR)
        if not os.access(file, os.W_OK, dir_fd=folder):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        with open(fd, "rb", closefd=False) as reader:
            return reader.read(), stat.S_IMODE(status.st_mode)
    finally:
        os.close(fd)
