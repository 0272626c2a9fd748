"""`version`: prints the version."""

from __future__ import annotations

import sys

from pass_aws import VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from pass_aws.context import Context


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares no arguments."""


def run(args: argparse.Namespace, context: Context) -> int:
    """Prints the program's name and version."""
    sys.stdout.write(f"pass aws {VERSION}\n")
    return 0
