"""`signout`: ends console sign-ins."""

from __future__ import annotations

from pass_aws.errors import USAGE, UserError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from pass_aws.cache.token import SignIn
    from pass_aws.context import Context


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares which sign-in to end."""
    parser.add_argument(
        "profile", nargs="?", metavar="PROFILE", help="profile to sign out (default: the only sign-in)"
    )
    parser.add_argument("--all", action="store_true", help="end every console sign-in")


def run(args: argparse.Namespace, context: Context) -> int:
    """Deletes the selected sign-ins and their sessions; AWS cannot revoke them."""
    from pass_aws.cache.token import LOGIN
    from pass_aws.sso import sign_out

    there = [one for one in context.tokens.all() if one.kind == LOGIN]
    gone = sign_out.ended(there if args.all else _meant(args, context, there), context)
    ends = "at AWS it expires after at most 12 hours"
    context.tell(f"deleted {gone} sign-in{'s' * (gone != 1)}; {ends}")
    return 0


def _meant(args: argparse.Namespace, context: Context, there: list[SignIn]) -> list[SignIn]:
    from pass_aws.credentials import profile_lookup
    from pass_aws.sso import aws_login_session

    name = args.profile or context.parent.get("AWS_PROFILE")
    if not name:
        if len(there) > 1:
            names = ", ".join(one.name for one in there)
            raise UserError(
                f"there are several sign-ins: {names}", hint="give a profile, or --all", code=USAGE
            )
        return there
    settings = profile_lookup.settings_of(name, context)
    if not settings.get("login_session"):
        raise UserError(f"profile {name} has no login_session", hint="run pass aws list --sign-ins")
    digest = aws_login_session.place(settings, "").digest
    return [one for one in there if one.digest == digest]
