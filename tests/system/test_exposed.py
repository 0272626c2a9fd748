"""What every user of the machine can change is said: a config file that runs programs, a store, its recipients."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from conftest import put, run

from pass_aws.system import exposed

if TYPE_CHECKING:
    from pathlib import Path

    from fakeaws import FakeAWS


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o664, 0o646, 0o666])
def test_a_file_that_all_can_write_to_is_named(tmp_path: Path, mode: int) -> None:
    """With the command that closes it; a group is the business of those who made it."""
    path = tmp_path / "a file"
    path.write_text("")
    path.chmod(mode)
    wanted = [f"warning: all users can write to {path}: run chmod o-w '{path}'"] * bool(mode & 0o002)
    assert exposed.warnings(str(path)) == wanted


def test_a_directory_around_it_counts_too(tmp_path: Path) -> None:
    """There a file can be replaced; not where the sticky bit keeps it, as in /tmp; a link is followed."""
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "file").write_text("")
    (tmp_path / "link").symlink_to(folder / "file")
    folder.chmod(0o777)
    assert len(exposed.warnings(str(folder / "file"))) == 1
    assert exposed.warnings(str(folder / "missing")) != []
    folder.chmod(0o1777)
    assert exposed.warnings(str(folder / "file")) == []
    (folder / "file").chmod(0o666)
    assert len(exposed.warnings(str(tmp_path / "link"))) == 1


@pytest.mark.parametrize("path", [os.devnull, "", "/proc/nonexistent/file", "a\0b"])
def test_what_is_not_there_or_no_file_is_left_out(path: str) -> None:
    """`AWS_CONFIG_FILE=/dev/null` is common, and everybody may write there."""
    assert exposed.warnings(path) == []


def test_each_run_says_it_once(fake: FakeAWS, store: Path, aws_config: Path) -> None:
    """For the config file, the store and its .gpg-id; the command goes on."""
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


def test_debug_lines_say_when(fake: FakeAWS, store: Path, aws_config: Path) -> None:
    """Each step with the milliseconds since the start, which never go back."""
    key = fake.user("alice").key()
    put(store, "dev", key.id, key.secret)
    aws_config.write_text("[profile dev]\n")
    done = run("env", "dev", "--debug")
    lines = [line for line in done.stderr.splitlines() if line.startswith("pass aws: debug: ")]
    times = [int(line.rpartition(" (")[2].removesuffix(" ms)")) for line in lines]
    assert len(times) >= 3, done.stderr
    assert times == sorted(times)
    assert key.secret not in done.stderr
