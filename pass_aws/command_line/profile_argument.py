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
    """Declares PROFILE; it is optional if it has a default."""
    text = "section of the AWS config file, or a stored key's name"
    text += f" (default: {default})" if default else ""
    parser.add_argument("profile", nargs="?" if default else None, metavar="PROFILE", help=text)


def read(args: argparse.Namespace, context: Context, *, choose: bool = False) -> str:
    """The profile of a request: the argument, else AWS_PROFILE, else the one that the user chooses.

    Args:
        args: the parsed command line.
        context: the doors.
        choose: whether the command offers a choice.

    Raises:
        UserError: no profile was given; the hint lists the existing ones.
    """
    if args.profile == "":  # of an unset variable: AWS_PROFILE is not what was meant
        raise UserError(
            "the profile's name is empty", hint="give a profile, or omit the argument", code=USAGE
        )
    name = args.profile or context.parent.get("AWS_PROFILE")
    if not name and choose:
        from pass_aws.command_line import picker

        name = picker.picked(context)
    if name:
        return str(name)
    raise UserError("no profile given", hint=known(context), code=USAGE)


def known(context: Context, most: int = 12) -> str:
    """A hint that lists the existing profiles."""
    from pass_aws.credentials.listing import profiles

    names = profiles(context)
    if not names:
        return "run pass aws add NAME to store your first key"
    more = f" and {len(names) - most} more (pass aws list)" if len(names) > most else ""
    return f"choose one of: {', '.join(names[:most])}{more}"
