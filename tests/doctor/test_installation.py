"""The doctor on the installation, in real shells with startup files. It changes nothing itself."""

from __future__ import annotations

import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest
from clinic import Clinic
from conftest import MAIN, end_gpg_home, gpg_home, new_key, put, run

EXPORTS = ("PASSWORD_STORE_ENABLE_EXTENSIONS", "PASSWORD_STORE_EXTENSIONS_DIR")
DATA = ".local/share/pass-aws"
OURS = [sys.executable, "-I", "-S", str(MAIN)]
STARTUP = {
    "bash": (
        ".bashrc",
        "HISTFILE=~/.bash_history\nPROMPT_COMMAND='history -a'\ntrap 'echo bye >~/said' EXIT\n",
    ),
    "zsh": (
        ".zshrc",
        "HISTFILE=~/.zsh_history SAVEHIST=9\nsetopt share_history\nautoload -Uz compinit\ncompinit -u\n",
    ),
    "fish": (".config/fish/config.fish", "set -U seen_by_fish yes\n"),
}
"""Programs that the user already has; some write files if they can."""


@pytest.fixture
def clinic(home: Path, store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Clinic:
    """The doctor on a machine where nothing of ours is installed; it sees shells and pass."""
    assert home.is_dir()
    assert store.is_dir()
    made = Clinic(tmp_path, capsys, os.environ)
    made.whole = True
    made.env = {name: value for name, value in made.env.items() if name not in EXPORTS}
    return made


def tree(*roots: Path) -> dict[str, tuple[int, int, int, str]]:
    """For every path its mode, time, size and content."""
    found = {}
    for path in (path for root in roots for path in (root, *root.rglob("*"))):
        status = path.lstat()
        text = sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        found[str(path)] = (status.st_mode, status.st_mtime_ns, status.st_size if text else 0, text)
    return found


def test_nothing_is_installed_yet(clinic: Clinic) -> None:
    """From an empty home, the printed fixes alone lead to a `pass aws` that works and completes."""
    assert "it is not installed" in clinic.wrong("extension")[0]["found"]
    clinic.type(clinic.wrong("extension")[0]["fix"])
    clinic.fixes("extension", "fail")
    clinic.fixes("completion-bash", "warn")
    assert [one for one in clinic.look() if one["subject"] == "installation" and one["status"] != "ok"] == []


def test_an_extension_that_is_not_executable(clinic: Clinic, home: Path) -> None:
    """pass would look for an entry of that name, and even ask for its passphrase."""
    assert run("install", "--user").returncode == 0
    clinic.env |= {EXPORTS[0]: "true", EXPORTS[1]: str(home / DATA / "extensions")}
    assert clinic.wrong("extension") == []
    (home / DATA / "extensions" / "aws.bash").chmod(0o644)
    clinic.fixes("extension", "fail")


@pytest.mark.parametrize("value", ["yes", "1", ""])
def test_extensions_that_are_not_enabled(clinic: Clinic, home: Path, value: str) -> None:
    """pass accepts only `true`; the fix adds the missing line to the startup file, once."""
    assert run("install", "--user").returncode == 0
    clinic.env |= {EXPORTS[0]: value, EXPORTS[1]: str(home / DATA / "extensions")}
    clinic.fixes("extension", "fail")
    assert (home / ".bashrc").read_text() == "export PASSWORD_STORE_ENABLE_EXTENSIONS=true\n"


def test_an_extension_that_must_be_signed(clinic: Clinic, home: Path, fingerprint: str) -> None:
    """With PASSWORD_STORE_SIGNING_KEY, pass refuses to run an unsigned extension."""
    assert run("install", "--user").returncode == 0
    clinic.env |= {EXPORTS[0]: "true", EXPORTS[1]: str(home / DATA / "extensions")}
    clinic.env["PASSWORD_STORE_SIGNING_KEY"] = fingerprint
    clinic.fixes("extension", "fail")


def test_no_pass(clinic: Clinic) -> None:
    """A missing pass is reported."""
    clinic.whole = False
    assert clinic.wrong("extension")[0]["found"] == "pass is not on PATH"


def test_changed_and_missing_files(clinic: Clinic, home: Path) -> None:
    """Files of an old version, changed files and missing files are all fixed by one command."""
    assert run("install", "--user").returncode == 0
    (home / DATA / "completions" / "_pass-aws").unlink()
    extension = home / DATA / "extensions" / "aws.bash"
    extension.write_text(extension.read_text() + "\n")
    assert "has another version (and 1 more)" in clinic.fixes("version", "warn").replace(
        "is missing", "has another version"
    )


def test_a_missing_python(clinic: Clinic, home: Path) -> None:
    """The Python of the installation may be missing after an upgrade of the system."""
    assert run("install", "--user").returncode == 0
    extension = home / DATA / "extensions" / "aws.bash"
    extension.write_text(extension.read_text().replace(f"({sys.executable} ", "(/nowhere/python "))
    assert "a Python that is gone" in clinic.fixes("version", "fail")


@pytest.mark.parametrize("shell", STARTUP)
def test_a_shell_without_the_completion(clinic: Clinic, home: Path, shell: str) -> None:
    """A new shell is checked with the user's startup files; after the fix, new shells complete."""
    assert run("install", "--user").returncode == 0
    name, text = STARTUP[shell]
    (home / name).parent.mkdir(parents=True, exist_ok=True)
    (home / name).write_text(text)
    (home / ".config/fish/conf.d/pass-aws.fish").unlink()
    clinic.fixes(f"completion-{shell}", "warn")


def test_a_startup_file_that_waits_for_input(
    clinic: Clinic, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The doctor does not wait for it, and its question cannot be answered."""
    monkeypatch.setattr("pass_aws.doctor.collect_shells.PATIENCE", 0.5)  # instead of 20 seconds
    (home / ".bashrc").write_text("read -r answer </dev/tty\nread -r answer\nsleep 1000 & sleep 1000\n")
    assert clinic.wrong("completion-bash")[0]["found"] == "a new bash does not start"


def test_the_doctor_changes_nothing(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Home, keys and store keep their bytes and times, also in an empty home."""
    ring = gpg_home()
    monkeypatch.setenv("GNUPGHOME", str(ring))
    try:
        key = new_key(ring, "alice")
        store = tmp_path / "a store"
        monkeypatch.setenv("PASSWORD_STORE_DIR", str(store))
        monkeypatch.setenv("PASSWORD_STORE_SIGNING_KEY", key)
        for variable in ("GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"):
            monkeypatch.setenv(variable, "a@example.invalid")
        for words in (["init", key], ["git", "init", "-q"]):
            subprocess.run(["pass", *words], check=True, capture_output=True)
        put(store, "dev", "AKIAIOSFODNN7EXAMPLE", "s" * 40)
        (store / "aws-vault" / "new.gpg").write_bytes(b"x")
        for name, text in STARTUP.values():
            (home / name).parent.mkdir(parents=True, exist_ok=True)
            (home / name).write_text(text)
        assert run("install", "--user").returncode == 0
        (home / ".aws").mkdir()
        (home / ".aws" / "config").write_text("[profile ro]\nregoin = x\n")
        clinic = Clinic(tmp_path, capsys, os.environ)
        clinic.whole = True
        for agent in (["gpg-connect-agent", "/bye"], ["gpgconf", "--kill", "all"]):
            subprocess.run(agent, check=True, capture_output=True)
            before = tree(home, store, ring)
            assert clinic.wrong("config-key")
            assert tree(home, store, ring) == before
        clinic.env |= {"HOME": str(tmp_path / "empty"), "GNUPGHOME": "", "PASSWORD_STORE_DIR": ""}
        (tmp_path / "empty").mkdir()
        clinic.look()
        assert list((tmp_path / "empty").iterdir()) == []
    finally:
        end_gpg_home(ring)
