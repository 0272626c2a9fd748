"""The tests test the checkout's pass_aws, or an installed wheel if the checkout has no package."""

from __future__ import annotations

import importlib.metadata
from pathlib import Path

from conftest import MAIN, TOP, run

import pass_aws
from pass_aws import VERSION


def test_the_tested_package_is_the_one_beside_the_tests() -> None:
    """`.ci/run` removes the package there, so that only the wheel's modules and program are tested."""
    found = Path(pass_aws.__file__).parent
    beside = (TOP / "pass_aws" / "__init__.py").is_file()
    assert (found.parent == TOP) == beside
    assert ("site-packages" in found.parts) != beside
    assert MAIN.parent == found
    done = run("version")
    assert (done.returncode, done.stdout.split()[-1]) == (0, VERSION)
    assert importlib.metadata.version("pass-aws") == VERSION
