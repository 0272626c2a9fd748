"""`remove`: removes a key from the store, or only its cached sessions."""

from __future__ import annotations

from pass_aws.command_line import options, profile_argument
from pass_aws.credentials import listing
from pass_aws.errors import FAILED, USAGE, UserError
from pass_aws.keys import delete, described, drop_sessions
from pass_aws.store import entry_names
from pass_aws.text.quoting import command

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from pass_aws.context import Context

EXAMPLES = """
    pass aws remove dev            remove the key of dev; asks first
    pass aws remove dev --at-aws   delete it at AWS as well
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares PROFILE and how much to remove."""
    profile_argument.add(parser)
    parser.add_argument("-f", "--force", action="store_true", help="do not ask")
    parser.add_argument(
        "-s", "--sessions-only", action="store_true", help="keep the key, delete its cached sessions"
    )
    parser.add_argument("--at-aws", action="store_true", help="delete the key at AWS first, then its entry")
    options.add_of_user(parser)


def run(args: argparse.Namespace, context: Context) -> int:
    """Removes the entry in one commit, and all sessions that may have been made with its key."""
    entry_names.check_name(args.profile)
    name = entry_names.clean(args.profile)
    if not context.store.exists(name) and not context.store.removed_in_part(name):
        lacking = described.missing(name, context)
        if args.sessions_only and name in listing.profiles(context):  # a role's
            lacking = lacking.with_hint(f"run {command('pass', 'aws', 'clear', name)}")
        raise lacking
    if args.at_aws and args.sessions_only:
        raise UserError(
            "--at-aws and --sessions-only cannot be combined",
            hint="--at-aws deletes the key, --sessions-only keeps it",
            code=USAGE,
        )
    if args.sessions_only:
        _tell(context.tickets.drop_entry(name), name, context)
        return 0
    context.store.check_history(name)
    at_aws = args.at_aws and context.store.exists(name)
    if at_aws:
        delete.warn_of_device(name, context)
    again = command("pass", "aws", "remove", name, "-f", *(["--at-aws"] if args.at_aws else []))
    where = "at AWS and in the store" if args.at_aws else "from the store"
    if not args.force and not context.confirm(
        f"Remove the key of profile {name} {where}?",
        instead=f"to remove it, run {again}",
    ):
        raise UserError("nothing was removed", hint=f"{again} removes it", code=FAILED)
    if at_aws:
        delete.at_aws(name, context)
    with drop_sessions.around(context, name) as dropped:
        context.store.remove([name], f"Remove {context.store.label(name)} from store.")
    _tell(sum(dropped), name, context)
    if args.at_aws:
        context.tell(f"removed the key of {name} from the store")
    else:
        context.warn(f"removed the key of {name} from the store; it still exists at AWS: delete it in IAM")
    return 0


def _tell(dropped: int, name: str, context: Context) -> None:
    if dropped:
        context.tell(f"deleted {dropped} cached session{'s' * (dropped != 1)} of {name}")
