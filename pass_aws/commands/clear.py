"""`clear`: deletes cached sessions."""

from __future__ import annotations

import sys

from pass_aws.command_line import profile_argument
from pass_aws.credentials import listing
from pass_aws.errors import USAGE, UserError
from pass_aws.store import entry_names, writing
from pass_aws.text import suggestions

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from pass_aws.context import Context

EXAMPLES = """
    pass aws clear      delete all cached sessions and sign-ins
    pass aws clear ro   delete those of one profile
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares whose sessions to delete."""
    profile_argument.add(parser, default="all")
    parser.add_argument(
        "--aws-vault",
        action="store_true",
        help="remove the sessions and tokens that aws-vault left in the store, in one commit",
    )


def run(args: argparse.Namespace, context: Context) -> int:
    """Deletes them and reports how many; at AWS they stay valid until they expire."""
    if args.aws_vault:
        if args.profile:
            raise UserError("--aws-vault cleans the whole store and takes no profile", code=USAGE)
        return _sweep(context)
    trouble = context.store.trouble()
    if args.profile:
        _check(args.profile, trouble, context)
    dropped = context.tickets.drop(args.profile) if args.profile else context.tickets.drop_all()
    signs = 0 if args.profile else context.tokens.drop_all()
    if not args.profile:
        context.listings.drop()
    also = f" and {signs} sign-in{'s' * (signs != 1)}" if signs else ""
    sys.stderr.write(
        f"deleted {dropped} session{'s' * (dropped != 1)}{also}; at AWS they stay valid until they expire\n"
    )
    if trouble and not (dropped or signs):
        context.warn(f"{trouble}: {trouble.hint}")
    return 0


def _check(profile: str, trouble: UserError | None, context: Context) -> None:
    """Refuses a profile that does not exist; the error names a missing store."""
    known = [row.profile for row in listing.rows(context)]
    if profile not in known:
        hint = trouble.hint if trouble else suggestions.hint(profile, known, "run pass aws list")
        raise UserError(f"unknown profile {profile}{f': {trouble}' if trouble else ''}", hint=hint)


def _sweep(context: Context) -> int:
    if trouble := context.store.trouble():
        raise trouble
    half_gone = [name for name in writing.unfinished(context.store) if not entry_names.is_key(name)]
    left = [*listing.left_by_aws_vault(context), *half_gone]
    if left:
        context.store.remove(left, "Remove sessions of aws-vault from store.")
    sys.stderr.write(f"removed {len(left)} sessions and tokens of aws-vault from the store\n")
    return 0
