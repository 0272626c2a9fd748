"""`sso`: signs in to Identity Center and out again, lists accounts and roles, writes profiles for them."""

from __future__ import annotations

import sys

from pass_aws.errors import USAGE, UserError
from pass_aws.text.safe_text import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from pass_aws.cache.token import SignIn
    from pass_aws.context import Context
    from pass_aws.sso.accounts import Assignment
    from pass_aws.sso.identity import Portal
    from pass_aws.sso.sign_in import How

EXAMPLES = """
    pass aws sso login dev                   sign in for a profile
    pass aws sso list                        accounts and roles that you have
    pass aws sso logout --all                end every sign-in
"""
SIGN_IN = ("browser", "device_code", "no_input")
OPTIONS = {
    "login": ("sso_session", *SIGN_IN),
    "logout": ("sso_session", "all"),
    "list": ("sso_session", "json", *SIGN_IN),
}
"""What each action takes; anything else is refused, not ignored."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the actions and the options of all of them."""
    parser.add_argument("action", choices=tuple(OPTIONS), metavar="ACTION", help=", ".join(OPTIONS))
    parser.add_argument(
        "profile", nargs="?", metavar="PROFILE", help="whose Identity Center (default: the only sso-session)"
    )
    parser.add_argument(
        "--sso-session", metavar="NAME", help="section of the config file, instead of PROFILE"
    )
    group = parser.add_argument_group("signing in")
    group.add_argument("--browser", metavar="CMD", help="command that opens a page, with {url} in it")
    group.add_argument("--device-code", action="store_true", help="show a code for another device")
    group.add_argument("--no-input", action="store_true", help="never ask: exit 4 instead")
    parser.add_argument("--json", action="store_true", help="list: as JSON")
    parser.add_argument("--all", action="store_true", help="logout: from everywhere")


def run(args: argparse.Namespace, context: Context) -> int:
    """Does the action."""
    _refuse_others(args)
    action = {"login": _login, "logout": _logout, "list": _list}[args.action]
    return action(args, context)


def _refuse_others(args: argparse.Namespace) -> None:
    taken = OPTIONS[args.action]
    for name in sorted({name for names in OPTIONS.values() for name in names} - set(taken)):
        if getattr(args, name):
            option = f"--{name.replace('_', '-')}"
            raise UserError(f"{option} is not for sso {args.action}", hint="run pass aws sso -h", code=USAGE)
    if args.profile and args.sso_session:
        raise UserError("give PROFILE or --sso-session, not both", code=USAGE)


def _portal(args: argparse.Namespace, context: Context) -> Portal:
    """The Identity Center that is meant: the option, the argument, AWS_PROFILE, the only one."""
    from pass_aws.sso import portals

    if args.sso_session:
        return portals.of_session(args.sso_session, context)
    name = args.profile or context.parent.get("AWS_PROFILE")
    if not name:
        return portals.only_session(context)
    from pass_aws.credentials import plan, resolve
    from pass_aws.credentials.sources import identity_center

    first = resolve.planned(name, context).steps[0]
    if first.call != plan.SSO:
        raise UserError(
            f"profile {name} does not get its credentials from Identity Center",
            hint="run pass aws sso login --sso-session NAME",
        )
    return identity_center.portal(first)


def _how(args: argparse.Namespace, *, anew: bool) -> How:
    from pass_aws.sso.sign_in import How

    return How(args.browser or "", args.device_code, anew)


def _login(args: argparse.Namespace, context: Context) -> int:
    """Signs in anew, whatever is stored."""
    from pass_aws.sso import sign_in
    from pass_aws.text import durations

    portal = _portal(args, context)
    token = sign_in.token(portal, context, keys_of=args.profile or "", how=_how(args, anew=True))
    left = durations.short(token.expires - int(context.clock()))
    renewed = "; it is renewed by itself" if token.refresh else ""
    context.tell(f"signed in to {portal.name} for {left}{renewed}")
    return 0


def _logout(args: argparse.Namespace, context: Context) -> int:
    """Revokes and drops the sign-ins that are meant."""
    from pass_aws.cache.token import SSO
    from pass_aws.sso import sign_out

    there = [one for one in context.tokens.all() if one.kind == SSO]
    gone = sign_out.ended(there if args.all else _meant(args, context, there), context)
    context.tell(f"signed out of {gone} sign-in{'s' * (gone != 1)}; role credentials live until they expire")
    return 0


def _meant(args: argparse.Namespace, context: Context, there: list[SignIn]) -> list[SignIn]:
    if not (args.sso_session or args.profile) and len(there) == 1:
        return there
    digest = _portal(args, context).digest
    return [one for one in there if one.digest == digest]


def _list(args: argparse.Namespace, context: Context) -> int:
    """Prints accounts and roles, a line each."""
    from pass_aws.sso import accounts

    portal = _portal(args, context)
    found = accounts.listed(portal, context, how=_how(args, anew=False))
    sys.stdout.write(_json(portal, found) if args.json else _table(found))
    return 0


def _json(portal: Portal, found: list[Assignment]) -> str:
    import json

    rows = [
        {
            "sso_session": portal.name,
            "account_id": one.account,
            "account_name": one.account_name,
            "role": one.role,
        }
        for one in found
    ]
    return json.dumps(rows, indent=2) + "\n"


def _table(found: list[Assignment]) -> str:
    cells = [("Account", "Name", "Role"), *((one.account, one.account_name, one.role) for one in found)]
    width = max(len(printable(name)) for _, name, _ in cells) + 2
    return "".join(
        f"{number:<14}{printable(name):<{width}}{printable(role)}\n" for number, name, role in cells
    )
