"""`help`: prints the page with all commands; cli turns `help CMD` into `CMD -h`."""

from __future__ import annotations

import sys

from pass_aws.command_line import catalogue

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from pass_aws.context import Context


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the optional command."""
    parser.add_argument("about", nargs="?", metavar="CMD", help="command to describe")


def run(args: argparse.Namespace, context: Context) -> int:
    """Prints the page."""
    sys.stdout.write(catalogue.page())
    return 0
