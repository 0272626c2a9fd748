"""`rotate`: creates and tests a new access key, then deletes the old one."""

from __future__ import annotations

from pass_aws.command_line import options, profile_argument
from pass_aws.errors import FAILED, INTERRUPTED, MUST_ASK, USAGE, UserError
from pass_aws.text.quoting import command
from pass_aws.text.safe_text import shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from pass_aws.context import Context
    from pass_aws.keys.rotate_request import Request

EXAMPLES = """
    pass aws rotate dev               create a new key, delete the old one
    pass aws rotate --older-than 90d  rotate every stored key older than 90 days
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares which keys to rotate, and what to do with the old ones."""
    text = "section of the AWS config file, or a stored key's name (default: one you choose)"
    parser.add_argument("profiles", nargs="*", metavar="PROFILE", help=text)
    parser.add_argument(
        "--older-than",
        metavar="AGE",
        help="only keys this old or older (90d); without PROFILE, all stored keys",
    )
    parser.add_argument(
        "--delete-other", action="store_true", help="delete a second, unused key of the user first"
    )
    way = parser.add_mutually_exclusive_group()
    way.add_argument(
        "--keep-inactive", action="store_true", help="deactivate the old key instead of deleting it"
    )
    way.add_argument("--finish", action="store_true", help="delete an old key kept by --keep-inactive")
    way.add_argument("--resume", action="store_true", help="finish an interrupted rotation")
    way.add_argument("--abort", action="store_true", help="cancel a rotation and keep the old key")
    options.add_of_user(parser)


def run(args: argparse.Namespace, context: Context) -> int:
    """Rotates the keys one after the other; a failure does not stop the next one."""
    from pass_aws.keys.rotate_request import Request

    request = Request(
        resume=args.resume,
        abort=args.abort,
        finish=args.finish,
        keep_inactive=args.keep_inactive,
        delete_other=args.delete_other,
        older_than=_age(args.older_than),
    )
    names = list(dict.fromkeys(args.profiles)) or _chosen(args, context)
    if len(names) == 1:
        _rotate(names[0], request, context)
        return 0
    return _each(names, request, context)


def _age(text: str | None) -> int:
    from pass_aws.keys import verdicts

    try:
        return verdicts.age(text) if text is not None else 0
    except ValueError:
        raise UserError(
            f"--older-than: {shown(str(text))} is not an age",
            hint="give days, as in --older-than 90d",
            code=USAGE,
        ) from None


def _chosen(args: argparse.Namespace, context: Context) -> list[str]:
    """With --older-than all stored keys, else the one that the user chooses."""
    from pass_aws.credentials import listing

    if args.older_than is not None:
        return listing.keys(context)
    args.profile = None
    return [profile_argument.read(args, context, choose=True)]


def _each(names: Sequence[str], request: Request, context: Context) -> int:
    failed = []
    for name in names:
        try:
            _rotate(name, request, context)
        except UserError as error:
            if error.code in (INTERRUPTED, MUST_ASK):
                raise
            failed.append(name)
            context.tell(f"pass aws: {name}: {error}")
            if error.hint:
                context.tell(f"pass aws: {name}: {error.hint}")
    if failed:
        raise UserError(
            f"{len(failed)} of {len(names)} keys failed: {', '.join(failed)}",
            hint=f"follow the advice above, then run {command('pass', 'aws', 'rotate', *failed)}",
            code=FAILED,
        )
    return 0


def _rotate(name: str, request: Request, context: Context) -> None:
    from pass_aws.keys.rotate import rotate

    rotate(name, request, context)
