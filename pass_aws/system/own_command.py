"""How this very program is started again."""

from __future__ import annotations

import os
import sys

BASH = ("/bin/bash", "-p")
MAIN = os.path.join(os.path.dirname(os.path.dirname(os.path.realpath(__file__))), "__main__.py")


def argv(front: str) -> list[str]:
    """The words that start us.

    Args:
        front: the path of the front that has started us, which answers from a ticket; empty for none.
    """
    if os.path.isabs(front) and os.path.isfile(front):
        return [*BASH, front]
    return [sys.executable, "-I", "-S", MAIN]
