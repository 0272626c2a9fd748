"""`show`: describes a stored key; shows its secret only on request."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from pass_aws.command_line import options, profile_argument
from pass_aws.store import entry_names
from pass_aws.text.safe_text import printable

if TYPE_CHECKING:
    import argparse

    from pass_aws.context import Context

EXAMPLES = """
    pass aws show dev            show whose key it is, without its secret
    pass aws show dev --clip     copy the secret to the clipboard for 45 seconds
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares PROFILE and what to show."""
    profile_argument.add(parser)
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--reveal", action="store_true", help="print the key id and the secret")
    how.add_argument(
        "-c", "--clip", action="store_true", help="copy the secret to the clipboard, as pass does"
    )
    how.add_argument("--json", action="store_true", help="print JSON, without the secret")
    options.add_no_input(parser)


def run(args: argparse.Namespace, context: Context) -> int:
    """Decrypts the entry, and shows the requested part."""
    from pass_aws.keys import described

    found = described.stored(entry_names.clean(args.profile), context)
    key = found.credentials
    if args.clip:
        from pass_aws.system import clipboard

        seconds = clipboard.copy(key.secret_access_key, context.parent)
        context.tell(f"copied the secret of {args.profile} to the clipboard, which is cleared in {seconds} s")
    elif args.reveal:
        sys.stdout.write(f"aws_access_key_id = {key.access_key_id}\n")
        sys.stdout.write(f"aws_secret_access_key = {key.secret_access_key}\n")
    else:
        facts = described.facts(args.profile, found, context)
        if args.json:
            import json

            sys.stdout.write(json.dumps(facts, indent=2) + "\n")
        else:
            sys.stdout.writelines(f"{printable(line)}\n" for line in described.lines(facts))
    return 0
