"""The parser, the dispatch by name, and the one place where errors become messages."""

from __future__ import annotations

import argparse
import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, NoReturn, Protocol, cast

from pass_aws import VERSION
from pass_aws.commands.verbs import VERBS, Verb
from pass_aws.rules.errors import BUG, DONE, FAILED, INTERRUPTED, USAGE, UserError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pass_aws.context import Context


class Command(Protocol):
    """What a module in commands/ offers."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declares the options and positional arguments of the command."""

    def run(self, args: argparse.Namespace, context: Context) -> int:
        """Does it and returns the exit status."""


class Page(argparse.HelpFormatter):
    """Help of a fixed width: argparse would import shutil for the width, a tenth of a TAB."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=28, width=80)


class Parser(argparse.ArgumentParser):
    """An argparse parser whose complaints are UserErrors that name the nearest right word."""

    def __init__(self, prog: str, description: str = "") -> None:
        super().__init__(prog, description=description, formatter_class=Page, allow_abbrev=False)

    def error(self, message: str) -> NoReturn:
        """Turns argparse's complaint into the program's one error.

        Raises:
            UserError: always, with the exit status for wrong usage.
        """
        raise UserError(message, hint=f"run {self.prog} -h", code=USAGE)

    def parse(self, words: Sequence[str]) -> argparse.Namespace:
        """Parses a command's words; an unknown one is named together with the nearest known one.

        Raises:
            UserError: wrong usage, or a flag of aws-vault that has no meaning here.
        """
        from pass_aws.rules import aws_vault, nearest

        args, rest = self.parse_known_args(list(words))
        if not rest:
            return args
        word = rest[0].partition("=")[0]
        if word in aws_vault.FLAGS:
            raise UserError(
                f"{word} {aws_vault.FLAGS[word].refusal}", hint=aws_vault.FLAGS[word].hint, code=USAGE
            )
        kind = "option" if word.startswith("-") else "argument"
        known = self._option_string_actions if kind == "option" else VERBS
        raise UserError(
            f"unknown {kind} {rest[0]}", hint=nearest.hint(word, known, f"run {self.prog} -h"), code=USAGE
        )


def command(verb: Verb) -> Command:
    """The module of a command; nothing else is imported."""
    return cast("Command", import_module(f"pass_aws.commands.{verb.module}"))


def add_globals(parser: argparse.ArgumentParser) -> None:
    """Declares what every command takes; aws-vault's names for the store are among it."""
    group = parser.add_argument_group("everywhere")
    group.add_argument(
        "--debug", action="store_true", help="say on stderr what is done and why; never a secret"
    )
    group.add_argument("--pass-dir", metavar="DIR", help="the password store")
    group.add_argument("--pass-prefix", metavar="FOLDER", help="the folder in it (default: aws-vault)")
    group.add_argument("--backend", choices=["pass"], help=argparse.SUPPRESS)


def parser_of(verb: Verb) -> Parser:
    """The parser of one command."""
    made = Parser(f"pass aws {verb.name}", verb.summary)
    command(verb).add_arguments(made)
    add_globals(made)
    return made


def split(words: Sequence[str], parser: argparse.ArgumentParser) -> tuple[list[str], list[str]]:
    """Cuts the wrapped command off the words that are ours.

    It starts behind the first `--`, or at the second word that is neither an option nor an option's value
    (`exec dev aws s3 ls` works as it does in aws-vault). argparse's REMAINDER would swallow options.
    """
    options = parser._option_string_actions  # noqa: SLF001 - argparse has no public way to ask
    profile_seen = False
    i = 0
    while i < len(words):
        word = words[i]
        if word == "--":
            return list(words[:i]), list(words[i + 1 :])
        if word.startswith("-") and len(word) > 1:
            action = options.get(word)
            takes_value = action is not None and action.nargs is None
            i += 2 if takes_value else 1
            continue
        if profile_seen:
            return list(words[:i]), list(words[i:])
        profile_seen = True
        i += 1
    return list(words), []


def verb_of(word: str) -> Verb:
    """The command somebody typed.

    Raises:
        UserError: no such command; the hint has the nearest one, or ours for one of aws-vault's.
    """
    from pass_aws.rules import aws_vault, nearest

    if word in VERBS:
        return VERBS[word]
    if word in aws_vault.COMMANDS:
        raise UserError(
            f"{word} {aws_vault.COMMANDS[word].refusal}", hint=aws_vault.COMMANDS[word].hint, code=USAGE
        )
    raise UserError(
        f"unknown command {word}", hint=nearest.hint(word, VERBS, "run pass aws help"), code=USAGE
    )


def leading(argv: Sequence[str]) -> tuple[list[str], list[str]]:
    """Splits options before the command (`--debug exec dev`, as aws-vault allows) from the rest."""
    i = 0
    while i < len(argv) and argv[i].startswith("-"):
        i += 2 if argv[i] in ("--pass-dir", "--pass-prefix", "--backend", "--prompt") else 1
    return list(argv[:i]), list(argv[i:])


def words_of(argv: Sequence[str]) -> list[str]:
    """The command first, then its words: `-h`, `--version` and `help CMD` become commands too."""
    before, words = leading(argv)
    if {"-V", "-v", "--version"} & set(before):
        return ["version"]
    if {"-h", "--help"} & set(before):
        return ["help", *words[:1]]
    if not words and not before:
        return ["help"]
    if not words:
        raise UserError("no command given", hint="run pass aws help", code=USAGE)
    return [words[0], *before, *words[1:]]


def dispatch(argv: Sequence[str], env: Mapping[str, str]) -> int:
    """Runs the command named in argv and returns its exit status.

    Raises:
        UserError: whatever the user can fix.
    """
    word, *rest = words_of(argv)
    if word == "help" and rest and not rest[0].startswith("-"):
        word, rest = rest[0], ["-h"]
    verb = verb_of(word)
    try:
        return started(verb, rest, env)
    except (Exception, KeyboardInterrupt):
        if verb.name == "env":
            from pass_aws.commands import env as printing

            printing.failed(rest)
        raise


def started(verb: Verb, words: Sequence[str], env: Mapping[str, str]) -> int:
    """Parses a command's words and runs it."""
    from pass_aws.commands import options
    from pass_aws.context import Context

    parser, wrapped = parser_of(verb), []
    if verb.name == "exec":
        words, wrapped = split(words, parser)
    args = parser.parse(words)
    args.command = wrapped
    return command(verb).run(args, Context(env, args, options.of))


def complain(error: UserError) -> int:
    """Prints an error and its hint, and returns its exit status."""
    sys.stderr.write(f"pass aws: error: {visible(str(error))}\n")
    if error.hint:
        sys.stderr.write(f"pass aws: hint: {visible(error.hint)}\n")
    return error.code


def visible(text: str) -> str:
    """A message on one line, with control characters of a file or of AWS made harmless."""
    safe = "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)
    return safe.encode("utf-8", "backslashreplace").decode()


def main(argv: Sequence[str], env: Mapping[str, str]) -> int:
    """Runs the program and returns its exit status; errors end here.

    Args:
        argv: the words behind the program's name.
        env: the environment; nothing else reads it.
    """
    try:
        code = dispatch(argv, env)
        sys.stdout.flush()
    except UserError as error:
        code = complain(error)
    except KeyboardInterrupt:
        sys.stderr.write("\n")
        code = INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = FAILED
    except SystemExit as stop:  # argparse's -h
        code = stop.code if isinstance(stop.code, int) else DONE
    except Exception as error:  # noqa: BLE001 - the last net: our bug, and still no traceback with a secret in it
        code = complain(UserError(*bug(error), code=BUG))
    return code


def bug(error: Exception) -> tuple[str]:
    """One line about a defect of ours: where it happened, never the values it happened with."""
    trace = error.__traceback__
    where = "?"
    while trace is not None:
        code = trace.tb_frame.f_code
        if "pass_aws" in code.co_filename:
            where = f"{os.path.basename(code.co_filename)}:{trace.tb_lineno} in {code.co_name}"
        trace = trace.tb_next
    return (f"this is a bug in pass aws {VERSION}: {type(error).__name__} at {where}",)
