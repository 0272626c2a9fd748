"""The PROFILE argument."""

from __future__ import annotations

from pass_aws.errors import USAGE, UserError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from pass_aws.context import Context

VARIABLE = "$AWS_PROFILE"
ELSE_CHOSEN = f"{VARIABLE}, else one you choose"


def add(parser: argparse.ArgumentParser, *, default: str = "") -> None:
    """Declares it, an optional one if it has a default."""
    text = "section of the AWS config file, or a stored key's name"
    text += f" (default: {default})" if default else ""
    parser.add_argument("profile", nargs="?" if default else None, metavar="PROFILE", help=text)


def read(args: argparse.Namespace, context: Context, *, choose: bool = False) -> str:
    """The profile that was asked for: the argument, else AWS_PROFILE, else what a person then chooses.

    Args:
        args: the parsed command line.
        context: the doors.
        choose: whether the command is one that lets choose.

    Raises:
        UserError: there is none; the hint lists what there is.
    """
    name = args.profile or context.parent.get("AWS_PROFILE")
    if not name and choose:
        from pass_aws.command_line import picker

        name = picker.picked(context)
    if name:
        return str(name)
    raise UserError("no profile given", hint=known(context), code=USAGE)


def known(context: Context, most: int = 12) -> str:
    """A line that names the profiles there are."""
    from pass_aws.credentials.listing import profiles

    names = profiles(context)
    if not names:
        return "run pass aws add NAME to store a first key"
    more = f" and {len(names) - most} more (pass aws list)" if len(names) > most else ""
    return f"name one of: {', '.join(names[:most])}{more}"
