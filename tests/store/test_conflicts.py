"""A git conflict in the store is reported before anything is written, and the hint resolves it."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, NamedTuple

import pytest
from conftest import put, run
from stores import opened, real_pass, write
from test_git import git, status

from pass_aws.errors import FAILED, UserError
from pass_aws.store import entry

if TYPE_CHECKING:
    from pathlib import Path

ID, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
MINE, THEIRS = "AKIAIOSFODNN7EXAMPL1", "AKIAIOSFODNN7EXAMPL2"


def key_of(name: str) -> str:
    text = real_pass("show", f"aws-vault/{name}")
    return entry.parse(text, name).credentials.access_key_id


class Team(NamedTuple):
    """Two clones of one store, so far equal; `mine` is the one in use."""

    mine: Path
    other: Path

    def pull(self, *how: str) -> None:
        """Pushes the changes of the other clone, and pulls them; this ends in a conflict."""
        git(self.other, "push", "-q", "origin", "HEAD")
        done = subprocess.run(["pass", "git", "pull", *how], check=False, capture_output=True, text=True)
        assert "CONFLICT" in done.stdout + done.stderr  # pass loses git's exit status

    def mark(self, name: str) -> None:
        """Puts git's markers into an entry in conflict, as git does where no version has a zero byte, or by chance."""
        path = self.mine / "aws-vault" / f"{name}.gpg"
        git(self.mine, "checkout", "--ours", "--", str(path))
        path.write_bytes(b"<<<<<<< HEAD\n" + path.read_bytes() + b"\n=======\n...\n>>>>>>> theirs\n")

    def settled(self, name: str = "dev") -> str:
        """The key id in an entry, after a check that git has nothing left to do."""
        assert status(self.mine) == []
        assert "rebase" not in git(self.mine, "status")
        git(self.mine, "push", "-q", "origin", "HEAD")
        return key_of(name)


@pytest.fixture
def team(git_store: Path, tmp_path: Path) -> Team:
    for name in ("dev", "work"):
        put(git_store, name, ID, SECRET)
    bare, other = tmp_path / "bare", tmp_path / "other"
    subprocess.run(["git", "clone", "-q", "--bare", git_store, bare], check=True)
    subprocess.run(["git", "clone", "-q", bare, other], check=True)
    git(git_store, "remote", "add", "origin", str(bare))
    git(git_store, "fetch", "-q", "origin")
    git(
        git_store,
        "branch",
        "-q",
        "--set-upstream-to",
        f"origin/{git(bare, 'branch', '--show-current').strip()}",
    )
    return Team(git_store, other)


def both_changed(team: Team, *names: str) -> None:
    for name in names or ("dev",):
        put(team.other, name, THEIRS, SECRET)
        put(team.mine, name, MINE, SECRET)


def shell(hint: str) -> None:
    """Runs the commands of a hint as printed."""
    text = hint.partition("run ")[2].partition(" (")[0]
    done = subprocess.run(["bash", "-ec", text], check=False, capture_output=True, text=True)
    assert done.returncode == 0, f"{text}: {done.stdout}{done.stderr}"


@pytest.mark.parametrize("how", ["--no-rebase", "--rebase"])
@pytest.mark.parametrize("pulled", [True, False])
def test_the_hint_takes_one_side(team: Team, how: str, *, pulled: bool) -> None:
    """The printed command takes the pulled version, the other option this machine's.

    Both work in a merge and in a rebase.
    """
    both_changed(team)
    team.pull(how)
    before = (team.mine / "aws-vault" / "dev.gpg").read_bytes()
    with pytest.raises(UserError, match=r"aws-vault/dev\.gpg has a git conflict") as caught:
        write("dev", b"new")
    assert (team.mine / "aws-vault" / "dev.gpg").read_bytes() == before
    hint, one, two = caught.value.hint, "--theirs", "--ours"
    if how == "--rebase":
        one, two = two, one
    assert f"use {two} instead of {one}" in hint
    shell(hint if pulled else hint.replace(one, two, 1))
    assert team.settled() == (THEIRS if pulled else MINE)
    assert write("dev", b"new").read("dev") == b"new"


@pytest.mark.parametrize("gone", ["mine", "other"])
def test_a_conflict_with_a_removal(team: Team, gone: str) -> None:
    """Only one side has a version: the user keeps the entry, or removes it."""
    keeps, removes = (team.other, team.mine) if gone == "mine" else (team.mine, team.other)
    put(keeps, "dev", THEIRS, SECRET)
    real_pass("rm", "-f", "aws-vault/dev", PASSWORD_STORE_DIR=str(removes))
    team.pull("--no-rebase")
    with pytest.raises(UserError, match="has a git conflict") as caught:
        write("dev", b"new")
    assert "one side removed it" in caught.value.hint
    shell(caught.value.hint)
    assert team.settled() == THEIRS


def test_another_entry_is_in_conflict(team: Team) -> None:
    """A merge cannot commit single paths: the hint names the conflicts left, then what ends the merge."""
    both_changed(team)
    team.pull("--no-rebase")
    with pytest.raises(UserError, match="a merge in the store's git repository is unfinished") as caught:
        write("work", b"new")
    assert caught.value.hint == (
        "resolve 1 more, which pass git status shows, then run pass git commit --no-edit"
    )
    subprocess.run(
        ["pass", "git", "checkout", "--theirs", "aws-vault/dev.gpg"], check=True, capture_output=True
    )
    subprocess.run(["pass", "git", "add", "aws-vault/dev.gpg"], check=True)
    with pytest.raises(UserError, match="a merge in the store's git repository is unfinished") as caught:
        write("work", b"new")
    shell(caught.value.hint)
    assert write("work", b"new").read("work") == b"new"
    assert status(team.mine) == []


def test_two_conflicts(team: Team) -> None:
    """After the last conflict is resolved, the hint has the commit."""
    both_changed(team, "dev", "work")
    team.pull("--no-rebase")
    with pytest.raises(UserError, match=r"dev\.gpg has a git conflict") as caught:
        write("dev", b"new")
    assert "; then resolve 1 more, which pass git status shows" in caught.value.hint
    shell(caught.value.hint.partition("; then resolve")[0])
    with pytest.raises(UserError, match=r"work\.gpg has a git conflict") as caught:
        write("work", b"new")
    shell(caught.value.hint)
    assert team.settled("work") == THEIRS


@pytest.mark.parametrize("marked", [False, True])
@pytest.mark.parametrize(
    "words",
    [
        ("add", "dev", "--stdin", "--no-verify", "--force", "--no-config"),
        ("import", "dev", "--env", "--no-verify", "--force", "--yes"),
        ("rotate", "dev"),
        ("rotate", "dev", "--resume"),
        ("move", "dev", "new"),
        ("move", "work", "dev", "--force"),
        ("remove", "dev", "--force"),
        ("remove", "dev", "--force", "--at-aws"),
        ("mfa", "remove", "dev", "--force", "--serial", "arn:aws:iam::111111111111:mfa/alice"),
    ],
)
def test_every_writing_command_reports_a_conflict(
    team: Team, aws_config: Path, words: tuple[str, ...], *, marked: bool
) -> None:
    """One error with one hint comes before AWS is called, and nothing is changed."""
    aws_config.write_text("[profile dev]\n")
    real_pass(
        "insert", "-m", "aws-mfa/111111111111/alice", stdin=b"otpauth://totp/alice?secret=JBSWY3DPEHPK3PXP"
    )
    both_changed(team)
    team.pull("--no-rebase")
    if marked:
        team.mark("dev")
    path = team.mine / "aws-vault" / "dev.gpg"
    before, index = path.read_bytes(), git(team.mine, "status", "--porcelain")
    given = {
        "AWS_ACCESS_KEY_ID": ID,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
    }
    done = run(*words, stdin=f"{ID}\n{SECRET}\n", **given)
    assert done.returncode == FAILED, done.stderr
    said = done.stderr.splitlines()
    assert len(said) == 2, done.stderr
    assert "has a git conflict" in said[0] or "a merge in the store's" in said[0]
    assert path.read_bytes() == before
    assert git(team.mine, "status", "--porcelain") == index


def test_an_entry_in_conflict_is_not_committed_as_it_is(team: Team) -> None:
    """Where a killed run is finished, its entry may be in conflict meanwhile; a commit would take one side."""
    both_changed(team)
    team.pull("--no-rebase")
    before = status(team.mine)
    with pytest.raises(UserError, match="has a git conflict"):
        opened()[0].finish("dev", "Finish rotation of aws-vault/dev.")
    assert status(team.mine) == before


def test_an_entry_with_markers_of_git(team: Team, aws_config: Path) -> None:
    """A command that only reads it says the same, not that it is damaged; with the hint it works again."""
    aws_config.write_text("[profile dev]\n")
    both_changed(team)
    team.pull("--no-rebase")
    team.mark("dev")
    done = run("env", "dev", "--no-session")
    assert done.returncode == FAILED
    said = done.stderr.splitlines()
    assert "aws-vault/dev.gpg has a git conflict" in said[0], done.stderr
    shell(said[1])
    assert THEIRS in run("env", "dev", "--no-session").stdout
