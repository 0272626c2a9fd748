"""`doctor`: finds problems in a setup, and prints the commands that solve them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from pass_aws.errors import DONE, FAILED

if TYPE_CHECKING:
    import argparse

    from pass_aws.context import Context

EXAMPLES = """
    pass aws doctor            check gpg, store, AWS files and installation
    pass aws doctor ro         check profile ro and its key completely
    pass aws doctor --online   also compare the clock with that of AWS
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the profiles to check in full, and the form of the output."""
    parser.add_argument(
        "profiles", nargs="*", metavar="PROFILE", help="profiles to check completely (default: up to 500)"
    )
    parser.add_argument("--online", action="store_true", help="also compare the clock with that of AWS")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace, context: Context) -> int:
    """Prints the findings of every check; exit status 1 if one fails. Changes nothing, never prompts."""
    from pass_aws.doctor import checks, collect, report
    from pass_aws.doctor.finding import FAIL

    context.quiet, context.warns_of_exposed = True, False
    found = checks.findings(collect.facts(args.profiles, context, online=args.online))
    if args.json:
        import json

        sys.stdout.write(json.dumps(report.records(found), indent=2) + "\n")
    else:
        sys.stdout.writelines(f"{line}\n" for line in report.lines(found))
    return FAILED if any(finding.status == FAIL for _, finding in found) else DONE
