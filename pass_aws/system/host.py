"""The name of this machine."""

from __future__ import annotations

import os


def name() -> str:
    """The host name, as `uname -n` prints it."""
    return os.uname().nodename
