"""A password under a profile's name is not a damaged key, and no hint offers to replace it."""

from __future__ import annotations

import shlex
import subprocess
from typing import TYPE_CHECKING

import pytest
from conftest import put, run

if TYPE_CHECKING:
    from pathlib import Path

ID, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
GIVEN = f"{ID}\n{SECRET}\n"
PASSWORD = b"hunter2\nuser: me\n"


@pytest.fixture
def github(store: Path, aws_config: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Our entries are in the root of the store, next to a password and a key."""
    aws_config.write_text("[profile github]\nregion = us-east-1\n")
    put(store, "aws key", ID, SECRET)
    monkeypatch.setenv("PASS_AWS_PREFIX", "")
    subprocess.run(["pass", "insert", "-m", "github"], input=PASSWORD, check=True, capture_output=True)
    subprocess.run(["pass", "mv", "aws-vault/aws key", "aws key"], check=True, capture_output=True)
    return store / "github.gpg"


@pytest.mark.parametrize(
    "words",
    [
        ("exec", "github", "--", "true"),
        ("env", "github"),
        ("add", "github", "--stdin", "--no-verify"),
        ("add", "github", "--stdin", "--no-verify", "--force"),
        ("move", "github", "other"),
        ("move", "aws key", "github"),
        ("move", "aws key", "github", "--force"),
        ("move", "--repair", "--force", "github"),
    ],
)
def test_a_password_is_not_overwritten(words: tuple[str, ...], github: Path) -> None:
    """No command, with --force or without, and no hint would overwrite it, and no message shows it."""
    before = github.read_bytes()
    done = run(*words, stdin=GIVEN)
    assert done.returncode == 1, done.stderr
    assert "the entry github is not an AWS entry" in done.stderr
    assert "--force" not in done.stderr
    assert "damaged" not in done.stderr
    assert "hunter2" not in done.stderr
    assert len(done.stderr.splitlines()) == 2
    assert github.read_bytes() == before


def test_hints_with_spaces_are_quoted(store: Path, aws_config: Path) -> None:
    """`team b` is one word in every hint, and the command in the hint works."""
    aws_config.write_text("[profile 'team b']\nregion = us-east-1\n[profile 'c d']\nregion = us-east-1\n")
    put(store, "team a", ID, SECRET)
    subprocess.run(["pass", "mv", "aws-vault/team a", "aws-vault/team b"], check=True, capture_output=True)
    hint = run("env", "-n", "team b").stderr.splitlines()[-1]
    command = hint.partition("run pass aws ")[2]
    assert command == "move --repair 'team b'"
    assert run(*shlex.split(command), "--force").returncode == 0
    assert run("env", "-n", "team b").returncode == 0
    (store / "aws-vault" / "c d.gpg").write_bytes((store / "aws-vault" / "team b.gpg").read_bytes())
    text = b'{"Key":"c d","Data":"?"}'
    subprocess.run(
        ["pass", "insert", "-m", "-f", "aws-vault/c d"], input=text, check=True, capture_output=True
    )
    hint = run("env", "-n", "c d").stderr.splitlines()[-1]
    command = hint.partition("run pass aws ")[2].partition(" to store")[0]
    assert command == "add 'c d' --force"
    assert run(*shlex.split(command), "--stdin", "--no-verify", stdin=GIVEN).returncode == 0
    assert run("env", "-n", "c d").returncode == 0
