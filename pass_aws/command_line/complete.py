"""What TAB does: the files in completions/ start the program with `_ARGCOMPLETE` set, and show its answer.

They hand over the words as the shell has them, the unfinished one last. bash cannot take quotes off without
running what is in them, so from there comes the line itself, in COMP_LINE. The exit status tells the answer:

    0    candidates, one a line, each with a tab and what it is; for bash quoted, and without that
    100  nothing: the shell completes a file
    101  a command of its own begins before the cursor: how many words stand before it; for bash its line
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
    """What the shell is told.

    Args:
        status: one of those above.
        candidates: with what each is.
        before: how many words stand before the wrapped command.
    """

    __slots__ = ("before", "candidates", "status")

    def __init__(
        self, status: int = DONE, candidates: Mapping[str, str] | None = None, before: int = 0
    ) -> None:
        self.status: Final = status
        self.candidates: Final = candidates or {}
        self.before: Final = before


class _FileWanted(Exception):  # noqa: N818 - it is no error
    """Ends argcomplete's search where the shell knows better."""


def main(argv: Sequence[str], env: Mapping[str, str]) -> int:
    """Answers one TAB on stdout; whatever goes wrong, the answer is nothing.

    Args:
        argv: the words behind the program's name, the unfinished one last; for bash only those that stand for
            the name in its line.
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
    """What can stand at the cursor.

    Args:
        words: the finished words behind the program's name.
        current: the unfinished one.
        env: the caller's.
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
    """The commands; their other names only for who types one."""
    found = {verb.name: verb.summary for verb in COMMANDS}
    if any(name.startswith(prefix) for name in found):
        return found
    return {verb.alias: verb.summary for verb in COMMANDS if verb.alias}


def _command_begins(ours: list[str], current: str, parser: Parser) -> int:
    """Which of exec's words, the unfinished one too, begins the wrapped command; above all if none does."""
    begin = len(split([*ours, current], parser)[0])
    return begin + 1 if ours[begin : begin + 1] == ["--"] else begin


class _Values:
    """The values of arguments that have no fixed choices; argcomplete calls it.

    Args:
        command: whose arguments.
        words: its finished words.
        env: the caller's.
    """

    def __init__(self, command: str, words: Sequence[str], env: Mapping[str, str]) -> None:
        self.command = command
        self.words = words
        self.env = env
        self.exact = env.get("_ARGCOMPLETE_SHELL") == BASH

    def __call__(
        self, *, prefix: str, action: argparse.Action, parsed_args: argparse.Namespace, **_: object
    ) -> Mapping[str, str]:
        """The values that a terminal can show and the program would not take for an option."""
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
