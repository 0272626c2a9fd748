"""`export`: aws-vault's command, with its formats and its default format."""

from __future__ import annotations

from pass_aws.command_line import options, profile_argument
from pass_aws.commands.env import FORMATS, printed

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from pass_aws.context import Context


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares PROFILE, the format and the credential options."""
    profile_argument.add(parser, default=profile_argument.VARIABLE)
    choices = ("env", "export-env", *FORMATS)
    parser.add_argument(
        "--format",
        choices=choices,
        metavar="FORMAT",
        default="env",
        help="env (default: NAME=value), export-env, or a format of env",
    )
    options.add(parser)


def run(args: argparse.Namespace, context: Context) -> int:
    """Prints a profile's credentials."""
    return printed(profile_argument.read(args, context), args.format, context)
