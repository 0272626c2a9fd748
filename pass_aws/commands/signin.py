"""`signin`: console sign-in as a source of credentials, as in the AWS CLI's `aws login`, but encrypted."""

from __future__ import annotations

from pass_aws.command_line import combinations, options, profile_argument
from pass_aws.errors import UserError
from pass_aws.text.quoting import quote

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from pass_aws.config.settings import Settings
    from pass_aws.context import Context
    from pass_aws.sso.aws_login_session import Place

EXAMPLES = """
    pass aws signin me            sign in, and set up the profile
    pass aws signin me --remote   sign in with the browser of another device
"""
DEFAULT = "default"
OTHERS = (
    "role_arn",
    "source_profile",
    "credential_source",
    "sso_session",
    "sso_start_url",
    "web_identity_token_file",
    "web_identity_token_process",
    "credential_process",
    "aws_access_key_id",
)
"""Keys of a profile that select another source of credentials."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares PROFILE and how to sign in."""
    text = f"profile to sign in for (default: {profile_argument.VARIABLE}, else {DEFAULT})"
    parser.add_argument("profile", nargs="?", metavar="PROFILE", help=text)
    parser.add_argument("--remote", action="store_true", help="sign in on another device and paste its code")
    parser.add_argument("--browser", metavar="CMD", help="command that opens the page; {url} is the URL")
    parser.add_argument("--region", metavar="REGION", help="region to sign in to")
    parser.add_argument(
        "--import", dest="import_", action="store_true", help="import a live sign-in of the AWS CLI"
    )
    parser.add_argument(
        "--scrub", action="store_true", help="with --import: delete the AWS CLI's plain-text copy"
    )
    options.add_no_input(parser)


def run(args: argparse.Namespace, context: Context) -> int:
    """Signs in even if a sign-in is stored; a profile without login_session gets one, and its region."""
    from pass_aws.credentials import profile_lookup
    from pass_aws.sso import aws_login, aws_login_session, storing

    name = args.profile or context.parent.get("AWS_PROFILE") or DEFAULT
    settings = profile_lookup.settings_of(name, context)
    _refuse_others(settings)
    place = aws_login_session.place(settings, f"pass aws signin {quote(name)}")
    storing.must_be_storable(name, context)
    if args.import_ or args.scrub:
        return _import(args, name, place, context)
    with context.locks.hold(f"sign-in {place.digest}") as lock:
        place, login = aws_login.signed_in(
            place, context, lock, keys_of=name, browser=args.browser or "", remote=args.remote
        )
    context.tell(f"signed in as {place.arn}; pass aws renews the credentials for 12 hours")
    if not settings.get("login_session"):
        _remember(name, settings, place.arn, login.region, context)
    return 0


def _import(args: argparse.Namespace, name: str, place: Place, context: Context) -> int:
    from pass_aws.sso import import_sign_in

    combinations.with_import(args, "signin", ("browser", "remote"))
    if not place.arn:
        raise UserError(f"profile {name} has no login_session", hint="to sign in again, omit --import")
    import_sign_in.of_aws_login(place, context, scrub=args.scrub, keys_of=name)
    return 0


def _refuse_others(settings: Settings) -> None:
    """Refuses a profile with other credentials: tools would disagree about which to use."""
    found = next((key for key in OTHERS if settings.get(key)), "")
    if settings.stored or found:
        what = found or "a key in the store"
        raise UserError(
            f"profile {settings.name} already has other credentials: {what}",
            hint="use another profile: pass aws signin NAME",
        )


def _remember(name: str, settings: Settings, arn: str, region: str, context: Context) -> None:
    from pass_aws.config import editing

    written = {"login_session": arn}
    title = f"[{name}]" if name == DEFAULT else f"[profile {name}]"
    known = settings.values.get("region")
    if known is None or known.origin not in (title, f"[{name}] in the credentials file"):
        written["region"] = region  # SDKs that refresh need it, and inherit none from [default]
    context.files.change_config(lambda text: editing.setting(text, name, written))
    context.tell(f"profile {name} in {context.files.config_path} now has login_session = {arn}")
