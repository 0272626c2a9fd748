"""`move`: renames a stored key, or repairs one that was renamed with another tool."""

from __future__ import annotations

from pass_aws.command_line import options
from pass_aws.errors import USAGE, UserError
from pass_aws.keys import move
from pass_aws.store import entry_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from pass_aws.context import Context

EXAMPLES = """
    pass aws move dev development   rename the key of dev to development
    pass aws move --repair dev      repair an entry renamed with pass mv
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares OLD and NEW."""
    parser.usage = "pass aws move OLD NEW | pass aws move --repair NAME"
    parser.add_argument("profile", metavar="OLD", help="current name of the key")
    parser.add_argument("new", metavar="NEW", nargs="?", help="new name of the key")
    parser.add_argument("--repair", action="store_true", help="repair an entry renamed with pass mv")
    parser.add_argument("-f", "--force", action="store_true", help="do not ask; replace a key stored as NEW")
    options.add_no_input(parser)


def run(args: argparse.Namespace, context: Context) -> int:
    """Renames or repairs."""
    for name in filter(None, (args.profile, args.new)):
        entry_names.check_name(name)
    old = entry_names.clean(args.profile)
    if args.repair == bool(args.new):
        raise UserError(
            "move takes OLD and NEW, or --repair and one name", hint="run pass aws move -h", code=USAGE
        )
    if args.repair:
        move.repair(old, context, force=args.force)
        return 0
    new = entry_names.clean(args.new)
    move.move(old, new, context, force=args.force)
    context.tell(f"the key of {old} now belongs to {new}; the profiles in the config file were not changed")
    return 0
