"""`clear` and `remove -s` report that sessions are removed only if they are removed."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import fault_points
import pytest
from conftest import put, run
from fault_points import Point, ours

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fakeaws import FakeAWS

COMMANDS = (("clear",), ("clear", "dev"), ("remove", "-s", "dev"))


@pytest.fixture
def sessions(store: Path, fake: FakeAWS, aws_config: Path, home: Path) -> Iterator[Path]:
    """The directory with a live session of `dev`."""
    key = fake.user("alice").key()
    put(store, "dev", key.id, key.secret)
    aws_config.write_text("[profile dev]\n")
    assert run("env", "dev").returncode == 0
    folder = home / ".cache" / "pass-aws" / "sessions"
    assert len(list(folder.glob("*.gpg"))) == 1
    yield folder
    if folder.is_dir():
        folder.chmod(0o700)


@pytest.mark.parametrize("words", COMMANDS)
def test_a_session_that_cannot_be_removed_is_an_error(words: tuple[str, ...], sessions: Path) -> None:
    """If a session cannot be removed: exit 1, the directory is named, the session is still listed."""
    tickets = sessions.parents[2] / ".local/state/pass-aws/tickets"
    for path in tickets.glob("*"):  # the files that make tickets valid come first
        shutil.rmtree(path, ignore_errors=True)
    done = fault_points.failing(Point("unlinkat", 1, ""), "EPERM", ours(*words), os.environ, later=True)
    assert done.status == 1, done.err
    assert f"cannot remove 1 of them from {sessions}" in done.err
    assert f"rm -r {sessions.parent}" in done.err.splitlines()[-1]
    assert run("list", "--sessions").stdout == "dev\n"
    assert run(*words).returncode == 0
    assert list(sessions.glob("*.gpg")) == []


@pytest.mark.parametrize("words", [("clear",), ("remove", "-s", "dev")])
@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every directory")
def test_an_unreadable_session_directory_is_an_error(words: tuple[str, ...], sessions: Path) -> None:
    """A directory that cannot be read may contain sessions, so the removal fails."""
    sessions.chmod(0)
    done = run(*words)
    assert done.returncode == 1
    assert f"{sessions}: permission denied" in done.stderr


@pytest.mark.parametrize("words", [("clear",), ("remove", "-s", "dev")])
def test_a_file_instead_of_the_directory_is_an_error(words: tuple[str, ...], sessions: Path) -> None:
    """If a file has the name of the session directory, the removal fails."""
    moved = sessions.rename(sessions.with_name("elsewhere"))
    sessions.write_text("")
    done = run(*words)
    assert done.returncode == 1
    assert "not a directory" in done.stderr
    sessions.unlink()
    moved.rename(sessions)


def test_a_key_is_removed_although_its_sessions_cannot_be(sessions: Path, store: Path) -> None:
    """`remove` of a key succeeds with a warning if its sessions cannot be removed."""
    (sessions / "left-1999999999.gpg").mkdir()
    done = run("remove", "-f", "dev")
    assert done.returncode == 0
    assert "warning: cached sessions were not removed" in done.stderr
    assert not (store / "aws-vault" / "dev.gpg").exists()
