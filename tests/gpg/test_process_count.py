"""A role without anything cached costs four gpg processes, and the first one two more."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING

from conftest import MAIN, put_role
from strace import watched

if TYPE_CHECKING:
    from pathlib import Path

    from fakeaws import FakeAWS

DIRECT = (sys.executable, "-I", "-S", str(MAIN))


def gpg_runs(folder: Path, *argv: str) -> list[str]:
    """The arguments of each gpg that a command starts."""
    folder.mkdir()
    seen = watched([*DIRECT, *argv], os.environ, folder)
    assert seen.status == 0, seen.err
    return [one.argv for one in seen.started if one.argv.split('"')[1].endswith(("/gpg", "/gpg2"))]


def test_a_role_without_mfa(fake: FakeAWS, store: Path, aws_config: Path, tmp_path: Path) -> None:
    """One gpg decrypts the key, one lists our keys, two encrypt the session and the ticket.

    Once for each key, two make the keyring with which tickets are decrypted.
    """
    put_role(fake, store, aws_config)
    kinds = ["--encrypt", "--encrypt", "--list-secret-keys", "-d"]
    once = ["--export", "--import"]  # the keyring
    for folder, expected in (("first", once), ("second", [])):
        runs = gpg_runs(tmp_path / folder, "credential-process", "ro")
        shutil.rmtree(tmp_path / "home/.cache/pass-aws")
        assert len(runs) == len(kinds) + len(expected), runs
        words = sorted({*kinds, *once}, key=len, reverse=True)
        assert sorted(next(one for one in words if f'"{one}"' in run) for run in runs) == sorted(
            kinds + expected
        )
