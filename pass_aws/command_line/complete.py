"""Completion: the files in completions/ start the program with `_ARGCOMPLETE` set, and show its answer.

They pass the words as the shell has them, the unfinished one last. bash cannot remove quotes without
running what is inside them, so it passes the whole line in COMP_LINE. The exit status tells what follows:

    0    candidates, one per line, each with a tab and a description; for bash quoted, without description
    100  nothing: the shell completes a file
    101  the wrapped command begins before the cursor: the number of words before it; for bash its line
"""

from __future__ import annotations

import sys

from pass_aws.command_line.catalogue import COMMANDS, VERBS
from pass_aws.command_line.completer import Completer  # first: it makes argparse cheap
from pass_aws.command_line.parser import Parser, add_globals, parser_of
from pass_aws.command_line.splitting import leading, split
from pass_aws.errors import DONE, FAILED, UserError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence
    from typing import Final

    from pass_aws.command_line.bash_line import Line

A_FILE = 100
A_COMMAND = 101
BASH = "bash"
COMMAND_FOLLOWS = {"--": "the command follows"}


class Answer:
    """The answer to the shell.

    Args:
        status: one of those above.
        candidates: names with their descriptions.
        before: the number of words before the wrapped command.
    """

    __slots__ = ("before", "candidates", "status")

    def __init__(
        self, status: int = DONE, candidates: Mapping[str, str] | None = None, before: int = 0
    ) -> None:
        self.status: Final = status
        self.candidates: Final = candidates or {}
        self.before: Final = before


class _FileWanted(Exception):  # noqa: N818 - not an error
    """Ends argcomplete's search if the shell completes this argument itself."""


def main(argv: Sequence[str], env: Mapping[str, str]) -> int:
    """Answers one TAB on stdout; after any failure the answer is empty.

    Args:
        argv: the words after the program's name, the unfinished one last; for bash only the words that are
            the program's name in its line.
        env: `_ARGCOMPLETE` says how many words of bash's line are the name.
    """
    if env.get("_ARGCOMPLETE_SHELL") != BASH:
        *words, current = argv or [""]
        return _told(answered(words, current, env))
    from pass_aws.command_line import bash_line

    line = bash_line.read(env["COMP_LINE"], env["_ARGCOMPLETE_COMP_WORDBREAKS"])
    name = int(env["_ARGCOMPLETE"])
    answer = Answer(A_FILE)
    if not line.redirected:
        answer = answered([*argv, *line.words[name:]], line.current, env)
    return _told_bash(answer, line, name - len(argv), env["COMP_LINE"])


def _told(answer: Answer) -> int:
    if answer.status == A_COMMAND:
        sys.stdout.write(f"{answer.before}\n")
    sys.stdout.writelines(f"{name}\t{text}\n" for name, text in answer.candidates.items())
    sys.stdout.flush()
    return answer.status


def _told_bash(answer: Answer, line: Line, skipped: int, text: str) -> int:
    if answer.status == A_COMMAND:
        sys.stdout.write(text[line.starts[answer.before + skipped] :])
    sys.stdout.writelines(f"{line.written(name)}\n" for name in answer.candidates)
    sys.stdout.flush()
    return answer.status


def answered(words: Sequence[str], current: str, env: Mapping[str, str]) -> Answer:
    """The candidates at the cursor.

    Args:
        words: the finished words after the program's name.
        current: the unfinished word.
        env: the caller's environment.
    """
    before, rest = leading(words)
    if not rest:
        return _parsed(_any_command(), before, current, _Values("", before, env))
    if rest[0] not in VERBS:
        return Answer()
    verb, ours = VERBS[rest[0]], [*before, *rest[1:]]
    parser = parser_of(verb, tolerant=False)
    if verb.name == "exec":
        begin = _command_begins(ours, current, parser)
        dashed = ours[-1:] == ["--"]
        if begin < len(ours) or (begin == len(ours) and (dashed or current.strip("-"))):
            return Answer(A_COMMAND, before=begin + 1)
        if begin == len(ours) and not current:
            return Answer(candidates=COMMAND_FOLLOWS)
    if verb.name == "each" and "--" in ours:
        return Answer(A_COMMAND, before=ours.index("--") + 2)
    return _parsed(parser, ours, current, _Values(verb.name, ours, env))


def _any_command() -> Parser:
    parser = Parser("pass aws")
    parser.add_argument("about")
    parser.add_argument("-V", "--version", action="store_true", help="print the version")
    add_globals(parser)
    return parser


def _commands(prefix: str) -> dict[str, str]:
    """All commands; an alias only if the user has begun to type it."""
    found = {verb.name: verb.summary for verb in COMMANDS}
    if any(name.startswith(prefix) for name in found):
        return found
    return {verb.alias: verb.summary for verb in COMMANDS if verb.alias}


def _command_begins(ours: list[str], current: str, parser: Parser) -> int:
    """The index of the word of exec that begins the wrapped command; larger than any index if none does."""
    begin = len(split([*ours, current], parser)[0])
    return begin + 1 if ours[begin : begin + 1] == ["--"] else begin


class _Values:
    """Gives argcomplete the values of arguments without fixed choices.

    Args:
        command: the command.
        words: its finished words.
        env: the caller's environment.
    """

    def __init__(self, command: str, words: Sequence[str], env: Mapping[str, str]) -> None:
        self.command = command
        self.words = words
        self.env = env
        self.exact = env.get("_ARGCOMPLETE_SHELL") == BASH

    def __call__(
        self, *, prefix: str, action: argparse.Action, parsed_args: argparse.Namespace, **_: object
    ) -> Mapping[str, str]:
        """The values, without those that have control characters or look like an option."""
        from pass_aws.command_line import candidates, options
        from pass_aws.context import Context

        if action.dest == "about":
            return _commands(prefix)
        if action.dest in candidates.FILES:
            raise _FileWanted
        names = (f"{self.command} {action.dest}", action.dest)
        source = next((candidates.SOURCES[name] for name in names if name in candidates.SOURCES), None)
        if not source:
            return {}
        context = Context(self.env, parsed_args, options.read)
        found = source(context, prefix) or ({} if self.exact else source(context, ""))
        hidden = () if "--" in self.words else ("-",)
        return {
            name: text for name, text in found.items() if name.isprintable() and not name.startswith(hidden)
        }


def _parsed(parser: argparse.ArgumentParser, words: list[str], current: str, values: _Values) -> Answer:
    try:
        return Answer(candidates=Completer(parser, values, exact=values.exact).completions(words, current))
    except _FileWanted:
        return Answer(A_FILE)
    except (UserError, OSError):
        return Answer(FAILED)
