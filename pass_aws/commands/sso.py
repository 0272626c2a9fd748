"""`sso`: signs in to Identity Center and out of it, lists accounts and roles, writes profiles for them."""

from __future__ import annotations

import sys

from pass_aws.command_line import combinations, options
from pass_aws.errors import INTERRUPTED, USAGE, UserError
from pass_aws.text.safe_text import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from pass_aws.cache.token import SignIn
    from pass_aws.context import Context
    from pass_aws.sso.accounts import Assignment
    from pass_aws.sso.identity_center import How
    from pass_aws.sso.identity_center_token import Portal
    from pass_aws.sso.sync import Changes, Request

EXAMPLES = """
    pass aws sso login dev                   sign in for a profile
    pass aws sso list                        list your accounts and roles
    pass aws sso sync                        write a profile for each role
    pass aws sso logout --all                end every sign-in
"""
SIGN_IN = ("browser", "device_code", "qr", "no_input")
OPTIONS = {
    "login": ("sso_session", "import_", "scrub", *SIGN_IN),
    "logout": ("sso_session", "all"),
    "list": ("sso_session", "json", *SIGN_IN),
    "sync": ("sso_session", "name", "region", "only", "dry_run", "prune", "yes", *SIGN_IN),
}
"""Options of each action; all others are refused, not ignored."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the actions and the options of all of them."""
    parser.add_argument("action", choices=tuple(OPTIONS), metavar="ACTION", help=", ".join(OPTIONS))
    parser.add_argument(
        "profile", nargs="?", metavar="PROFILE", help="profile to sign in for (default: the only sso-session)"
    )
    parser.add_argument("--sso-session", metavar="NAME", help="sso-session section to use instead of PROFILE")
    group = parser.add_argument_group("signing in")
    group.add_argument("--browser", metavar="CMD", help="command that opens the page; {url} is the URL")
    group.add_argument("--device-code", action="store_true", help="show a code to enter on another device")
    group.add_argument("--qr", action="store_true", help="also show the address as a QR code")
    options.add_no_input(group)
    group = parser.add_argument_group("sync")
    group.add_argument("--name", metavar="TEXT", help="name pattern (default: {account_name}/{role})")
    group.add_argument("--region", metavar="REGION", help="region of the new profiles")
    group.add_argument("--only", metavar="GLOB", help="only profiles whose names match")
    group.add_argument(
        "--prune", action="store_true", help="remove generated profiles whose roles no longer exist"
    )
    group.add_argument("--dry-run", action="store_true", help="show what would change, write nothing")
    group.add_argument("--yes", action="store_true", help="do not ask")
    group = parser.add_argument_group("login")
    group.add_argument(
        "--import", dest="import_", action="store_true", help="import a live sign-in of the AWS CLI"
    )
    group.add_argument(
        "--scrub", action="store_true", help="with --import: delete the AWS CLI's plain-text copy"
    )
    parser.add_argument("--json", action="store_true", help="list: print JSON")
    parser.add_argument("--all", action="store_true", help="logout: end every sign-in")


def run(args: argparse.Namespace, context: Context) -> int:
    """Runs the action."""
    _refuse_others(args)
    action = {"login": _login, "logout": _logout, "list": _list, "sync": _sync}[args.action]
    return action(args, context)


def _refuse_others(args: argparse.Namespace) -> None:
    combinations.for_action(args, "sso", OPTIONS)
    combinations.with_import(args, "sso", ("browser", "device_code", "qr"))
    if args.browser and (args.device_code or args.qr):
        option = "--device-code" if args.device_code else "--qr"
        raise UserError(f"--browser cannot be combined with {option}", hint="run pass aws sso -h", code=USAGE)
    if args.profile and args.sso_session:
        raise UserError("give PROFILE or --sso-session, not both", code=USAGE)


def _portal(args: argparse.Namespace, context: Context) -> Portal:
    """The Identity Center of this request: from the option, the argument, AWS_PROFILE, or the only one."""
    from pass_aws.sso import portals

    if args.sso_session:
        return portals.of_session(args.sso_session, context)
    name = args.profile or context.parent.get("AWS_PROFILE")
    if not name:
        return portals.only_session(context)
    from pass_aws.credentials import profile_lookup
    from pass_aws.credentials.sources import identity_center
    from pass_aws.credentials.step import SSO

    first = profile_lookup.planned(name, context).steps[0]
    if first.call != SSO:
        raise UserError(
            f"profile {name} does not get its credentials from Identity Center",
            hint="run pass aws sso login --sso-session NAME",
        )
    return identity_center.portal(first)


def _how(args: argparse.Namespace, *, anew: bool) -> How:
    from pass_aws.sso.identity_center import How

    return How(args.browser or "", args.device_code, anew, args.qr)


def _login(args: argparse.Namespace, context: Context) -> int:
    """Signs in, even if a sign-in is stored."""
    from pass_aws.sso import identity_center, storing
    from pass_aws.text import durations

    portal = _portal(args, context)
    storing.must_be_storable(args.profile or portal.name, context)
    if args.import_:
        return _import(args, portal, context)
    token = identity_center.token(portal, context, keys_of=args.profile or "", how=_how(args, anew=True))
    left = durations.short(token.expires - int(context.clock()))
    renewed = "; pass aws renews it" if token.refresh else ""
    context.tell(f"signed in to {portal.name} for {left}{renewed}")
    return 0


def _import(args: argparse.Namespace, portal: Portal, context: Context) -> int:
    """Imports the AWS CLI's sign-in instead of signing in."""
    from pass_aws.sso import import_sign_in

    import_sign_in.of_portal(portal, context, scrub=args.scrub, keys_of=args.profile or "")
    return 0


def _logout(args: argparse.Namespace, context: Context) -> int:
    """Revokes and deletes the selected sign-ins."""
    from pass_aws.cache.token import SSO
    from pass_aws.sso import sign_out

    there = [one for one in context.tokens.all() if one.kind == SSO]
    digest = "" if args.all else _meant(args, context, there)
    gone = sign_out.ended([one for one in there if digest in ("", one.digest)], context)
    context.listings.drop(digest)
    context.tell(f"ended {gone} sign-in{'s' * (gone != 1)}; role credentials stay valid until they expire")
    return 0


def _meant(args: argparse.Namespace, context: Context, there: list[SignIn]) -> str:
    """The digest of the sign-in that is meant: the named one, else the only one."""
    if not (args.sso_session or args.profile) and len(there) == 1:
        return there[0].digest
    return _portal(args, context).digest


def _list(args: argparse.Namespace, context: Context) -> int:
    """Prints accounts and roles, one per line."""
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


def _sync(args: argparse.Namespace, context: Context) -> int:
    """Shows the changes, asks, and writes them in one step; exit status 1 if names clash."""
    from pass_aws.config.profiles import profiles
    from pass_aws.sso import accounts, sync

    portal = _portal(args, context)
    request = _request(args, portal)
    text = context.files.config_text()
    found = accounts.listed(portal, context, how=_how(args, anew=False))
    changes = sync.changes(text, profiles(text, context.files.config_path), found, request)
    sys.stdout.writelines(f"{printable(line)}\n" for line in changes.lines(text))
    for clash in changes.clashes:
        context.warn(f"warning: skipped: {clash}")
    counts = f"{len(changes.new)} to add, {len(changes.gone)} to remove, {changes.present} already there"
    context.tell(f"profiles: {counts}")
    if (changes.new or changes.gone) and not args.dry_run:
        _write(args, context, text, changes)
    return 1 if changes.clashes else 0


def _request(args: argparse.Namespace, portal: Portal) -> Request:
    from pass_aws.aws import values
    from pass_aws.sso import sync

    if portal.name == portal.start_url:
        raise UserError(
            "sso sync needs an [sso-session] section for the new profiles",
            hint="add [sso-session NAME] with sso_start_url and sso_region to the config file",
        )
    try:
        template = sync.template(args.name or sync.TEMPLATE)
        region = values.region(args.region) if args.region else ""
    except ValueError as error:
        raise UserError(str(error), hint="run pass aws sso -h", code=USAGE) from None
    return sync.Request(portal.name, template, region, args.only or "", args.prune)


def _write(args: argparse.Namespace, context: Context, text: str, changes: Changes) -> None:
    question = "Write this to the config file?"
    if not args.yes and not context.confirm(question, instead="run the command with --yes"):
        raise UserError("nothing was changed", hint="to write it, add --yes to the command", code=INTERRUPTED)

    def changed(now: str) -> str:
        if now != text:
            raise UserError("another program has changed the config file", hint="run the command again")
        return changes.applied(now)

    context.files.change_config(changed)
    context.tell(f"wrote {context.files.config_path}")
