"""`make test-lowest`: the core tests with the lowest versions of the dependencies that pyproject.toml allows.

The tools of the tests (pytest, hypothesis) are the newest ones. moto and the AWS CLI bring a newer boto3:
they are not installed, and only tests with our own fake of AWS run.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

TOP = Path(__file__).resolve().parent.parent
TOOLS = ("pytest", "pytest-timeout", "pytest-xdist", "hypothesis", "pexpect")
TESTS = """
    aws/test_refusals aws/test_hostile command_line/test_completion commands/test_exec console/test_login
    credentials/test_resolve credentials/test_sources gpg/test_gpg keys/test_add keys/test_rotate
    mfa/test_enrol mfa/test_totp sso/test_flows sso/test_signin sso/test_sync
    store/test_store system/test_programs
"""


def main() -> None:
    """Makes a venv with exactly those versions, and runs the tests in it.

    Raises:
        SystemExit: with pytest's exit status.
    """
    lowest = bounds(tomllib.loads((TOP / "pyproject.toml").read_text())["project"])
    print("lowest versions:", *lowest, flush=True)
    with tempfile.TemporaryDirectory() as folder:
        python = f"{folder}/bin/python"
        subprocess.run([sys.executable, "-I", "-m", "venv", folder], check=True)
        pip = [python, "-I", "-m", "pip", "--disable-pip-version-check", "install", "-qq"]
        subprocess.run([*pip, *lowest, *TOOLS], check=True)
        copy = f"{folder}/source"  # pip builds in it, and leaves what it made
        shutil.copytree(TOP, copy, ignore=shutil.ignore_patterns(".*", "build", "dist", "tests"))
        subprocess.run([*pip, "--no-deps", copy], check=True)
        tests = sys.argv[1:] or ["-n", "2", *(f"tests/{name}.py" for name in TESTS.split())]
        words = [python, "-m", "pytest", "-p", "no:cacheprovider", *tests]
        sys.exit(subprocess.run(words, cwd=TOP, check=False).returncode)


def bounds(project: dict[str, Any]) -> list[str]:
    """`name==version` for each dependency, those of the extra `login` included.

    Raises:
        SystemExit: a dependency has no lower bound.
    """
    found = []
    for wanted in (*project["dependencies"], *project["optional-dependencies"]["login"]):
        name, _, version = wanted.partition(">=")
        if not re.fullmatch(r"[0-9.]+", version):
            sys.exit(f"no lower bound in pyproject.toml: {wanted}")
        found.append(f"{name}=={version}")
    return found


if __name__ == "__main__":
    main()
