"""Files that are at every instant either the old ones or the new ones."""

from __future__ import annotations

import errno
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

LEFTOVER = ".pass-aws-"
"""How the names of our temporary files begin: hidden from `pass ls`, and no entry for `pass init`."""

ENDING = ".tmp"


def write(path: str, content: bytes, mode: int = 0o600, check: Callable[[str], None] | None = None) -> None:
    """Replaces a file: temporary file beside it, fsync, rename, fsync of the folder.

    Args:
        path: is replaced itself if it is a symlink; callers that follow links resolve first.
        content: everything the file will hold.
        mode: the exact permissions, whatever the umask is; nobody else can read it before.
        check: looks at the finished temporary file; if it raises, nothing was changed.

    Raises:
        OSError: nothing was changed and nothing is left behind (unless the folder's own fsync failed).
    """
    folder = os.path.dirname(path) or "."
    temporary = f"{folder}/{LEFTOVER}{os.urandom(8).hex()}{ENDING}"
    fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        try:
            _fill(fd, content, mode)
        finally:
            os.close(fd)
        if check:
            check(temporary)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
    sync_folder(folder)


def _fill(fd: int, content: bytes, mode: int) -> None:
    if mode != 0o600:
        os.fchmod(fd, mode)
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(fd, rest) :]
    os.fsync(fd)


def sync_folder(folder: str) -> None:
    """Makes the names in a folder survive a power cut; file systems that cannot are forgiven."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
    finally:
        os.close(fd)
