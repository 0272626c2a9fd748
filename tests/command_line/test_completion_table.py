"""Each command, option and argument of the parser is completed, or is listed here as free text."""

from __future__ import annotations

import os
from argparse import SUPPRESS
from typing import TYPE_CHECKING

import pytest
from tab_cases import NEW_WORDS, WORDS
from tab_world import World

from pass_aws.command_line import candidates, complete
from pass_aws.command_line.catalogue import COMMANDS, VERBS
from pass_aws.command_line.parser import parser_of
from pass_aws.errors import DONE

if TYPE_CHECKING:
    from argparse import Action
    from collections.abc import Iterator
    from pathlib import Path

FREE = {
    **dict.fromkeys(("duration", "min_ttl", "older_than"), "a time"),
    **dict.fromkeys(("jobs", "port", "bind"), "a number or an address"),
    "mfa_token": "a code is good for one use",
    "policy_arn": "nothing of the user's names one",
    "pass_prefix": "a directory of the store, not of the working directory",
    "name": "a new name",
    "path": "a page of the console",
    "browser": "a command line",
    "only": "a pattern over names that are not written yet",
    "about": "commands, which `complete` itself knows",
}
"""Arguments without completion, and the reason."""


def actions() -> Iterator[tuple[str, Action]]:
    """The arguments and options of each command."""
    for verb in COMMANDS:
        for action in parser_of(verb, tolerant=False)._actions:
            if action.help != SUPPRESS:
                yield verb.name, action


def sources(command: str, action: Action) -> set[str]:
    """The names under which the candidates of an argument may be registered."""
    return {f"{command} {action.dest}", action.dest}


def test_each_argument_has_candidates() -> None:
    """Each argument has choices, files or names as candidates, or is in the table above."""
    lacking = [
        f"{command} {action.dest}"
        for command, action in actions()
        if action.nargs != 0 and not action.choices
        if not sources(command, action) & (candidates.SOURCES.keys() | candidates.FILES | FREE.keys())
    ]
    assert lacking == []


def test_the_tables_have_no_unused_line() -> None:
    """A line is removed from the tables when the parser no longer has its argument."""
    valued = [(command, action) for command, action in actions() if action.nargs != 0]
    known = set().union(*(sources(command, action) for command, action in valued))
    assert (candidates.SOURCES.keys() | candidates.FILES | FREE.keys()) - known == set()


@pytest.mark.parametrize("verb", COMMANDS, ids=lambda verb: verb.name)
def test_each_option_is_offered(verb: object, tmp_path: Path, home: Path) -> None:
    """Each option is offered by its first letters, with its description."""
    world = World(tmp_path / "world", home)
    name = getattr(verb, "name", "")
    for command, action in actions():
        for option in action.option_strings if command == name else ():
            if option.startswith("--") and "=" not in option:
                answer = complete.answered([name], option, {**os.environ, **world.env})
                assert (answer.status, option in answer.candidates) == (DONE, True), option
                assert action.choices or answer.candidates[option] == action.help


def test_each_command_is_tried_in_real_shells() -> None:
    """A new command without a line in the table of `test_completion` fails this test."""
    tried = {word for line in (*WORDS, *NEW_WORDS) for word in line.split()[:3]}
    assert {verb.name for verb in COMMANDS} - tried == set()
    assert {verb.alias for verb in COMMANDS if verb.alias} <= VERBS.keys()
