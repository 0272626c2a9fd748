"""`move`: the key is always in a complete entry, and the only readable copy is never removed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import fault_points
import pytest
from conftest import end_gpg_home, gpg, gpg_home, new_key, put, run
from fault_points import Point, ours

from pass_aws.store import entry

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ID, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


def git(store: Path, *args: str) -> str:
    return subprocess.run(["git", "-C", store, *args], capture_output=True, text=True, check=True).stdout


def log(store: Path, count: int = 1) -> list[str]:
    """The last commits, newest first: the message, and the changes of files."""
    text = git(store, "log", f"-{count}", "--no-renames", "--name-status", "--format=%x00%B")
    return [" ".join(part.split()) for part in text.split("\0")[1:]]


def inner(keyring: Path, path: Path) -> str:
    return str(json.loads(gpg(keyring, "-d", str(path)))["Key"])


@pytest.fixture(scope="module")
def stranger() -> Iterator[tuple[bytes, str]]:
    """The public key of a user whose secret key is not here, exported, and its fingerprint."""
    home = gpg_home()
    fingerprint = new_key(home, "bob")
    yield gpg(home, "--armor", "--export", fingerprint).encode(), fingerprint
    end_gpg_home(home)


@pytest.fixture
def theirs(store: Path, keyring: Path, stranger: tuple[bytes, str], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory `team` of the store whose entries only that user can read."""
    public, fingerprint = stranger
    gpg(keyring, "--import", stdin=public)
    monkeypatch.setenv("PASSWORD_STORE_GPG_OPTS", "--trust-model always")
    folder = store / "aws-vault" / "team"
    folder.mkdir(parents=True)
    (folder / ".gpg-id").write_text(f"{fingerprint}\n")
    return folder


def test_a_move_into_an_unreadable_directory_is_refused(store: Path, keyring: Path, theirs: Path) -> None:
    """The old entry is the only copy that we can read, so it is kept, and no new one appears."""
    put(store, "dev", ID, SECRET)
    done = run("move", "dev", "team/dev")
    assert done.returncode == 1, done.stderr
    assert "not stored, since it cannot be read back" in done.stderr
    assert inner(keyring, store / "aws-vault" / "dev.gpg") == "dev"
    assert [path.name for path in theirs.iterdir()] == [".gpg-id"]


def test_a_repair_in_an_unreadable_directory_is_refused(store: Path, keyring: Path, theirs: Path) -> None:
    """An entry that we can still read is not replaced by one that we cannot read."""
    put(store, "dev", ID, SECRET)
    shutil.move(store / "aws-vault" / "dev.gpg", theirs / "dev.gpg")
    before = (theirs / "dev.gpg").read_bytes()
    done = run("move", "--repair", "--force", "team/dev")
    assert done.returncode == 1, done.stderr
    assert "not stored, since it cannot be read back" in done.stderr
    assert (theirs / "dev.gpg").read_bytes() == before
    assert inner(keyring, theirs / "dev.gpg") == "dev"


def test_an_overwriting_move_into_an_unreadable_directory_is_refused(
    store: Path, keyring: Path, theirs: Path
) -> None:
    """--force replaces another key, but not by one that we cannot read."""
    put(store, "dev", ID, SECRET)
    (theirs / "dev.gpg").write_bytes((store / "aws-vault" / "dev.gpg").read_bytes())
    before = (theirs / "dev.gpg").read_bytes()
    assert run("move", "--force", "dev", "team/dev").returncode == 1
    assert (theirs / "dev.gpg").read_bytes() == before
    assert inner(keyring, store / "aws-vault" / "dev.gpg") == "dev"


def test_a_repair_is_said(store: Path) -> None:
    """As after a move."""
    put(store, "dev", ID, SECRET)
    (store / "aws-vault" / "dev.gpg").rename(store / "aws-vault" / "new.gpg")
    done = run("move", "--repair", "--force", "new")
    assert (done.returncode, done.stderr) == (0, f"the key …{ID[-4:]} now belongs to new\n")


def test_a_move_is_one_commit(git_store: Path) -> None:
    """A move is one commit, as with `pass mv`."""
    put(git_store, "dev", ID, SECRET)
    before = git(git_store, "rev-parse", "HEAD")
    assert run("move", "dev", "team/dev").returncode == 0
    assert git(git_store, "rev-parse", "HEAD~1") == before
    assert log(git_store) == [
        "Rename aws-vault/dev to aws-vault/team/dev. D aws-vault/dev.gpg A aws-vault/team/dev.gpg"
    ]
    assert git(git_store, "status", "--porcelain") == ""


def test_a_move_between_repositories(git_store: Path) -> None:
    """A move between repositories is a commit in each, as with `pass mv`."""
    put(git_store, "dev", ID, SECRET)
    team = git_store / "aws-vault" / "team"
    team.mkdir()
    git(team, "init", "-q")
    assert run("move", "dev", "team/dev").returncode == 0
    assert log(git_store) == ["Remove aws-vault/dev. D aws-vault/dev.gpg"]
    assert log(team) == ["Rename aws-vault/dev to aws-vault/team/dev. A dev.gpg"]


def back_to(start: str, store: Path) -> None:
    """The store as it was at a commit."""
    git(store, "reset", "-q", "--hard", start)
    git(store, "clean", "-qfdx", "aws-vault")


def changing(words: tuple[str, ...], folder: Path) -> list[Point]:
    """The calls of a run that change files below a directory; the changes remain."""
    points, ended = fault_points.points(ours(*words), os.environ, folder, folder)
    assert ended.status == 0, ended.err
    return [point for point in points if point.call in fault_points.CHANGING]


@pytest.mark.parametrize("repair", [False, True])
def test_a_kill_before_each_step(git_store: Path, keyring: Path, tmp_path: Path, repair: bool) -> None:
    """The key is always in a complete entry; the same command, run again, finishes with the commit."""
    folder = git_store / "aws-vault"
    put(git_store, "dev", ID, SECRET)
    if repair:
        git(git_store, "mv", "aws-vault/dev.gpg", "aws-vault/new.gpg")
        git(git_store, "commit", "-qm", "moved")
    start = git(git_store, "rev-parse", "HEAD").strip()
    words = ("move", "--force", "--repair", "new") if repair else ("move", "dev", "new")
    assert run(*words).returncode == 0  # the first run creates its directories
    back_to(start, git_store)
    for point in changing(words, tmp_path):
        back_to(start, git_store)
        assert fault_points.killed(point, ours(*words), os.environ).status == -9, point
        whole = [
            path for path in folder.glob("*.gpg") if entry.parse(_text(keyring, path), inner(keyring, path))
        ]
        assert whole, point
        again = run(*words)
        if git(git_store, "rev-parse", "HEAD").strip() == start or again.returncode:
            assert "no key is stored for profile dev" in again.stderr, (point, again.stderr)
        assert inner(keyring, folder / "new.gpg") == "new", point
        assert [path.name for path in folder.iterdir()] == ["new.gpg"], point
        assert git(git_store, "status", "--porcelain") == "", point


def _text(keyring: Path, path: Path) -> bytes:
    return gpg(keyring, "-d", str(path)).encode()


def test_a_full_disk_at_each_step(git_store: Path, keyring: Path, tmp_path: Path) -> None:
    """The old entry or the new one is complete, and the error is one line and a hint."""
    folder = git_store / "aws-vault"
    put(git_store, "dev", ID, SECRET)
    start = git(git_store, "rev-parse", "HEAD").strip()
    words = ("move", "dev", "new")
    names = {point.call for point in changing(words, tmp_path)} - {"rmdir", "unlink", "unlinkat"}
    for name in sorted({"write"} | names):
        back_to(start, git_store)
        point = Point(name, 1, "")
        done = fault_points.failing(point, "ENOSPC", ours(*words), os.environ, later=True)
        keys = [inner(keyring, path) for path in folder.glob("*.gpg")]
        assert keys, (point, done.err)
        assert "bug" not in done.err, (point, done.err)
        assert run("move", "dev", "new").returncode == 0 or keys == ["new"], point
        assert inner(keyring, folder / "new.gpg") == "new", point


def test_an_old_entry_that_cannot_be_removed(git_store: Path, keyring: Path) -> None:
    """Both entries exist, and the error names the old one."""
    put(git_store, "dev", ID, SECRET)
    argv = ours("move", "dev", "team/dev")
    done = fault_points.failing(Point("unlinkat", 1, ""), "EPERM", argv, os.environ, later=True)
    assert done.status == 1
    assert "cannot remove aws-vault/dev" in done.err
    assert inner(keyring, git_store / "aws-vault" / "team" / "dev.gpg") == "team/dev"
    assert inner(keyring, git_store / "aws-vault" / "dev.gpg") == "dev"
    assert run("move", "dev", "team/dev").returncode == 0
    assert os.listdir(git_store / "aws-vault") == ["team"]
