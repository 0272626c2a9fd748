"""Files and directories that every user of the machine can change."""

from __future__ import annotations

import os
import stat

from pass_aws.text.quoting import command


def warnings(path: str) -> list[str]:
    """A line for the file or directory, and one for the directory around it, if all users can write to it.

    What is missing, or is neither file nor directory (`/dev/null`), is left out; so is a directory with the
    sticky bit (`/tmp`), where only its owner can replace a file.
    """
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
