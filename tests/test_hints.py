"""The command in a hint runs as printed, and a name in it stays one word."""

from __future__ import annotations

import ast
import os
import re
import subprocess
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from conftest import TOP, put
from raise_sites import sites
from run_in_process import say

from pass_aws.aws import refusal_rows, refusals
from pass_aws.command_line.catalogue import COMMANDS
from pass_aws.errors import UserError
from pass_aws.gpg import diagnosis
from pass_aws.gpg.process import Ran
from pass_aws.keys import journal
from pass_aws.model import Credentials
from pass_aws.sso import refusal_rows as sso_rows
from pass_aws.store import entry
from pass_aws.store.entry import Entry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HOSTILE = [
    "x; touch pwned #",
    "$(touch pwned)",
    "`touch pwned`",
    "it's; touch pwned #",
    'a" ; touch pwned #',
    "a b",
]
COMMAND = re.compile(r"\b(pass aws|pass-aws|pass|gpg|git|ls|rm|aws) [-a-z]")
STUB = '#!/bin/bash\nprintf "%s\\0" "$0" "$@" >>"$SEEN"\n'
LEFT_OUT = {"help", "version", "install", "uninstall", "init", "serve", "export", "signin", "signout", "sso"}
"""Commands that take no name, or that would wait for input."""


def pasted(hint: str, folder: Path) -> list[str]:
    """Runs the commands of a hint in a shell whose programs only record their arguments; returns them."""
    bin_, seen = folder / "stubs", folder / "seen"
    bin_.mkdir(exist_ok=True)
    for program in ("pass", "pass-aws", "gpg", "git", "ls", "rm", "aws", "gpgconf"):
        (bin_ / program).write_text(STUB)
        (bin_ / program).chmod(0o755)
    seen.write_text("")
    found = COMMAND.search(hint)
    env = {"PATH": f"{bin_}:{os.environ['PATH']}", "SEEN": str(seen)}
    if found:
        command = ["bash", "-c", hint[found.start() :]]
        subprocess.run(
            command, env=env, cwd=folder, check=False, capture_output=True, stdin=subprocess.DEVNULL
        )
    assert not (folder / "pwned").exists(), hint
    return seen.read_text().split("\0")


def raised(call: Callable[[], object]) -> UserError:
    with pytest.raises(UserError) as caught:
        call()
    return caught.value


def failure(*lines: str, code: int = 2) -> diagnosis.Failure:
    return diagnosis.Failure(Ran(b"", "".join(f"[GNUPG:] {line}\n" for line in lines).encode(), b"", code))


def pure_hints(name: str) -> Iterator[UserError]:
    """The errors about an entry of this name that do not need a run of the program."""
    for text in (
        b"",
        b"{}",
        b'{"Key": "other", "Data": "e30="}',
        b'{"Key": "%s", "Data": "!"}' % name.encode(),
    ):
        yield raised(lambda text=text: entry.parse(text, name))  # type: ignore[misc]
    yield raised(lambda: journal.read(Entry(Credentials("A", "b"), {journal.FIELD: "5"}, {}), name))
    cancelled = failure("ENC_TO 1 18 0", "PINENTRY_LAUNCHED 1 x", "ERROR pkdecrypt_failed 99")
    wrong = failure("ENC_TO 1 18 0", "ERROR pkdecrypt_failed 11")
    silent = failure("ENC_TO 1 18 0")
    situation = diagnosis.Situation(name)
    yield diagnosis.no_key(cancelled, situation)
    yield diagnosis.no_key(wrong, situation)
    yield diagnosis.no_key(silent, situation._replace(may_ask=False))
    yield diagnosis.no_key(silent, situation._replace(place=diagnosis.CARD, card="D27"))
    yield diagnosis.no_key(cancelled, situation._replace(terminal_gone=True))
    yield diagnosis.no_key(cancelled, situation._replace(foreign_terminal="/dev/pts/2"))
    yield diagnosis.no_key(silent, situation._replace(place=diagnosis.ABSENT))
    yield diagnosis.no_key(silent, situation._replace(place=diagnosis.UNREACHABLE))
    for words in (["DECRYPTION_INFO 1"], ["PLAINTEXT 1"], ["NODATA 1"], ["PLAINTEXT_LENGTH 9999999"], []):
        yield diagnosis.bad_file(failure(*words), name, 100)


@pytest.mark.parametrize("name", HOSTILE)
def test_hints_about_an_entry(name: str, tmp_path: Path) -> None:
    """No part of a name is run, and in a command the name is one word."""
    named = 0
    for error in pure_hints(name):
        assert error.hint, error
        words = pasted(error.hint, tmp_path)
        named += name in words or f"{name}.gpg" in words
    assert named >= 12


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("stored", [True, False])
def test_hints_of_commands(
    aws_config: Path, store: Path, capsys: pytest.CaptureFixture[str], name: str, stored: bool
) -> None:
    """Each command with a profile that does not exist, or has no settings and another name in its entry."""
    if stored:
        put(store, "other", "AKIAIOSFODNN7EXAMPLE", "s" * 40)
        (store / "aws-vault" / "other.gpg").rename(store / "aws-vault" / f"{name}.gpg")
        aws_config.write_text(f"[profile '{name}']\nsource_profile = none\n" if "'" not in name else "")
    capsys.readouterr()
    env = {key: os.environ[key] for key in ("HOME", "GNUPGHOME", "PASSWORD_STORE_DIR", "PATH")}
    hints = 0
    for verb in COMMANDS:
        if verb.name in LEFT_OUT:
            continue
        argv = [verb.name, name, *(["--", "true"] if verb.name in ("exec", "each") else [])]
        said = say(capsys, *argv, "--no-input", **env) if verb.name != "exec" else say(capsys, *argv, **env)
        for line in said.err.splitlines():
            if line.startswith("pass aws: hint: "):
                hints += 1
                pasted(line.removeprefix("pass aws: hint: "), store.parent)
    assert hints >= 5


class Piece(NamedTuple):
    """A value in the text of a hint: its place, and the expression."""

    path: str
    line: int
    code: str


QUOTING = {"quote", "quoted", "join", "command"}
COMMANDS_OF_THEIR_OWN = re.compile(
    r"request\.again\(.*\)|_show\(.*\)|(\w+\.)?again|anew|instead|fix|verb|command|self\.prog|place|words"
)
"""Expressions that are whole commands, or their fixed parts; their own parts are checked where they are made."""
PROSE = re.compile(r"(self\.)?_?path|printable\(.*\)|shown\(.*\)")
"""Places in a hint that are not in a command."""


@cache
def pieces() -> tuple[Piece, ...]:
    """The parts of all hints in the program."""
    found = []
    for path in sorted((TOP / "pass_aws").rglob("*.py")):
        calls = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))
        values = (word.value for call in calls for word in call.keywords if word.arg in ("hint", "instead"))
        found += [
            Piece(str(path.relative_to(TOP)), part.lineno, ast.unparse(part.value))
            for value in values
            for part in ast.walk(value)
            if isinstance(part, ast.FormattedValue)
        ]
    return tuple(found)


def test_every_piece_of_a_hint_is_quoted() -> None:
    """A new hint with an unquoted name fails here: use text/quoting.py."""
    assert len(pieces()) > 60
    bare = [
        piece
        for piece in pieces()
        if piece.code.partition("(")[0].rpartition(".")[2] not in QUOTING
        and not piece.code.strip("'").isupper()
        and not COMMANDS_OF_THEIR_OWN.fullmatch(piece.code)
        and not PROSE.fullmatch(piece.code)
    ]
    assert bare == []


def test_every_command_in_any_text_is_quoted() -> None:
    """Warnings and errors have commands, too, whose arguments are quoted."""
    verbs = "|".join(verb.name for verb in COMMANDS)
    before = re.compile(rf"\bpass[ -]aws ({verbs})( -?-?[a-z]+)* $")
    found = [
        ast.unparse(value.value)
        for path in sorted((TOP / "pass_aws").rglob("*.py"))
        for text in ast.walk(ast.parse(path.read_text()))
        if isinstance(text, ast.JoinedStr)
        for fixed, value in pairwise(text.values)
        if isinstance(value, ast.FormattedValue)
        and isinstance(fixed, ast.Constant)
        and before.search(str(fixed.value))
    ]
    assert len(found) > 20
    assert {code for code in found if code.partition("(")[0].rpartition(".")[2] not in QUOTING} == {
        "words",  # sources/identity_center, quoted a line above
        "profile if PLAIN.issuperset(profile) else _sh_word(profile)",  # zsh takes `=x` for a command
    }


OWN = {"NobodyError": "its constructor has one", "LackingError": "its third argument"}
"""Kinds of UserError whose hint is not a keyword."""
NO_HINT = {
    "cancelled": "the user pressed Ctrl-D or Cancel, and knows it: one line, exit status 130, as for Ctrl-C",
    "cannot write to stdout: ": "the system's words say what to do, and the front has the same line",
}
"""Messages without a hint, each with the reason. For exit status USAGE, cli adds the command's help page."""


def name_of(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def without_hint(call: ast.Call, kinds: set[str]) -> bool:
    """Whether a call makes an error, or a refusal of AWS, and its hint is missing or empty."""
    made, words = name_of(call.func), {word.arg: word.value for word in call.keywords}
    hint: ast.expr | None = words.get("hint")
    if made == "Refusal" and not isinstance(call.args[0], ast.Starred):
        hint = call.args[1]
    elif made in {"AwsError", "RefusedError", *OWN} or made not in kinds:
        return False  # AwsError takes a Refusal
    elif name_of(words.get("code", call)) == "USAGE":
        return False
    message = call.args[0]
    if isinstance(message, ast.JoinedStr):
        message = message.values[0]
    if isinstance(message, ast.Constant) and message.value in NO_HINT:
        return False
    return hint is None or (isinstance(hint, ast.Constant) and not hint.value)


def test_every_error_has_a_hint() -> None:
    """A new error without a hint fails here: say what to do, or say in NO_HINT why there is nothing to do."""
    kinds = {site.kind for site in sites()}
    assert {"UserError", "AwsError", *OWN} <= kinds
    calls = [
        (path, node)
        for path in sorted((TOP / "pass_aws").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and node.args
    ]
    bare = [f"{path}:{call.lineno}" for path, call in calls if without_hint(call, kinds)]
    assert bare == []


def test_every_refusal_has_a_hint() -> None:
    """Each row of the tables of AWS's refusals says what to do."""
    hints = {row.message: row.hint for row in refusal_rows.TABLE}
    hints |= dict(refusals.NO_ANSWER.values())
    hints |= {message: hint for message, hint, _ in sso_rows.TABLE.values()}
    assert len(hints) > 40
    assert [message for message, hint in hints.items() if not hint] == []
