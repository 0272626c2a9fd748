"""The door to the installed `pass`: its path, and its extension directory."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from pass_aws.installation import install_targets

if TYPE_CHECKING:
    from collections.abc import Mapping

ENABLE, FOLDER = "PASSWORD_STORE_ENABLE_EXTENSIONS", "PASSWORD_STORE_EXTENSIONS_DIR"
"""The variables with which pass finds the extensions of a user."""
WRAPPERS = 4
"""The maximum number of nested wrappers to follow."""


def path(env: Mapping[str, str]) -> str:
    """The path of `pass`; empty if it is not on PATH."""
    return shutil.which("pass", path=env.get("PATH", "")) or ""


def extension_dir(env: Mapping[str, str]) -> str:
    """The system's extension directory of the `pass` on PATH; empty if unknown."""
    program = path(env)
    for _ in range(WRAPPERS):
        text = _text(program)
        found = install_targets.system_extension_dir(text)
        if found:
            return found
        program = install_targets.wrapped_program(text)
    return ""


def own_extensions(env: Mapping[str, str]) -> list[str]:
    """The extensions that this user's `pass` reads now, besides those of the system."""
    if env.get(ENABLE) != "true":
        return []
    store = env.get("PASSWORD_STORE_DIR") or f"{env.get('HOME', '')}/.password-store"
    folder = Path(env.get(FOLDER) or f"{store}/.extensions")
    return sorted(str(path) for path in folder.glob("*.bash"))


def _text(program: str) -> str:
    try:
        return Path(program).read_bytes().decode("latin-1")
    except OSError:
        return ""
