"""No external name controls the terminal: every command escapes unsafe characters, in any locale."""

from __future__ import annotations

import os
import unicodedata
from typing import TYPE_CHECKING

import pytest
from conftest import run

from pass_aws.command_line.catalogue import COMMANDS

if TYPE_CHECKING:
    from pathlib import Path

NAME = "a\x1b[31mred\x07\u202eright\x9b2J"
"""ANSI colour, a bell, right-to-left override, and a control sequence in one character."""
FILE = "b\x1b[31mred\nnext\u202e"
WORDS: dict[str, list[tuple[str, ...]]] = {
    "exec": [("exec", NAME, "--", "true"), ("exec", "x", "--", NAME), ("exec", f"--{NAME}")],
    "each": [("each", NAME, "--", "true"), ("each", "*", "--", NAME)],
    "env": [("env", NAME), ("env", "--format", NAME, "x")],
    "export": [("export", NAME)],
    "credential-process": [("credential-process", NAME)],
    "serve": [("serve", NAME)],
    "configure": [("configure", NAME), ("configure", "--all", "--dry-run")],
    "whoami": [("whoami", NAME)],
    "login": [("login", NAME), ("login", "--stdout", NAME)],
    "sso": [
        ("sso", "login", NAME),
        ("sso", "list", "--sso-session", NAME),
        ("sso", NAME),
        ("sso", "logout", "--sso-session", NAME),
    ],
    "signin": [("signin", NAME)],
    "signout": [("signout", NAME)],
    "add": [("add", NAME, "--stdin"), ("add", "x\u202e", "--stdin", "--no-verify", "--region", NAME)],
    "import": [("import", NAME), ("import", "--csv", NAME), ("import", "--entry", NAME)],
    "remove": [("remove", "-f", NAME), ("remove", "-f", "c\u202e"), ("remove", "c\u202e")],
    "move": [
        ("move", NAME, "x"),
        ("move", "x", NAME),
        ("move", "--repair", "c\u202e"),
        ("move", "c\u202e", "d\u202e"),
    ],
    "rotate": [("rotate", NAME), ("rotate", "c\u202e")],
    "mfa": [("mfa", "code", NAME), ("mfa", "enroll", NAME), ("mfa", NAME)],
    "show": [("show", NAME), ("show", "c\u202e")],
    "clear": [("clear", NAME), ("clear", "c\u202e")],
    "list": [
        ("list",),
        ("list", "--credentials"),
        ("list", "--profiles"),
        ("list", "--json"),
        ("list", "--sessions"),
    ],
    "explain": [("explain", NAME), ("explain", "c\u202e"), ("explain", "d")],
    "audit": [("audit",), ("audit", NAME), ("audit", "--offline", "--json")],
    "doctor": [("doctor",)],
    "init": [("init", NAME)],
    "install": [("install", NAME)],
    "uninstall": [("uninstall", NAME)],
    "help": [("help", NAME), (NAME,)],
    "version": [("version", NAME), ("version",)],
}
"""Each command, with the name everywhere it takes one."""


@pytest.fixture
def hostile(store: Path, aws_config: Path) -> Path:
    """A store and a config file full of such names."""
    folder = store / "aws-vault"
    folder.mkdir()
    for name in (FILE, "c\u202e"):
        (folder / f"{name}.gpg").write_bytes(b"junk")
    (folder / f"loop{FILE}").symlink_to(f"loop{FILE}")
    aws_config.write_text(
        f"[profile c\u202e]\nregion = {NAME}\n[profile {NAME}]\n[Profile {NAME}]\n[{NAME}]\n"
        f"[profile d]\nsource_profile = c\u202e\nrole_arn = {NAME}\n{NAME} = 1\n{NAME} = 2\n"
        f"[profile e\u202e]\ncredential_process = {NAME}\n[profile f]\nsource_profile = f\u202e\n"
    )
    return store


def test_every_command_is_covered() -> None:
    """The list of commands comes from the parser."""
    assert {verb.name for verb in COMMANDS} <= set(WORDS)


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
@pytest.mark.parametrize("verb", [verb.name for verb in COMMANDS])
def test_unsafe_characters_are_escaped(verb: str, locale: str, hostile: Path, programs: Path) -> None:
    """stdout and stderr contain no control character and nothing that changes the text direction."""
    assert hostile.is_dir()
    assert programs.is_dir()
    for words in WORDS[verb]:
        done = run(*words, LC_ALL=locale, AWS_EC2_METADATA_DISABLED="true", stdin="AKIAIOSFODNN7EXAMPLE\nx\n")
        assert "this is a bug" not in done.stderr, (words, done.stderr)
        assert "Traceback" not in done.stderr, (words, done.stderr)
        for said in (done.stdout, done.stderr):
            text = os.fsencode(said).decode(errors="replace")
            steering = {char for char in text if char != "\n" and unicodedata.category(char) in ("Cc", "Cf")}
            assert steering <= ({"\t"} if said is done.stdout else set()), (words, text)
