"""If a write is killed or fails at any point, the old or the new entry is complete."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import TOP, end_gpg_home, gpg, gpg_home, new_key
from stores import opened, real_pass, write

from pass_aws.errors import UserError
from pass_aws.system import atomic_files

WRITER = "import sys; from stores import write; write(sys.argv[1], b'new' * 200)"
REMOVER = "import sys; from stores import opened; opened()[0].remove([sys.argv[1]], 'Remove it.')"
OLD, NEW = b"old", b"new" * 200


def stand_in(tmp_path: Path, program: str, script: str) -> str:
    """A PATH with a bash script before the real program, which the script calls as `real`."""
    folder = tmp_path / "bin"
    folder.mkdir(exist_ok=True)
    real = shutil.which(program, path=os.environ["PATH"])
    (folder / program).write_text(f'#!/bin/bash\nreal() {{ {real} "$@"; }}\n{script}\n')
    (folder / program).chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"


def child(script: str, name: str = "dev", path: str = "", limit: int = 0) -> subprocess.CompletedProcess[str]:
    """A separate process that may be killed."""

    def limited() -> None:
        if limit:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    env = {**os.environ, "PYTHONPATH": f"{TOP}:{TOP}/tests/support", "PATH": path or os.environ["PATH"]}
    return subprocess.run(
        [sys.executable, "-c", script, name], cwd=TOP / "tests" / "support", env=env, capture_output=True, text=True,
        check=False, timeout=60, preexec_fn=limited,
    )  # fmt: skip


def files(store: Path) -> list[str]:
    """All files below the prefix."""
    return sorted(path.name for path in (store / "aws-vault").rglob("*") if path.is_file())


def before(word: str) -> str:
    return f'[[ " $* " == *" {word} "* ]] && kill -9 $PPID; real "$@"'


def after(word: str) -> str:
    return f'real "$@"; code=$?; [[ " $* " == *" {word} "* ]] && kill -9 $PPID; exit $code'


STEPS = {
    "gpg is started": ("gpg", 'kill -9 $PPID; real "$@"', OLD),
    "gpg encrypts": ("gpg", before("--encrypt"), OLD),
    "it was encrypted": ("gpg", after("--encrypt"), OLD),
    "it is read back": ("gpg", before("-d"), OLD),
    "it was read back": ("gpg", after("-d"), OLD),
    "git adds": ("git", before("add"), NEW),
    "git added": ("git", after("add"), NEW),
    "git commits": ("git", before("commit"), NEW),
    "git committed": ("git", after("commit"), NEW),
}


@pytest.mark.parametrize("step", STEPS)
def test_a_kill_at_any_step(git_store: Path, tmp_path: Path, step: str) -> None:
    """The entry is the old or the new one, nothing else is listed, and the same command finishes."""
    program, script, expected = STEPS[step]
    write("dev", OLD)
    done = child(WRITER, path=stand_in(tmp_path, program, script))
    assert done.returncode == -signal.SIGKILL, done.stderr
    found, _ = opened()
    assert found.read("dev") == expected
    assert found.names() == ["dev"]
    assert real_pass("show", "aws-vault/dev") == expected
    listed = real_pass("ls", "aws-vault").decode(errors="replace")
    assert "pass-aws" not in listed
    assert child(WRITER).returncode == 0
    assert found.read("dev") == NEW
    assert files(git_store) == ["dev.gpg"]
    assert subprocess.check_output(["git", "-C", git_store, "status", "--porcelain"]) == b""


@pytest.mark.parametrize("step", [step for step, (program, *_) in STEPS.items() if program == "gpg"])
def test_a_kill_while_a_first_entry_is_written(store: Path, tmp_path: Path, step: str) -> None:
    """A killed write leaves no entry, and `list` shows none."""
    program, script, _ = STEPS[step]
    done = child(WRITER, "org/team/dev", path=stand_in(tmp_path, program, script))
    assert done.returncode == -signal.SIGKILL, done.stderr
    found, _ = opened()
    assert found.names() == []
    assert not found.exists("org/team/dev")
    assert child(WRITER, "org/team/dev").returncode == 0
    assert files(store) == ["dev.gpg"]


@pytest.mark.parametrize(
    ("script", "left"),
    [(before("commit"), []), (after("commit"), []), ('kill -9 $PPID; real "$@"', ["dev"])],
)
def test_a_kill_while_an_entry_is_removed(
    git_store: Path, tmp_path: Path, script: str, left: list[str]
) -> None:
    """The entry is removed, or complete if git was only asked about conflicts.

    The same command, run again, finishes.
    """
    write("dev", OLD)
    assert child(REMOVER, path=stand_in(tmp_path, "git", script)).returncode == -signal.SIGKILL
    assert opened()[0].names() == left
    assert child(REMOVER).returncode == 0
    assert subprocess.check_output(["git", "-C", git_store, "status", "--porcelain"]) == b""


def test_files_of_a_killed_write_are_removed_by_the_next_one(store: Path) -> None:
    """Until the next write, these files disturb neither us nor pass."""
    write("dev", OLD)
    left = store / "aws-vault" / f"{atomic_files.LEFTOVER}0{atomic_files.ENDING}"
    left.write_bytes(b"half a file")
    assert opened()[0].names() == ["dev"]
    assert b"pass-aws" not in real_pass("ls")
    real_pass("init", (store / ".gpg-id").read_text().strip())
    write("other", OLD)
    assert files(store) == ["dev.gpg", "other.gpg"]


def untouched(store: Path, script: str = WRITER, *, says: str, path: str = "", limit: int = 0) -> None:
    """Checks a write that fails: the reason is reported, the entry is the old one, no file is left."""
    write("dev", OLD)
    done = child(script, path=path, limit=limit)
    assert done.returncode == 1
    assert says in done.stderr.splitlines()[-1]
    assert "UserError" in done.stderr
    assert files(store) == ["dev.gpg"]
    assert opened()[0].read("dev") == OLD


def test_a_full_disk(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit on file sizes, which is reached in the middle of the entry, simulates it."""
    monkeypatch.setenv("PASSWORD_STORE_GPG_OPTS", "--no-random-seed-file")
    untouched(store, says="cannot write aws-vault/dev: File too large", limit=300)
    assert child(WRITER, "new/folder/dev", limit=300).returncode == 1
    assert not (store / "aws-vault" / "new").exists()


def test_a_missing_recipient(store: Path) -> None:
    """An entry is encrypted to all recipients or not written."""
    write("dev", OLD)
    (store / ".gpg-id").write_text((store / ".gpg-id").read_text() + "nobody\n")
    done = child(WRITER)
    assert "gpg has no key for recipient nobody" in done.stderr
    assert child(WRITER, "new/folder/dev").returncode == 1
    assert files(store) == ["dev.gpg"]
    assert not (store / "aws-vault" / "new").exists()
    assert opened()[0].read("dev") == OLD


def test_gpg_fails_or_answers_nothing(store: Path, tmp_path: Path) -> None:
    """gpg fails or prints nothing, in the encryption or in the read-back."""
    for script in ("exit 2", "exit 0", 'real "$@"; exit 2', 'real "$@" | head -c 100'):
        encrypting = f'if [[ " $* " == *" --encrypt "* ]]; then {script}; else real "$@"; fi'
        says = "not stored, since it cannot be read back" if "head" in script else "gpg did not encrypt"
        untouched(store, says=says, path=stand_in(tmp_path, "gpg", encrypting))


def test_a_read_back_with_other_content(store: Path, tmp_path: Path) -> None:
    """The read-back compares; a different content does not replace the entry."""
    other = '[[ " $* " == *" -d "* ]] && { real "$@" >/dev/null; printf other; exit 0; }; real "$@"'
    untouched(store, says="after decryption its content was different", path=stand_in(tmp_path, "gpg", other))


def test_a_dead_agent(store: Path, keyring: Path, tmp_path: Path) -> None:
    """Encryption needs no agent, but an entry that cannot be read back is not stored."""
    write("dev", OLD)
    home = tmp_path / ("x" * 110)
    home.mkdir(mode=0o700)
    for name in ("pubring.kbx", "trustdb.gpg"):
        shutil.copy(keyring / name, home)
    found, _ = opened(GNUPGHOME=str(home))
    with pytest.raises(UserError, match="cannot be read back: gpg-agent cannot be reached"):
        found.write("dev", NEW, "m")
    assert files(store) == ["dev.gpg"]
    assert opened()[0].read("dev") == OLD


def test_a_directory_that_cannot_be_created(store: Path, fingerprint: str) -> None:
    """A file has its name, or the store is not writable."""
    (store / "aws-vault").write_bytes(b"")
    with pytest.raises(UserError, match=r"cannot write aws-vault/dev: "):
        write("dev", NEW)
    assert sorted(path.name for path in store.iterdir()) == [".gpg-id", "aws-vault"]
    with pytest.raises(UserError, match=r"cannot write aws-vault/org/dev: "):
        write("org/dev", NEW, PASSWORD_STORE_DIR="/proc", PASSWORD_STORE_KEY=fingerprint)


def test_an_entry_that_is_a_directory(store: Path) -> None:
    """The directory is not replaced, and the new directories are removed again."""
    (store / "aws-vault" / "dev.gpg").mkdir(parents=True)
    with pytest.raises(UserError, match="cannot write aws-vault/dev: Is a directory"):
        write("dev", NEW)
    with pytest.raises(UserError, match="cannot remove aws-vault/dev: Is a directory"):
        opened()[0].remove(["dev"], "m")
    assert [path.name for path in (store / "aws-vault").iterdir()] == ["dev.gpg"]


def asleep(pid: str) -> bool:
    """Whether the process has become `sleep`; bash loses a signal that arrives directly before its `exec`."""
    return bool(pid) and Path(f"/proc/{pid}/comm").read_text() == "sleep\n"


def test_an_interrupt_leaves_the_old_entry(store: Path, tmp_path: Path) -> None:
    """After Ctrl-C at the passphrase prompt of the read-back, the old entry is complete."""
    write("dev", OLD)
    asking = tmp_path / "asking"
    blocked = f'[[ " $* " == *" -d "* ]] && {{ echo $$ >{asking}; exec sleep 60; }}; real "$@"'
    env = {
        **os.environ,
        "PYTHONPATH": f"{TOP}:{TOP}/tests/support",
        "PATH": stand_in(tmp_path, "gpg", blocked),
    }
    command = [sys.executable, "-c", WRITER, "dev"]
    with subprocess.Popen(command, cwd=TOP / "tests" / "support", env=env, stderr=subprocess.PIPE) as writer:
        while not (asking.exists() and asleep(asking.read_text().strip())):
            assert writer.poll() is None
            time.sleep(0.01)
        writer.send_signal(signal.SIGINT)
        _, err = writer.communicate(timeout=20)
    assert err.strip().endswith(b"KeyboardInterrupt")
    assert files(store) == ["dev.gpg"]
    assert opened()[0].read("dev") == OLD


def test_an_entry_for_others_is_stored_unread(store: Path) -> None:
    """A machine without a secret key for it cannot read it back, and reports that."""
    home, theirs = gpg_home(), gpg_home()
    try:
        other = new_key(theirs, "bob")
        gpg(home, "--import", stdin=gpg(theirs, "--armor", "--export", other).encode())
        (store / ".gpg-id").write_text(f"{other}\n")
        found, said = opened(PASSWORD_STORE_GPG_OPTS="--trust-model always", GNUPGHOME=str(home))
        found.write("dev", NEW, "m")
        assert said == ["aws-vault/dev is stored, but only others can read it: no secret key on this machine"]
        assert opened(GNUPGHOME=str(theirs))[0].read("dev") == NEW
    finally:
        end_gpg_home(home)
        end_gpg_home(theirs)


@pytest.mark.parametrize(("no_input", "reason"), [("1", "is locked"), ("", "cancelled")])
def test_an_entry_that_stays_locked_is_stored(store: Path, no_input: str, reason: str) -> None:
    """The content may be the only copy of a new key, so it is stored unread, and a message says so."""
    home = gpg_home()
    try:
        (home / "gpg-agent.conf").write_text("s2k-count 65536\n")
        locked = new_key(home, "bob", passphrase="sesame")
        pinentry = home / "pinentry"
        pinentry.write_text("#!/bin/bash\necho OK; while read -r l; do case $l in GETPIN*) "
                            "echo 'ERR 83886179 cancelled';; *) echo OK;; esac; done\n")  # fmt: skip
        pinentry.chmod(0o755)
        (home / "gpg-agent.conf").write_text(f"pinentry-program {pinentry}\n")
        subprocess.run(["gpgconf", "--homedir", home, "--kill", "gpg-agent"], check=True)
        (store / ".gpg-id").write_text(f"{locked}\n")
        found, said = opened(GNUPGHOME=str(home), quiet=no_input)
        found.write("dev", NEW, "m")
        assert files(store) == ["dev.gpg"]
        assert len(said) == 1
        assert "could not be read back" in said[0]
        assert reason in said[0]
    finally:
        end_gpg_home(home)


def test_replacing_a_file(tmp_path: Path) -> None:
    """Any content is written, with the requested mode; a symlink is replaced, not followed."""
    target = tmp_path / "file"
    for mask in (0o000, 0o077):
        before = os.umask(mask)
        try:
            atomic_files.write(str(target), b"\0" * 100_000, 0o644)
            assert target.stat().st_mode & 0o7777 == 0o644
            atomic_files.write(str(target), b"")
            assert target.stat().st_mode & 0o7777 == 0o600
        finally:
            os.umask(before)
    (tmp_path / "link").symlink_to(target)
    atomic_files.write(str(tmp_path / "link"), b"x")
    assert target.read_bytes() == b""
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["file", "link"]


def test_a_check_that_fails_changes_nothing(tmp_path: Path) -> None:
    """The check sees the complete, private new file before it replaces the old one."""
    target = tmp_path / "file"
    target.write_bytes(OLD)

    def refuse(path: str) -> None:
        assert Path(path).read_bytes() == NEW
        assert Path(path).parent == tmp_path
        assert Path(path).stat().st_mode & 0o7777 == 0o600
        raise UserError("no")

    with pytest.raises(UserError, match="no"):
        atomic_files.write(str(target), NEW, check=refuse)
    assert target.read_bytes() == OLD
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["file"]
