"""`make test-lowest`: the core tests with the lowest versions of the dependencies that pyproject.toml allows.

The tools of the tests (pytest, hypothesis) are the newest ones; moto and the AWS CLI are not installed, since they
bring a newer boto3, so only tests with our own fake of AWS run.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
TOOLS = ("pytest", "pytest-timeout", "pytest-xdist", "hypothesis", "pexpect")
TESTS = (
    "aws/test_sts_door.py", "aws/test_refusals.py", "aws/test_hostile.py", "command_line/test_completion.py",
    "commands/test_exec.py", "console/test_login.py", "credentials/test_resolve.py", "credentials/test_sources.py",
    "gpg/test_gpg.py", "keys/test_add.py", "keys/test_rotate.py", "mfa/test_enrol.py", "mfa/test_totp.py",
    "sso/test_flows.py", "sso/test_signin.py", "sso/test_sync.py", "store/test_store.py", "system/test_programs.py",
)  # fmt: skip


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
        subprocess.run([*pip, "--no-deps", str(TOP)], check=True, env={**os.environ, "PIP_CONSTRAINT": ""})
        tests = sys.argv[1:] or [f"tests/{name}" for name in TESTS]
        sys.exit(subprocess.run([python, "-m", "pytest", "-p", "no:cacheprovider", *tests], cwd=TOP, check=False).returncode)


def bounds(project: dict) -> list[str]:
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
