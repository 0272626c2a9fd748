"""Finds the lines in startup files of shells that an installation has asked the user to add."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

NAMES = (
    ".profile", ".bash_profile", ".bash_login", ".bashrc", ".zshenv", ".zprofile", ".zshrc",
    ".config/fish/config.fish",
)  # fmt: skip
OURS = re.compile(r"pass-aws|\bawsp|\bPASSWORD_STORE_(?:ENABLE_EXTENSIONS|EXTENSIONS_DIR)\b")
LARGEST = 1 << 20
"""The maximum number of bytes to read of a startup file."""


def homes(env: Mapping[str, str]) -> list[str]:
    """The home directories of the caller, and under sudo of the user who called sudo."""
    user = env.get("SUDO_USER", "")
    found = [env.get("HOME", ""), os.path.expanduser(f"~{user}") if user else ""]
    return [home for home in dict.fromkeys(found) if home.startswith("/")]


def mentions(homes: Iterable[str], wanted: re.Pattern[str] = OURS) -> list[tuple[str, int, str]]:
    """Path, line number and text of each matching line.

    Args:
        homes: home directories. Comments and unreadable files are ignored.
        wanted: by default, lines that name pass aws or enable pass's extensions.
    """
    found = []
    for path in (Path(home, name) for home in homes for name in NAMES):
        try:
            with path.open(encoding="utf-8", errors="replace") as file:
                text = file.read(LARGEST) if path.is_file() else ""
        except OSError:
            continue
        for number, line in enumerate(text.split("\n"), 1):
            if wanted.search(line) and not line.lstrip().startswith("#"):
                found.append((str(path), number, line.strip()))
    return found
