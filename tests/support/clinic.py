"""The doctor, and the user's shell, in which its commands are typed as printed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

from conftest import TOP

from pass_aws import cli

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pytest

PROGRAMS = ("gpg", "gpgconf", "gpg-connect-agent", "gpg-agent", "git", "vi")
"""The programs on the doctor's PATH, without shells and pass, which are slow to start."""
TYPED = 'eval "$1"; status=$?; env -0 >"$2"; exit $status'


class Clinic:
    """The doctor, run in this process.

    Args:
        folder: an empty directory.
        capsys: captures its output.
        env: the environment of the user's shell.
    """

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str], env: Mapping[str, str]) -> None:
        self._capsys = capsys
        self.folder = folder
        self.path = folder / "doctor-path"
        self.path.mkdir()
        for name in PROGRAMS:
            if found := shutil.which(name):
                (self.path / name).symlink_to(found)
        extension = {
            "PASSWORD_STORE_ENABLE_EXTENSIONS": "true",
            "PASSWORD_STORE_EXTENSIONS_DIR": str(TOP / "extensions"),
        }
        self.env = {"SHELL": "/bin/bash", **env, **extension}
        self.whole = False

    def run(self, *argv: str) -> tuple[int, str, str]:
        """Its exit status and what it printed."""
        env = self.env if self.whole else {**self.env, "PATH": str(self.path)}
        status = cli.main(["doctor", *argv], env)
        return status, *self._capsys.readouterr()

    def look(self, *argv: str) -> list[dict[str, Any]]:
        """What it finds; the exit status is that of the findings."""
        status, out, _ = self.run("--json", *argv)
        found: list[dict[str, Any]] = json.loads(out)
        assert status == any(one["status"] == "fail" for one in found)
        assert all(bool(one["fix"]) == bool(one["why"]) == (one["status"] != "ok") for one in found)
        return found

    def wrong(self, check: str, *argv: str) -> list[dict[str, Any]]:
        """The problems that a check has found."""
        return [one for one in self.look(*argv) if one["check"] == check and one["status"] != "ok"]

    def type(self, line: str) -> None:
        """Types a command line into the user's bash, and keeps its changed environment."""
        after = self.folder / "after"
        words = ["bash", "-c", TYPED, "bash", line, str(after)]
        done = subprocess.run(
            words,
            env=self.env,
            cwd=self.env["HOME"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, (line, done.stdout, done.stderr)
        rows = (os.fsdecode(row).partition("=") for row in after.read_bytes().split(b"\0")[:-1])
        self.env = {name: value for name, _, value in rows if name not in ("_", "SHLVL", "PWD", "OLDPWD")}

    def fixes(self, check: str, status: str, *argv: str) -> str:
        """Finds a problem, types the printed fix, and finds no problem any more.

        Returns:
            The problem that was found.
        """
        before = self.wrong(check, *argv)
        assert [one["status"] for one in before] == [status], before
        self.type(before[0]["fix"])
        after = self.look(*argv)
        assert [one for one in after if one["check"] == check and one["status"] != "ok"] == []
        return str(before[0]["found"])
