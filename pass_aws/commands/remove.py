"""`remove`: takes a key out of the store, or only drops its sessions."""

from __future__ import annotations

from pass_aws.command_line import profile_argument
from pass_aws.credentials import listing
from pass_aws.errors import FAILED, UserError
from pass_aws.keys import drop_sessions, move
from pass_aws.store import entry
from pass_aws.text import suggestions
from pass_aws.text.quoting import quote

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from pass_aws.context import Context

EXAMPLES = """
    pass aws remove dev   the key of dev; asks first
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares PROFILE and how much goes."""
    profile_argument.add(parser)
    parser.add_argument("-f", "--force", action="store_true", help="do not ask")
    parser.add_argument(
        "-s", "--sessions-only", action="store_true", help="keep the key, drop what was made with it"
    )
    parser.add_argument("--no-input", action="store_true", help="never ask: exit 4 instead")


def run(args: argparse.Namespace, context: Context) -> int:
    """Removes the entry, one commit, and everything that may have been made with its key."""
    entry.check_name(args.profile)
    name = entry.clean(args.profile)
    if not context.store.exists(name) and not move.removed_in_part(name, context):
        raise UserError(
            f"no key is stored for profile {name}",
            hint=suggestions.hint(name, listing.keys(context), "run pass aws list"),
        )
    if args.sessions_only:
        _tell(context.tickets.drop_entry(name), name, context)
        return 0
    if not args.force and not context.confirm(
        f"Remove the key of profile {name} from the store?",
        instead=f"if it is to go, run pass aws remove {quote(name)} -f",
    ):
        raise UserError("nothing was removed", code=FAILED)
    with drop_sessions.around(context, name) as dropped:
        context.store.remove([name], f"Remove {context.store.label(name)} from store.")
    _tell(sum(dropped), name, context)
    context.warn(f"removed the key of {name} from the store; at AWS it still exists: delete it in IAM")
    return 0


def _tell(dropped: int, name: str, context: Context) -> None:
    if dropped:
        context.tell(f"dropped {dropped} cached session{'s' * (dropped != 1)} of {name}")
