"""A locale variable that Python sets itself is not passed on as the caller's."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from conftest import MAIN, put

from pass_aws.system import become

if TYPE_CHECKING:
    from pathlib import Path

    from fakeaws import FakeAWS


@pytest.mark.parametrize(
    "given", [{}, {"LANG": "C"}, {"LC_CTYPE": "C"}, {"LC_CTYPE": "C.UTF-8"}, {"LC_ALL": "C"}]
)
def test_the_command_gets_the_locale_of_the_caller(
    fake: FakeAWS, store: Path, aws_config: Path, given: dict[str, str]
) -> None:
    """The command's LC_CTYPE is the caller's, set or not."""
    key = fake.user("alice").key()
    put(store, "dev", key.id, key.secret)
    aws_config.write_text("[profile dev]\n")
    bare = {
        name: value for name, value in os.environ.items() if name != "LANG" and not name.startswith("LC_")
    }
    asked = [sys.executable, "-I", "-S", str(MAIN), "exec", "-n", "dev", "--", "env"]
    done = subprocess.run(asked, env={**bare, **given}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    seen = dict(line.partition("=")[::2] for line in done.stdout.splitlines())
    assert {name: value for name, value in seen.items() if name == "LANG" or name.startswith("LC_")} == given


def test_without_the_original_environment(tmp_path: Path) -> None:
    """If the original environment cannot be read, Python's is used."""
    env = {"LC_CTYPE": "C.UTF-8", "A": "b"}
    assert become.callers_env(env, str(tmp_path / "none")) == env
