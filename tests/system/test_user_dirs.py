"""An unusable HOME gives one clear error, and no file is written anywhere."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest
from conftest import put, run

if TYPE_CHECKING:
    from pathlib import Path

    from fakeaws import FakeAWS

COMMANDS = (
    ("exec", "dev", "--", "true"),
    ("env", "dev"),
    ("list",),
    ("clear",),
    ("add", "new", "--stdin", "--no-verify"),
)
ID, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
GIVEN = f"{ID}\n{SECRET}\n"


@pytest.mark.parametrize("where", ["", "rel/ative", "."])
@pytest.mark.parametrize("words", COMMANDS)
def test_without_a_home(
    where: str, words: tuple[str, ...], store: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """HOME unset, empty or relative: an error with a hint that works, and no cache in `/` or here."""
    put(store, "dev", ID, SECRET)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    before = sorted(os.listdir("/")), sorted(store.rglob("*"))
    done = run(*words, HOME=where, stdin=GIVEN)
    assert done.returncode == 1, done.stderr
    error, hint = done.stderr.splitlines()
    assert error == f"pass aws: error: HOME is {'not an absolute path: ' + where if where else 'not set'}"
    command = hint.removeprefix("pass aws: hint: run ")
    shown = subprocess.check_output(["sh", "-c", f'{command}; printf %s "$HOME"'], text=True)
    assert shown == os.path.expanduser(f"~{subprocess.check_output(['id', '-un'], text=True).strip()}")
    assert (sorted(os.listdir("/")), sorted(store.rglob("*"))) == before
    assert os.listdir() == []


def test_nothing_in_the_home_is_needed(store: Path, tmp_path: Path) -> None:
    """If all directories are set by variables, HOME may be missing."""
    put(store, "dev", ID, SECRET)
    places = {
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "AWS_CONFIG_FILE": str(tmp_path / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"),
        "GNUPGHOME": os.environ["GNUPGHOME"],
    }
    done = run("env", "-n", "dev", HOME="", **places)
    assert done.returncode == 0, done.stderr
    assert "AKIAIOSFODNN7EXAMPLE" in done.stdout


@pytest.fixture
def readonly(store: Path, fake: FakeAWS, home: Path, aws_config: Path) -> FakeAWS:
    """A home in which nothing can be created, and a key whose profile needs a session and a code."""
    alice = fake.user("alice")
    key, device = alice.key(), alice.mfa()
    put(store, "dev", key.id, key.secret)
    aws_config.write_text(
        f"[profile dev]\nmfa_serial = {device.serial}\nmfa_process = echo {device.code()}\n"
    )
    for name in (".cache", ".local"):
        (home / name).write_text("")  # root cannot create a directory in a file, either
    return fake


def warnings(text: str) -> list[str]:
    return [line for line in text.splitlines() if "using AWS endpoint" not in line]


def test_one_warning_for_an_unwritable_home(readonly: FakeAWS) -> None:
    """Sessions, locks and used codes need two directories: one warning names the variables for both."""
    done = run("exec", "dev", "--", "true")
    assert done.returncode == 0, done.stderr
    assert readonly.actions() == ["GetSessionToken"]
    (line,) = warnings(done.stderr)
    assert "XDG_STATE_HOME" in line
    assert "XDG_CACHE_HOME" in line


def test_no_warning_if_no_directory_is_needed(readonly: FakeAWS) -> None:
    """With the cache off, no directory is needed, so the program does not warn."""
    done = run("exec", "dev", "--", "true", PASS_AWS_SESSION_CACHE="none")
    assert done.returncode == 0, done.stderr
    assert warnings(done.stderr) == []
    assert readonly.actions() == ["GetSessionToken"]
