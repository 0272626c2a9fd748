"""`env`: prints a profile's credentials for `eval`, or as the content of a file."""

from __future__ import annotations

import sys
from itertools import pairwise

from pass_aws.command_line import options, profile_argument
from pass_aws.credentials import formats
from pass_aws.system import child_environment

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from pass_aws.context import Context

SHELLS = ("sh", "fish", "pwsh")
FILES = ("dotenv", "json", "ini", "process")
FORMATS = (*SHELLS, *FILES)
EXAMPLES = """
    eval "$(pass aws env ro)"                in bash, zsh, dash
    pass aws env ro --format fish | source   in fish
    eval "$(pass aws env --unset)"           remove the credentials
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares PROFILE, the format and the credential options."""
    profile_argument.add(parser, default=profile_argument.ELSE_CHOSEN)
    parser.add_argument(
        "--format",
        choices=FORMATS,
        metavar="FORMAT",
        default="sh",
        help="sh (default; bash, zsh, dash), fish, pwsh, dotenv, json, ini, process",
    )
    parser.add_argument("--unset", action="store_true", help="print commands that remove the credentials")
    options.add(parser)


def run(args: argparse.Namespace, context: Context) -> int:
    """Prints the credentials."""
    if args.unset:
        sys.stdout.write(formats.unset(args.format, child_environment.ours(context.env)))
        return 0
    return printed(profile_argument.read(args, context, choose=True), args.format, context)


def failed(words: Sequence[str]) -> None:
    """Prints `false` if the format is for a shell, so that `eval "$(pass aws env x)"` fails, too.

    Args:
        words: the command line, which may itself be wrong.
    """
    given = [word.partition("=")[2] or after for word, after in pairwise([*words, ""]) if "--format" in word]
    if not given or given[-1] not in FILES:
        sys.stdout.write("false\n")


def printed(name: str, form: str, context: Context) -> int:
    """Prints a profile's credentials in one of the formats."""
    from pass_aws.credentials.deliver import deliver

    delivered = deliver(name, context)
    if form in SHELLS and sys.stdout.isatty():
        context.warn(f"secrets are being printed to your terminal; did you mean: {formats.usage(form, name)}")
    ours = child_environment.ours(context.env)
    sys.stdout.write(formats.text(form, delivered.exports, profile=name, ours=ours))
    return 0
