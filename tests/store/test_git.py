"""A change of the store is a commit like pass's, only of our own path; a failure of git is reported."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from conftest import TOP
from stores import opened, real_pass, write

from pass_aws.errors import FAILED, UserError

if TYPE_CHECKING:
    from pathlib import Path


def git(folder: Path, *args: str) -> str:
    env = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], "GNUPGHOME": os.environ["GNUPGHOME"]}
    done = subprocess.run(
        ["git", "-C", str(folder), *args], env=env, capture_output=True, check=True, text=True
    )
    return done.stdout


def log(folder: Path, count: int = 1) -> list[str]:
    """Messages and files of the last commits, newest first."""
    text = git(folder, "-c", "core.quotePath=false", "log", f"-{count}", "--name-status", "--format=%x00%B")
    return [" ".join(part.split()) for part in text.split("\0")[1:]]


def status(folder: Path) -> list[str]:
    return git(folder, "status", "--porcelain").splitlines()


def hook(folder: Path, name: str, script: str) -> None:
    path = folder / ".git" / "hooks" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_the_commit_is_that_of_pass(git_store: Path) -> None:
    """The commit has pass's message and author, and one file; also for an overwrite."""
    real_pass("insert", "-m", "-f", "aws-vault/theirs", stdin=b"x")
    write("ours")
    format_ = "--format=%an %ae %cn %ce %s"
    theirs = git(git_store, "log", "-1", "--skip=1", "--numstat", format_)
    assert git(git_store, "log", "-1", "--numstat", format_) == theirs.replace("theirs", "ours")
    write("ours", b"new")
    assert log(git_store, 2) == [
        "Add given password for aws-vault/ours to store. M aws-vault/ours.gpg",
        "Add given password for aws-vault/ours to store. A aws-vault/ours.gpg",
    ]
    assert status(git_store) == []


def test_git_has_the_umask_of_pass(git_store: Path) -> None:
    """The objects of the commit have the modes that PASSWORD_STORE_UMASK gives to pass's own commits."""
    write("ours", PASSWORD_STORE_UMASK="022")
    for name in ("HEAD", "HEAD^{tree}", "HEAD:aws-vault/ours.gpg"):
        thing = git(git_store, "rev-parse", name).strip()
        path = git_store / ".git" / "objects" / thing[:2] / thing[2:]
        assert path.stat().st_mode & 0o777 == 0o444


def test_other_staged_files_are_not_committed(git_store: Path) -> None:
    """Other staged files stay staged; pass would include them in the commit."""
    for name in ("staged", "changed", "untracked"):
        (git_store / name).write_text("x")
    git(git_store, "add", "staged", "changed")
    (git_store / "changed").write_text("y")
    write("dev")
    assert log(git_store) == ["Add given password for aws-vault/dev to store. A aws-vault/dev.gpg"]
    assert status(git_store) == ["AM changed", "A  staged", "?? untracked"]


def test_a_removal_is_one_commit(git_store: Path) -> None:
    """A removal is one commit of all its names, and nothing else, with pass's message."""
    for name in ("a", "b/c", "d", "stay"):
        write(name)
    (git_store / "staged").write_text("x")
    git(git_store, "add", "staged")
    opened()[0].remove(["a", "b/c", "d"], "Remove sessions of aws-vault from store.")
    assert log(git_store) == [
        "Remove sessions of aws-vault from store. D aws-vault/a.gpg D aws-vault/b/c.gpg D aws-vault/d.gpg"
    ]
    assert status(git_store) == ["A  staged"]
    assert real_pass("show", "aws-vault/stay") == b"text"


def test_a_removal_that_was_killed_is_finished(git_store: Path) -> None:
    """If the file was removed but not committed, the next run commits it."""
    write("dev")
    (git_store / "aws-vault" / "dev.gpg").unlink()
    opened()[0].remove(["dev"], "Remove aws-vault/dev from store.")
    assert log(git_store) == ["Remove aws-vault/dev from store. D aws-vault/dev.gpg"]
    assert status(git_store) == []


def test_a_write_that_was_killed_is_finished(git_store: Path) -> None:
    """If an entry was written but not committed, it is committed; if it was, nothing happens."""
    found = write("dev")
    (git_store / "aws-vault" / "dev.gpg").write_bytes(b"changed")
    for _ in range(2):
        found.finish("dev", "Finish rotation of aws-vault/dev.")
        assert log(git_store, 2) == [
            "Finish rotation of aws-vault/dev. M aws-vault/dev.gpg",
            "Add given password for aws-vault/dev to store. A aws-vault/dev.gpg",
        ]
        assert status(git_store) == []


def test_a_thousand_removals_are_one_commit(git_store: Path) -> None:
    """More names than one argument list can contain are removed in one commit."""
    folder = git_store / "aws-vault"
    folder.mkdir()
    names = [f"{number:04}{'x' * 200}" for number in range(1100)]
    for name in names:
        (folder / f"{name}.gpg").touch()
    git(git_store, "add", ".")
    git(git_store, "-c", "user.name=A", "-c", "user.email=a@example.invalid", "commit", "-qm", "m")
    opened()[0].remove(names, "Remove many.")
    assert log(git_store)[0].count(" D ") == 1100
    assert status(git_store) == []


@pytest.mark.parametrize("name", ["a[bc]*?", ":(top)x", "uni-é", "with space", 'q"uote', "-x"])
def test_names_are_taken_literally(git_store: Path, name: str) -> None:
    """No character of a name is a pattern, or git's own syntax."""
    write("abc")
    (git_store / "aws-vault" / "abc.gpg").write_bytes(b"changed")
    found = write(name)
    assert status(git_store) == [" M aws-vault/abc.gpg"]
    found.remove([name], "Remove it.")
    assert status(git_store) == [" M aws-vault/abc.gpg"]
    assert log(git_store)[0].startswith("Remove it. D ")


def test_an_inner_repository_gets_the_commit(git_store: Path) -> None:
    """The outer one gets none, as with pass; a removal in both is a commit in each."""
    inner = git_store / "aws-vault"
    inner.mkdir()
    git(inner, "init", "-q")
    before = log(git_store)
    write("org/dev")
    assert log(inner) == ["Add given password for aws-vault/org/dev to store. A org/dev.gpg"]
    assert log(git_store) == before
    write("outer", PASS_AWS_PREFIX="")
    opened(PASS_AWS_PREFIX="")[0].remove(["outer", "aws-vault/org/dev"], "Remove both.")
    assert log(inner) == ["Remove both. D org/dev.gpg"]
    assert log(git_store) == ["Remove both. D outer.gpg"]


def test_a_repository_above_the_store_gets_no_commit(store: Path) -> None:
    """A home directory in git (dotfiles) does not get our commits."""
    git(store.parent, "init", "-q")
    write("dev")
    assert "No commits yet" in git(store.parent, "status")


def test_git_variables_of_the_caller_are_ignored(git_store: Path, tmp_path: Path) -> None:
    """A hook of another repository may call us."""
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "-q")
    write("dev", GIT_DIR=str(other / ".git"), GIT_WORK_TREE=str(other), GIT_INDEX_FILE=str(other / "index"))
    assert log(git_store) == ["Add given password for aws-vault/dev to store. A aws-vault/dev.gpg"]
    assert not (other / "index").exists()


def test_a_symlinked_store_and_a_symlinked_entry(git_store: Path) -> None:
    """The file that was changed is committed."""
    link = git_store.parent / "link"
    link.symlink_to(git_store)
    write("real", PASSWORD_STORE_DIR=str(link))
    (git_store / "aws-vault" / "ln.gpg").symlink_to("real.gpg")
    write("ln", b"new", PASSWORD_STORE_DIR=str(link))
    assert log(git_store) == ["Add given password for aws-vault/ln to store. M aws-vault/real.gpg"]
    opened(PASSWORD_STORE_DIR=str(link))[0].remove(["real"], "Remove it.")
    assert log(git_store) == ["Remove it. D aws-vault/real.gpg"]


def test_an_ignored_entry_is_not_committed(git_store: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Entries that `.gitignore` excludes are not committed, and the program does not mention it."""
    (git_store / ".gitignore").write_text("aws-vault/\n")
    before = log(git_store)
    write("dev").remove(["dev"], "Remove it.")
    assert log(git_store) == before
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("setting", ["pass.signcommits", "commit.gpgsign"])
def test_commits_are_signed_on_request(git_store: Path, fingerprint: str, setting: str) -> None:
    """Pass's setting and git's own setting request a signature."""
    git(git_store, "config", "user.signingkey", fingerprint)
    write("before")
    git(git_store, "config", setting, "true")
    write("dev")
    assert git(git_store, "log", "-2", "--format=%G?").split() == ["G", "N"]


def test_git_prints_to_stderr(git_store: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """stdout is only for answers."""
    hook(git_store, "post-commit", "echo from the hook")
    write("dev")
    out, err = capfd.readouterr()
    assert out == ""
    assert "Add given password for aws-vault/dev" in err
    assert "from the hook" in err
    assert git_store.is_dir()


def test_files_of_git_are_private(git_store: Path) -> None:
    """As with pass, the caller's umask does not widen the permissions of git's files."""
    before = os.umask(0)
    try:
        write("dev")
    finally:
        os.umask(before)
    assert (git_store / ".git" / "COMMIT_EDITMSG").stat().st_mode & 0o077 == 0


def uncommitted(git_store: Path, match: str, **more: str) -> UserError:
    """The error of git is shown; the entry exists and is complete."""
    with pytest.raises(UserError, match=match) as caught:
        write("dev", b"new", **more)
    assert str(caught.value).startswith("aws-vault/dev.gpg changed in the store, but git did not commit it: ")
    assert caught.value.code == FAILED
    assert real_pass("show", "aws-vault/dev") == b"new"
    assert [path.name for path in (git_store / "aws-vault").iterdir()] == ["dev.gpg"]
    return caught.value


def test_a_failing_hook(git_store: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """git's output is shown, and the hint commits the entry."""
    hook(git_store, "pre-commit", "echo not on fridays >&2; exit 3")
    error = uncommitted(git_store, "git commit ended with status")
    assert "not on fridays" in capfd.readouterr().err
    hook(git_store, "pre-commit", "")
    subprocess.run(["bash", "-c", error.hint.partition("then run ")[2]], check=True)
    assert log(git_store) == ["Add given password for aws-vault/dev to store. A aws-vault/dev.gpg"]


def test_git_without_a_user_name(git_store: Path) -> None:
    """If git does not know the committer, the hint sets a name."""
    git(git_store, "config", "user.useConfigOnly", "true")
    nobody = dict.fromkeys(
        ("GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"), ""
    )
    error = uncommitted(git_store, "git does not know your name and email address", **nobody)
    commands = error.hint.removeprefix("run ").replace("NAME", "A").replace("ADDRESS", "a@example.invalid")
    env = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    subprocess.run(["bash", "-ec", commands.replace(", then run ", "; ")], check=True, env=env)
    assert log(git_store) == ["Add given password for aws-vault/dev to store. A aws-vault/dev.gpg"]


def test_the_lock_of_another_git(git_store: Path) -> None:
    """We wait for it for a few seconds; then the error names the file and its age.

    The hint removes a stale lock.
    """
    lock = git_store / ".git" / "index.lock"
    lock.touch()
    os.utime(lock, (1_800_000_000, 1_800_000_000))
    error = uncommitted(git_store, f"another git process holds {lock}, since 2027-01-1")
    remove = error.hint.partition("(if no git runs: ")[2].partition(")")[0]
    subprocess.run(["bash", "-c", remove], check=True)
    assert not lock.exists()


def test_a_lock_that_another_git_releases(git_store: Path, programs: Path) -> None:
    """After git has refused our change, the lock is released: the change is committed."""
    lock, real = git_store / ".git" / "index.lock", shutil.which("git")
    lock.touch()
    (programs / "git").write_text(f"""#!/bin/bash
case " $* " in *" add "*) {real} "$@" || {{ rm {lock}; exit 128; }}; exit ;; esac
exec {real} "$@"
""")
    (programs / "git").chmod(0o755)
    write("dev", b"newer")
    assert not lock.exists()
    assert log(git_store) == ["Add given password for aws-vault/dev to store. A aws-vault/dev.gpg"]


@pytest.mark.parametrize("verb", ["add", "commit"])
def test_a_change_that_another_pass_has_committed(
    git_store: Path, programs: Path, verb: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """Another pass may commit our entry between our steps; that is not an error."""
    real = shutil.which("git")
    (programs / "git").write_text(
        f"""#!/bin/bash
case " $* " in *" {verb} "*)
    {real} -C {git_store} add -A; {real} -C {git_store} commit -qm theirs
    [[ {verb} == add ]] && exit 128 ;;
esac
exec {real} "$@"
"""
    )
    (programs / "git").chmod(0o755)
    write("dev")
    assert log(git_store) == ["theirs A aws-vault/dev.gpg"]
    assert status(git_store) == []
    assert capfd.readouterr().err == ""


def test_a_broken_repository(git_store: Path) -> None:
    """A `.git` that git cannot use is an error, since the user relies on commits."""
    shutil.rmtree(git_store / ".git" / "objects")
    uncommitted(git_store, "git add ended with status")


def test_no_git(git_store: Path, tmp_path: Path) -> None:
    """A missing git matters only if there is a repository."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("gpg", "gpg-agent", "gpgconf"):
        (folder / name).symlink_to(str(shutil.which(name)))
    uncommitted(git_store, "it cannot be run", PATH=str(folder))
    shutil.rmtree(git_store / ".git")
    assert write("dev", b"newer", PATH=str(folder)).read("dev") == b"newer"


def test_parallel_writers_lose_nothing(git_store: Path) -> None:
    """Twelve processes at once each store and commit an entry; with `pass insert`, some would not be committed."""
    script = "import sys; from stores import write; write(sys.argv[1])"
    env = {**os.environ, "PYTHONPATH": f"{TOP}:{TOP}/tests/support"}
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", script, f"dev{number}"],
            cwd=TOP / "tests" / "support",
            env=env,
            stderr=subprocess.PIPE,
        )
        for number in range(12)
    ]
    assert [writer.communicate()[1] and writer.returncode for writer in writers] == [0] * 12
    assert sorted(log(git_store, 12)) == sorted(
        f"Add given password for aws-vault/dev{number} to store. A aws-vault/dev{number}.gpg"
        for number in range(12)
    )
    assert status(git_store) == []
