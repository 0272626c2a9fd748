"""A role without anything cached costs four gpg processes."""

from __future__ import annotations

import os
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
    """One gpg decrypts the key, one lists our keys, two encrypt the session and the ticket."""
    put_role(fake, store, aws_config)
    first = gpg_runs(tmp_path / "first", "credential-process", "ro")
    kinds = ("-d", "--list-secret-keys", "--encrypt", "--encrypt")
    assert len(first) == len(kinds), first
    assert sorted(next(kind for kind in kinds if f'"{kind}"' in run) for run in first) == sorted(kinds)
