"""Which pass_aws the tests test: the checkout's, or where the tests lie without one, an installed wheel."""

from __future__ import annotations

import importlib.metadata
from pathlib import Path

from conftest import MAIN, TOP, run

import pass_aws
from pass_aws import VERSION


def test_the_package_beside_the_tests_is_the_tested_one() -> None:
    """`.ci/run` removes it there, so that nothing but the wheel can answer: its modules, program and version."""
    found = Path(pass_aws.__file__).parent
    beside = (TOP / "pass_aws" / "__init__.py").is_file()
    assert (found.parent == TOP) == beside
    assert ("site-packages" in found.parts) != beside
    assert MAIN.parent == found
    done = run("version")
    assert (done.returncode, done.stdout.split()[-1]) == (0, VERSION)
    assert importlib.metadata.version("pass-aws") == VERSION
