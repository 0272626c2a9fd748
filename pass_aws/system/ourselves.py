"""How this very program is started again."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

FRONT = "_PASS_AWS_FRONT"
"""Where the front is that has started us; it answers from a ticket, which Python does not."""
BASH = ("/bin/bash", "-p")
MAIN = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "__main__.py")


def argv(env: Mapping[str, str]) -> list[str]:
    """The words that start us, as `_PASS_AWS_FRONT` in the caller's environment says, else by Python."""
    front = env.get(FRONT, "")
    if os.path.isabs(front) and os.path.isfile(front):
        return [*BASH, front]
    return [sys.executable, "-I", "-S", MAIN]
