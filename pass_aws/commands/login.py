"""`login`: opens the AWS console in the browser, signed in."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, NamedTuple

from pass_aws.command_line import options, profile_argument
from pass_aws.errors import USAGE, UserError
from pass_aws.text.quoting import command

if TYPE_CHECKING:
    from pass_aws.config.settings import Settings
    from pass_aws.console.browser_choice import Launcher
    from pass_aws.context import Context
    from pass_aws.credentials.step import Plan

LIFE = "AWS_FEDERATION_TOKEN_TTL"
"""aws-vault's variable for the lifetime of a console session of a key without a role."""
HOUR, SHORTEST, LONGEST = 3600, 900, 129_600
KEY = "AWS_ACCESS_KEY_ID"
LIFETIMES = "give 15m to 36h; a role allows 12h at most"
STDOUT, LOGOUT = "AWS_VAULT_STDOUT", "AWS_VAULT_AUTO_LOGOUT"
EXAMPLES = """
    pass aws login ro                  open the console in the browser
    pass aws login ro --service s3     open the page of a service
    pass aws login ro --stdout         print the URL, for another browser
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares PROFILE, the page, the browser and the credential options."""
    profile_argument.add(parser, default="$AWS_PROFILE, else the environment's credentials")
    parser.add_argument("--service", metavar="NAME", help="open the page of a service: s3, ec2, logs, iam, …")
    parser.add_argument("--path", metavar="PATH", help="open this page of the console")
    parser.add_argument("-s", "--stdout", action="store_true", help="print the URL instead of opening it")
    parser.add_argument("--browser", metavar="COMMAND", help="command that opens the page; {url} is the URL")
    parser.add_argument(
        "-a", "--logout-first", action="store_true", help="end the browser's current console session first"
    )
    parser.add_argument("--auto-logout", dest="logout_first", action="store_true", help=argparse.SUPPRESS)
    options.add(parser, margin="15m")


class _SignIn(NamedTuple):
    """What to sign in to, determined without prompts, decryption or calls."""

    name: str
    settings: Settings
    plan: Plan | None
    seconds: int


def run(args: argparse.Namespace, context: Context) -> int:
    """Opens the console, or prints its URL."""
    from pass_aws.console import open_browser

    _check(args, context)
    wanted = _wanted(args, context)
    page = _page(args, wanted.settings)
    how = (
        None
        if _said(args.stdout, STDOUT, context)
        else open_browser.at_hand(context.parent, args.browser or "", wanted.name)
    )
    if how and not how.words and not _printable(how):
        open_browser.open_url("", how, {}, instead=_instead(args))
    url = _signed_in(wanted, page, args, context)
    if how and how.words:
        context.tell(f"pass aws: opening the console{_for(wanted.name)} ({how.reason})")
        open_browser.open_url(url, how, _browser_env(context), instead=_instead(args))
        return 0
    if how:
        context.tell(f"pass aws: {how.reason}; open this URL in your browser within 15 minutes")
    sys.stdout.write(url + "\n")
    return 0


def _check(args: argparse.Namespace, context: Context) -> None:
    """Refuses wrong options before a profile is chosen, except whole URLs: they depend on its partition."""
    from pass_aws.console import address, open_browser

    if args.service and args.path:
        raise UserError("--service and --path cannot be combined", hint="omit one of them", code=USAGE)
    path = args.path or ""
    address.page("us-east-1", service=args.service or "", path="" if path.startswith("https:") else path)
    if args.browser:
        open_browser.at_hand(context.parent, args.browser)


def _said(given: bool, variable: str, context: Context) -> bool:
    """Whether an option was given, or aws-vault's variable sets it."""
    from pass_aws.command_line import aws_vault

    return given or context.env.get(variable, "") in aws_vault.TRUE


def _printable(how: Launcher) -> bool:
    """Whether the user works on another machine, where the browser is."""
    return how.remote and sys.stdout.isatty()


def _for(name: str) -> str:
    return f" for profile {name}" if name else ""


def _instead(args: argparse.Namespace) -> str:
    words = ["pass", "aws", "login", *([args.profile] if args.profile else []), "--stdout"]
    words += ["--service", args.service] if args.service else []
    words += ["--path", args.path] if args.path else []
    return f"run {command(*words)}, and open the URL that it prints"


def _wanted(args: argparse.Namespace, context: Context) -> _SignIn:
    from pass_aws.credentials import profile_lookup

    seconds = _seconds(context)
    if not (args.profile or context.parent.get("AWS_PROFILE")) and context.parent.get(KEY):
        return _SignIn("", profile_lookup.settings_of("default", context, stored=False), None, seconds)
    name = profile_argument.read(args, context, choose=True)
    plan = profile_lookup.planned(name, context, federation=seconds)
    return _SignIn(name, plan.settings, plan, seconds)


def _seconds(context: Context) -> int:
    """The lifetime of a plain key's console session: option, our variables, aws-vault's, or an hour."""
    from pass_aws.text import durations

    if context.options.duration:
        return context.options.duration
    for name in ("PASS_AWS_DURATION", "AWS_VAULT_DURATION", LIFE):
        if text := context.env.get(name):
            try:
                return _within(name, durations.parse(text))
            except ValueError as error:
                raise UserError(f"{name}: {error}", hint=LIFETIMES) from None
    return HOUR


def _within(name: str, seconds: int) -> int:
    if not SHORTEST <= seconds <= LONGEST:
        raise UserError(
            f"{name}: a console session lasts {SHORTEST} to {LONGEST} seconds, but {seconds} were requested",
            hint=LIFETIMES,
        )
    return seconds


def _page(args: argparse.Namespace, settings: Settings) -> str:
    from pass_aws.console import address

    region = settings.endpoint("signin").region
    return address.page(region, service=args.service or "", path=args.path or "")


def _signed_in(wanted: _SignIn, page: str, args: argparse.Namespace, context: Context) -> str:
    """The URL that signs in."""
    from pass_aws.console import address
    from pass_aws.credentials import web_console

    endpoint, seconds = wanted.settings.endpoint("signin"), 0
    where = address.federation(endpoint.region, endpoint.url or "")
    if wanted.plan is None:
        credentials = web_console.of_environment(wanted.settings, wanted.seconds, context)
    else:
        credentials, seconds = web_console.of_profile(wanted.plan, context)
    token = web_console.sign_in_token(where, credentials, endpoint, context, seconds)
    url = address.sign_in(where, page, token)
    if _said(args.logout_first, LOGOUT, context):
        return address.sign_out_first(endpoint.region, endpoint.url or "", url)
    return url


def _browser_env(context: Context) -> dict[str, str]:
    """The caller's environment without credentials, which a browser does not need."""
    from pass_aws.system import child_environment

    return child_environment.replaced(context.parent, ())
