"""The name of this machine."""

from __future__ import annotations

import os


def name() -> str:
    """As `uname -n` prints it."""
    return os.uname().nodename
