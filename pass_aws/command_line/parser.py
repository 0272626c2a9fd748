"""The argument parser of each command, and its error messages."""

from __future__ import annotations

import argparse
from importlib import import_module

from pass_aws.errors import USAGE, UserError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import NoReturn, Protocol

    from pass_aws.command_line.catalogue import Verb
    from pass_aws.context import Context

    class Command(Protocol):
        """The interface of a module in commands/; some also have EXAMPLES for their help page."""

        def add_arguments(self, parser: argparse.ArgumentParser) -> None:
            """Declares the options and positional arguments of the command."""

        def run(self, args: argparse.Namespace, context: Context) -> int:
            """Runs the command and returns the exit status."""


class Page(argparse.RawDescriptionHelpFormatter):
    """Short help of a fixed width; to find a width, argparse imports shutil, a tenth of a TAB."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=26, width=80)

    def add_usage(
        self,
        usage: str | None,
        actions: Iterable[argparse.Action],
        groups: Iterable[argparse._MutuallyExclusiveGroup],
        prefix: str | None = None,
    ) -> None:
        """One line; the options follow below."""
        words = [self._format_args(action, "") for action in actions if not action.option_strings]
        super().add_usage(usage or " ".join(["%(prog)s", *words, "[options]"]), (), groups, prefix)

    def _format_action_invocation(self, action: argparse.Action) -> str:
        """`-d, --duration TIME`: the metavar once."""
        names = ", ".join(action.option_strings)
        return " ".join(filter(None, (names, self._format_args(action, "") if action.nargs != 0 else "")))


class Parser(argparse.ArgumentParser):
    """An argparse parser that raises UserErrors, with the nearest known word as hint."""

    def __init__(self, prog: str, description: str = "") -> None:
        super().__init__(
            prog, description=description, formatter_class=Page, allow_abbrev=False, add_help=False
        )
        self._positionals.title = "arguments"
        self.color = False  # Python 3.14 would colour the page

    def error(self, message: str) -> NoReturn:
        """Turns argparse's error into a UserError.

        Raises:
            UserError: always, with exit status USAGE.
        """
        raise UserError(message, hint=f"run {self.prog} -h", code=USAGE)

    def parse(self, words: Sequence[str]) -> argparse.Namespace:
        """Parses a command's words; an error names the wrong option but not its value, which may be a secret.

        Raises:
            UserError: wrong usage, or a flag that only aws-vault has.
        """
        args, rest = self.parse_known_args(list(words))
        if not rest:
            return args
        from pass_aws.command_line import aws_vault
        from pass_aws.text import suggestions

        wrong = [word.partition("=")[0] for word in rest if word not in aws_vault.SWITCHED_OFF]
        if not wrong:
            return args
        if refused := aws_vault.refused(wrong[0]):
            raise UserError(f"{wrong[0]} {refused.refusal}", hint=refused.hint, code=USAGE)
        if not wrong[0].startswith("-"):
            self.error("too many arguments")
        actions = self._option_string_actions.items()
        known = [name[2:] for name, action in actions if len(name) > 2 and action.help != argparse.SUPPRESS]
        found = suggestions.to(wrong[0].lstrip("-"), known)
        hint = f"did you mean --{found}" if found else f"run {self.prog} -h"
        if wrong[0] == "--profile" and any(action.dest == "profile" for action in self._actions):
            words = " ".join(filter(None, (self.prog, getattr(args, "action", None), "PROFILE")))
            hint = f"give the profile without an option: {words}"  # the AWS CLI has --profile
        raise UserError(f"unknown option {wrong[0]}", hint=hint, code=USAGE)

    def takes_word(self, option: str) -> bool:
        """Whether the word after an option is its value; `-nd` is `-n -d`."""
        action = self._option_string_actions.get(option)
        if action is None and not option.startswith("--"):
            letters = [self._option_string_actions.get(f"-{letter}") for letter in option[1:]]
            valued = [letter for letter in letters if letter and letter.nargs is None]
            action = valued[0] if valued and valued[0] is letters[-1] else None
        return action is not None and action.nargs is None


def command(verb: Verb) -> Command:
    """Imports and returns the module of one command only."""
    module: Command = import_module(f"pass_aws.commands.{verb.module}")
    return module


def add_globals(parser: argparse.ArgumentParser) -> None:
    """Declares the options of every command, with aws-vault's names for the store."""
    group = parser.add_argument_group("global options")
    group.add_argument("-h", "--help", action="help", help="show this help")
    group.add_argument("--debug", action="store_true", help="log steps, reasons, times to stderr; no secret")
    group.add_argument("--pass-dir", metavar="DIR", help="directory of the password store")
    group.add_argument("--pass-prefix", metavar="DIR", help="directory inside the store (default: aws-vault)")


def _add_tolerated(parser: Parser) -> None:
    """Declares hidden options of aws-vault: --prompt in commands that never ask, `--no-x` for `--x`."""
    known = parser._option_string_actions  # noqa: SLF001 - argparse has no public way to ask
    parser.add_argument("--backend", type=_backend, help=argparse.SUPPRESS)
    if "--prompt" not in known:
        parser.add_argument("--prompt", help=argparse.SUPPRESS)
    switches = {name: action.dest for name, action in known.items() if action.const is True}
    for name, dest in switches.items():
        off = f"--no-{name.removeprefix('--')}"
        if name.startswith("--") and off not in known:
            parser.add_argument(off, dest=dest, action="store_false", default=False, help=argparse.SUPPRESS)


def _backend(name: str) -> str:
    from pass_aws.store.location import OTHER_BACKEND

    if name != "pass":
        raise UserError(f"--backend {name} {OTHER_BACKEND}", code=USAGE)
    return name


def parser_of(verb: Verb, *, tolerant: bool = True) -> Parser:
    """The parser of one command.

    Args:
        verb: the command.
        tolerant: whether it also accepts aws-vault's options.
    """
    module = command(verb)
    made = Parser(f"pass aws {verb.name}", f"{verb.summary}\n{getattr(module, 'EXAMPLES', '')}")
    module.add_arguments(made)
    add_globals(made)
    if tolerant:
        _add_tolerated(made)
    return made
