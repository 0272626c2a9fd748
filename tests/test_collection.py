"""Each pytest process finds the same tests; pytest-xdist refuses to run otherwise."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from conftest import TOP

if TYPE_CHECKING:
    import pytest


def test_names_do_not_change(request: pytest.FixtureRequest) -> None:
    """A test's name holds no time, process number or order of a set: another process finds it, seconds later."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--collect-only",
        "-q",
        "-o",
        "addopts=",
        "-p",
        "no:cacheprovider",
    ]
    env = {**os.environ, "PYTHONHASHSEED": "7", "NO_COLOR": "1"}
    done = subprocess.run(command, cwd=TOP, env=env, capture_output=True, text=True, check=True)
    found = set(done.stdout.splitlines())
    names = [item.nodeid for item in request.session.items]
    # pytest-xdist adds the group of a test to its name
    assert [name for name in names if not {name, name.rpartition("@")[0]} & found] == []
