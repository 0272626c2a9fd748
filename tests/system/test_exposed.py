"""Files that every user of the machine can change are reported: config file, store and its recipients."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from conftest import put, run

from pass_aws.system import user_dirs

if TYPE_CHECKING:
    from pathlib import Path

    from fakeaws import FakeAWS


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o664, 0o646, 0o666])
def test_a_world_writable_file_is_reported(tmp_path: Path, mode: int) -> None:
    """The warning has the command that fixes it; a file that a group can write to is not reported."""
    path = tmp_path / "a file"
    path.write_text("")
    path.chmod(mode)
    wanted = [f"warning: all users can write to {path}: run chmod o-w '{path}'"] * bool(mode & 0o002)
    assert user_dirs.exposed(str(path)) == wanted


def test_a_world_writable_directory_is_reported(tmp_path: Path) -> None:
    """Files in it can be replaced, unless it has the sticky bit, as /tmp; a symlink is followed."""
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "file").write_text("")
    (tmp_path / "link").symlink_to(folder / "file")
    folder.chmod(0o777)
    assert len(user_dirs.exposed(str(folder / "file"))) == 1
    assert user_dirs.exposed(str(folder / "missing")) != []
    folder.chmod(0o1777)
    assert user_dirs.exposed(str(folder / "file")) == []
    (folder / "file").chmod(0o666)
    assert len(user_dirs.exposed(str(tmp_path / "link"))) == 1


@pytest.mark.parametrize("path", [os.devnull, "", "/proc/nonexistent/file", "a\0b"])
def test_a_missing_or_special_file_is_not_reported(path: str) -> None:
    """`AWS_CONFIG_FILE=/dev/null` is common, and every user may write to it."""
    assert user_dirs.exposed(path) == []


def test_each_run_reports_it_once(fake: FakeAWS, store: Path, aws_config: Path) -> None:
    """Config file, store and .gpg-id have one warning each, and the command continues."""
    key = fake.user("alice").key()
    put(store, "dev", key.id, key.secret)
    aws_config.write_text("[profile dev]\n")
    quiet = run("env", "dev", "--fresh")
    assert "all users" not in quiet.stderr
    places = (aws_config, store, store / ".gpg-id")
    for path in places:
        path.chmod(path.stat().st_mode | 0o002)
    done = run("env", "dev", "--fresh")
    assert done.returncode == 0
    for path in places:
        line = f"pass aws: warning: all users can write to {path}: run chmod o-w {path}\n"
        assert done.stderr.count(line) == 1, done.stderr


def test_debug_lines_have_a_time(fake: FakeAWS, store: Path, aws_config: Path) -> None:
    """Each line has the milliseconds since the start, in increasing order."""
    key = fake.user("alice").key()
    put(store, "dev", key.id, key.secret)
    aws_config.write_text("[profile dev]\n")
    done = run("env", "dev", "--debug")
    lines = [line for line in done.stderr.splitlines() if line.startswith("pass aws: debug: ")]
    times = [int(line.rpartition(" (")[2].removesuffix(" ms)")) for line in lines]
    assert len(times) >= 3, done.stderr
    assert times == sorted(times)
    assert key.secret not in done.stderr
