"""LC_CTYPE, the variable that Python itself changes when it starts in the C locale."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

NAME = "LC_CTYPE"
COERCED = ("C.UTF-8", "C.utf8", "UTF-8")
STARTED = "/proc/self/environ"


def as_given(env: Mapping[str, str], started: str = STARTED) -> dict[str, str]:
    """The environment with the caller's LC_CTYPE, so that commands do not inherit Python's.

    Args:
        env: the environment in Python.
        started: the file with this process's original environment; without it nothing changes.

    Source: PEP 538.
    """
    found = dict(env)
    if found.get(NAME) not in COERCED or found.get("LC_ALL"):
        return found
    try:
        with open(started, "rb") as file:
            given = dict(item.partition(b"=")[::2] for item in file.read().split(b"\0"))
    except OSError:
        return found
    del found[NAME]
    if NAME.encode() in given:
        found[NAME] = os.fsdecode(given[NAME.encode()])
    return found
