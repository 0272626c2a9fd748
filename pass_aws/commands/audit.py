"""`audit`: lists all stored keys, and says which need action."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from pass_aws.command_line import options
from pass_aws.errors import DONE, FAILED, USAGE, UserError
from pass_aws.text.safe_text import printable

if TYPE_CHECKING:
    import argparse

    from pass_aws.context import Context

EXAMPLES = """
    pass aws audit             show age, last use and recipients of every key
    pass aws audit --offline   use only git, gpg and local files
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares which keys to check, and the output format."""
    parser.add_argument("profiles", nargs="*", metavar="PROFILE", help="stored keys to check (default: all)")
    parser.add_argument(
        "--older-than", metavar="AGE", default="90d", help="age at which a key is old (default 90d)"
    )
    parser.add_argument("--offline", action="store_true", help="do not call AWS")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options.add_no_input(parser)


def run(args: argparse.Namespace, context: Context) -> int:
    """Shows the keys; exit status 1 if one of them needs action."""
    from pass_aws.credentials import listing
    from pass_aws.keys import audit, described, findings, verdicts

    try:
        age = verdicts.age(args.older_than)
    except ValueError as error:
        raise UserError(f"--older-than: {error}", code=USAGE) from None
    names = listing.keys(context)
    if missing := [name for name in args.profiles if name not in names]:
        raise described.missing(missing[0], context)
    if trouble := context.store.trouble():
        raise trouble
    known = audit.audit(names, age, context, offline=args.offline)
    now = context.clock()
    shown = [one for one in known if not args.profiles or one.profile in args.profiles]
    found = [findings.problems(one, findings.same(one, known), now) for one in shown]
    if args.json:
        import json

        records = [findings.record(*pair) for pair in zip(shown, found, strict=True)]
        sys.stdout.write(json.dumps(records, indent=2) + "\n")
    else:
        rows = [findings.row(one, its, now) for one, its in zip(shown, found, strict=True)]
        sys.stdout.writelines(f"{printable(line)}\n" for line in findings.table(rows))
    return FAILED if any(found) else DONE
