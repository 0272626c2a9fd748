"""Splits a command line: our command, its words, and the wrapped command."""

from __future__ import annotations

from pass_aws.command_line.catalogue import VERBS, Verb
from pass_aws.errors import USAGE, UserError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pass_aws.command_line.parser import Parser

VALUED = ("--pass-dir", "--pass-prefix", "--backend", "--prompt")
"""Options before the command that take a value."""
HELP = "run pass aws help; for other programs: pass aws exec PROFILE -- CMD"


def leading(argv: Sequence[str]) -> tuple[list[str], list[str]]:
    """Splits options before the command (`--debug exec dev`, as aws-vault allows) from the rest."""
    i = 0
    while i < len(argv) and argv[i].startswith("-"):
        i += 2 if argv[i] in VALUED or _foreign(argv[i]) else 1
    return list(argv[:i]), list(argv[i:])


def _foreign(word: str) -> bool:
    """Whether it is a flag of aws-vault with a value: it is refused later; its value is not a command."""
    from pass_aws.command_line import aws_vault

    return word in aws_vault.FLAGS and aws_vault.FLAGS[word].takes_value


def ordered(argv: Sequence[str]) -> list[str]:
    """Puts the command first; `-h`, `--version` and `help CMD` become commands, too.

    Raises:
        UserError: no command is given.
    """
    before, words = leading(argv)
    if {"-V", "-v", "--version"} & set(before):
        return ["version"]
    if {"-h", "--help"} & set(before):
        before, words = [], ["help", *words[:1]]
    if words[:1] == ["help"] and (about := leading(words[1:])[1]):
        return [about[0], "-h"]
    if not words and not before:
        return ["help"]
    if not words:
        raise UserError("no command given", hint="run pass aws help", code=USAGE)
    _refuse_value(before, words)
    return [words[0], *before, *words[1:]]


def _refuse_value(before: Sequence[str], words: Sequence[str]) -> None:
    """Refuses a command's option before the command, if its value is where the command is expected."""
    ours = words[: words.index("--")] if "--" in words else words
    verb = next((word for word in ours if word in VERBS), "")
    if words[0] in VERBS or not verb or not before or before[-1] == "--debug" or "=" in before[-1]:
        return
    option = before[-1] if before[-1].startswith("--") else before[-1][:2]  # without a value
    hint = f"run pass aws {verb} -h: options follow the command"
    if option == "--profile":
        hint = f"give the profile after it, without an option: pass aws {verb} PROFILE"
    raise UserError(f"{option} is before the command", hint=hint, code=USAGE)


def verb_of(word: str) -> Verb:
    """The command of this name.

    Raises:
        UserError: unknown command; the hint names the nearest one, or the replacement for one of aws-vault's.
    """
    if word in VERBS:
        return VERBS[word]
    from pass_aws.command_line import aws_vault
    from pass_aws.text import suggestions

    if word in aws_vault.COMMANDS:
        refused = aws_vault.COMMANDS[word]
        raise UserError(f"{word} {refused.refusal}", hint=refused.hint, code=USAGE)
    if not word:
        raise UserError("the command is empty", hint="run pass aws help", code=USAGE)
    hint = suggestions.hint(word, VERBS, HELP)
    raise UserError(f"unknown command {word}", hint=hint, code=USAGE)


def split(words: Sequence[str], parser: Parser) -> tuple[list[str], list[str]]:
    """Splits the wrapped command from our own words.

    It starts after the first `--`, or at the second word that is neither an option nor an option's value
    (`exec dev aws s3 ls` works as in aws-vault). argparse's REMAINDER would swallow options.
    """
    profile_seen = False
    i = 0
    while i < len(words):
        word = words[i]
        if word == "--":
            return list(words[:i]), list(words[i + 1 :])
        if word.startswith("-") and len(word) > 1:
            i += 2 if parser.takes_word(word) else 1
            continue
        if profile_seen:
            return list(words[:i]), list(words[i:])
        profile_seen = True
        i += 1
    return list(words), []
