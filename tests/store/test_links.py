"""Symlinks that were pushed into the store: a write goes to an entry of the store, or fails."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest
from conftest import put, run
from stores import opened, write

from pass_aws.errors import UserError

if TYPE_CHECKING:
    from pathlib import Path

ID, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
NOBODY = 65534
GIVEN = f"{ID}\n{SECRET}\n"
PLANTED = {
    "prod": ("prod.gpg", "../.git/index.lock"),
    "hook": ("hook.gpg", "../.git/hooks/post-commit"),
    "config": ("config.gpg", "../.git/config.gpg"),
    "recipients": ("recipients.gpg", "../.gpg-id"),
    "team/q": ("team", "../.git"),
    "deep/hooks/q": ("deep", "../.git"),
    "text": ("text.gpg", "../notes.txt"),
    "hidden": ("hidden.gpg", ".hidden.gpg"),
}
"""The written name, and the symlink that redirects it."""


def all_of(store: Path) -> dict[str, tuple[bytes, float]]:
    """Every file that is not a symlink, with its content and time, except git's own files."""
    files = (path for path in store.rglob("*") if path.is_file() and not path.is_symlink())
    return {str(path.relative_to(store)): (path.read_bytes(), path.stat().st_mtime) for path in files}


@pytest.mark.parametrize("name", PLANTED)
def test_a_file_that_is_not_an_entry_is_not_written(git_store: Path, name: str) -> None:
    """Neither `add` nor `move` writes it, `remove` does not remove it, and the store is unchanged."""
    put(git_store, "dev", ID, SECRET)
    (git_store / "notes.txt").write_text("mine")
    (git_store / ".git" / "q.gpg").write_bytes(b"")
    link, target = PLANTED[name]
    (git_store / "aws-vault" / link).symlink_to(target)
    before = all_of(git_store)
    for words in (
        ("add", name, "--stdin", "--no-verify", "--force", "--no-config"),
        ("move", "dev", name, "--force"),
        ("move", "--repair", name, "--force"),
        *([("remove", "-f", name)] if "/" in name else []),
    ):
        done = run(*words, stdin=GIVEN)
        assert done.returncode == 1, (words, done.stderr)
        assert all_of(git_store) == before, words
    assert (git_store / "aws-vault" / link).is_symlink()
    done = run("add", name, "--stdin", "--no-verify", "--force", "--no-config", stdin=GIVEN)
    assert "which is not an entry" in done.stderr
    assert subprocess.run(["pass", "ls"], check=True, capture_output=True).stdout


def test_a_symlink_to_a_directory_of_entries_is_followed(git_store: Path) -> None:
    """A symlink to a directory is followed if its target is in the directory of entries."""
    write("real/dev")
    (git_store / "aws-vault" / "team").symlink_to("real")
    assert write("team/dev", b"new").read("real/dev") == b"new"
    opened()[0].remove(["team/dev"], "Remove it.")
    assert not (git_store / "aws-vault" / "real" / "dev.gpg").exists()


def test_the_error_names_the_target_of_the_symlink(store: Path) -> None:
    """The error names the symlink and its target."""
    (store / "aws-vault").mkdir()
    (store / "aws-vault" / "prod.gpg").symlink_to("../.gpg-id")
    with pytest.raises(
        UserError, match=r"aws-vault/prod is a symlink to \.gpg-id, which is not an entry"
    ) as caught:
        write("prod")
    assert "symlink" in caught.value.hint


def test_a_confirmation_names_the_target_of_a_symlink(store: Path) -> None:
    """A yes for `dev` is not a yes for `prod`."""
    put(store, "prod", ID, SECRET)
    (store / "aws-vault" / "dev.gpg").symlink_to("prod.gpg")
    done = run("add", "dev", "--stdin", "--no-verify", "--no-config", stdin=GIVEN)
    assert done.returncode == 4
    assert "aws-vault/prod" in done.stderr
    put(store, "other", ID, SECRET)
    assert "aws-vault/prod" in run("move", "other", "dev").stderr
    assert "aws-vault/prod" in run("move", "--repair", "dev").stderr


@pytest.mark.parametrize("kind", ["looping link", "directory", "fifo"])
def test_a_special_file_with_the_name_of_an_entry(store: Path, kind: str) -> None:
    """A special file is not replaced, and the error says what it is."""
    import os

    path = store / "aws-vault" / "dev.gpg"
    path.parent.mkdir()
    if kind == "looping link":
        path.symlink_to("dev.gpg")
    elif kind == "directory":
        path.mkdir()
    else:
        os.mkfifo(path)
    says = {"looping link": "Too many levels", "directory": "Is a directory", "fifo": "Not a regular file"}
    with pytest.raises(UserError, match=rf"cannot write aws-vault/dev: {says[kind]}"):
        write("dev")
    assert path.lstat()
    assert os.listdir(path.parent) == ["dev.gpg"]


@pytest.mark.root
def test_root_writes_into_no_store_that_another_user_chose(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With sudo, a user's store may be a symlink: root writes to its target only if it is that user's."""
    link = tmp_path / "link"
    link.symlink_to(store)
    os.chown(link, NOBODY, NOBODY, follow_symlinks=False)
    monkeypatch.setenv("PASSWORD_STORE_DIR", str(link))
    with pytest.raises(UserError, match="belongs to another user"):
        write("dev")
    assert not (store / "aws-vault").exists()
    os.chown(store, NOBODY, NOBODY)
    write("dev")
    assert (store / "aws-vault" / "dev.gpg").is_file()
