"""A wrong value of an option is refused before the user has to choose a profile or to answer a question."""

from __future__ import annotations

import argparse
import json
import os
import sys
from typing import TYPE_CHECKING

import pexpect
from conftest import TOP, put

from pass_aws.command_line.catalogue import COMMANDS
from pass_aws.command_line.parser import parser_of
from pass_aws.errors import DONE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fakeaws import FakeAWS

FREE = {
    "as_": "each is another word for the same profile",
    "pass_dir": "a directory; the store in it may be missing",
    "pass_prefix": "any directory of the store",
    "prefix": "any directory",
    "destdir": "any directory",
    "extension_dir": "any directory",
    "only": "a pattern, which may match nothing",
    "entry": "of pass; read before the first question",
    "about": "a command",
    "backend": "checked while the line is parsed",
}
"""Options for which every value is allowed, or without a question that could come first."""
WRONG = {
    "browser": "'",
    "path": "https\\:",
    "policy_arn": "",
    "port": "x",
    "jobs": "0",
    "role_arn": "arn",
    "duration": "1s",
}
"""Wrong values; for all other options a blank between exclamation marks."""
DRIVER = """
import json, os, sys
sys.path.insert(0, sys.argv[1])
from pass_aws import cli
for words in json.load(open(sys.argv[2])):
    print("BEGIN", flush=True)
    print("STATUS", cli.main(words, dict(os.environ)), flush=True)
"""
PROMPTS = ["profile>", r"\x1b\[6n", "its number", "Access key id", r"\[y/N\]", "MFA code", "Code:"]


def options(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """Those with a value; commands that never ask accept and ignore aws-vault's --prompt."""
    for action in parser._actions:
        ignored = action.dest == "prompt" and action.help == argparse.SUPPRESS
        free = action.choices or action.dest in FREE or ignored
        if action.option_strings and action.nargs != 0 and not free:
            yield action


def lines() -> list[list[str]]:
    """For each command, action and option one command line, with a profile only where it is needed."""
    made = []
    for verb in COMMANDS:
        parser = parser_of(verb)
        positional = [action for action in parser._actions if not action.option_strings]
        actions = next((action.choices for action in positional if action.dest == "action"), None) or [""]
        needed = [action for action in positional if action.nargs in (None, "+") and action.dest != "action"]
        for option in options(parser):
            given = f"{option.option_strings[-1]}={WRONG.get(option.dest, '! !')}"
            made += [
                [
                    verb.name,
                    *filter(None, [action]),
                    *(["dev"] if needed or (verb.name == "mfa" and action != "list") else []),
                    given,
                    *(["--", "true"] if verb.name in ("exec", "each") else []),
                ]
                for action in actions
            ]
    return made


def test_a_wrong_value_is_refused_first(store: Path, aws_config: Path, fake: FakeAWS, tmp_path: Path) -> None:
    """Each command with a wrong value of each of its options ends with an error, and asks nothing."""
    key, device = fake.user("alice").key(), "arn:aws:iam::111111111111:mfa/alice"
    put(store, "dev", key.id, key.secret)
    aws_config.write_text(f"[profile dev]\nmfa_serial = {device}\n[profile other]\n")
    todo = lines()
    assert len(todo) > 120
    (tmp_path / "lines").write_text(json.dumps(todo))
    terminal = pexpect.spawn(
        sys.executable,
        ["-c", DRIVER, str(TOP), str(tmp_path / "lines")],
        encoding="utf-8",
        timeout=60,
        env={**os.environ, "TERM": "xterm"},
    )
    accepted = []
    for words in todo:
        terminal.expect_exact("BEGIN")
        got = terminal.expect([r"STATUS (\d+)", *PROMPTS])
        assert got == 0, f"{words} asks: {terminal.before}{terminal.after}"
        if int(str(terminal.match.group(1))) == DONE:  # type: ignore[union-attr]
            accepted.append(words)
    assert accepted == []
    assert fake.calls == []
