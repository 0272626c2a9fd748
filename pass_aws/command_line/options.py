"""The options of every command that gets credentials, or calls IAM as the user who owns the stored key."""

from __future__ import annotations

from pass_aws.errors import USAGE, UserError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from pass_aws.config.precedence import Options

LARGEST = 1 << 20
"""The most characters read from a policy file; AWS accepts 2048, not counting spaces."""


WORDS = {
    "--duration": "duration",
    "--min-ttl": "min_ttl",
    "--prompt": "prompt",
    "--role-arn": "role_arn",
    "--policy-file": "policy_file",
    "--policy-arn": "policy_arn",
    "--pass-dir": "pass_dir",
    "--pass-prefix": "pass_prefix",
}
SWITCHES = {
    "--fresh": "fresh",
    "--no-session": "no_session",
    "--no-input": "no_input",
    "--read-only": "read_only",
    "--debug": "debug",
}


def words(args: argparse.Namespace) -> list[str]:
    """The options as words for another run of pass aws; the caller adds region and one-time code."""
    found = [option for option, name in SWITCHES.items() if getattr(args, name)]
    for option, name in WORDS.items():
        given = getattr(args, name)
        for value in given if isinstance(given, list) else [given]:
            found += [f"{option}={value}"] if value is not None else []
    return found


def add(parser: argparse.ArgumentParser, margin: str = "5m", *, regions: bool = False) -> None:
    """Declares the credential options.

    Args:
        parser: of the command.
        margin: the default of --min-ttl, for its help text.
        regions: whether --region may be given several times; they are then in `args.regions`.
    """
    group = parser.add_argument_group("credentials")
    group.add_argument("-d", "--duration", metavar="TIME", help="session lifetime: 3600, 90m, 1h30m")
    group.add_argument(
        "--min-ttl", metavar="TIME", help=f"minimum life left in a cached session (default {margin})"
    )
    group.add_argument("--fresh", action="store_true", help="ignore cached sessions and make a new one")
    _add_asking(group, "use the key itself, without GetSessionToken")
    if regions:
        parser.set_defaults(region=None)
        group.add_argument(
            "--region", dest="regions", metavar="REGION", action="append", default=[],
            help="run in this region; may be given several times",
        )  # fmt: skip
    else:
        _add_region(group)
    group.add_argument("--role-arn", metavar="ARN", help="assume this role instead of the profile's")
    group.add_argument(
        "--policy-arn",
        metavar="ARN",
        action="append",
        default=[],
        help="limit the session to this managed policy",
    )
    group.add_argument(
        "--policy-file", metavar="FILE", help="limit the session to the policy in this JSON file"
    )
    group.add_argument("--read-only", action="store_true", help="limit the session to ReadOnlyAccess")


def add_of_user(parser: argparse.ArgumentParser) -> None:
    """Declares the options of a command that calls IAM as the user who owns the stored key."""
    _add_asking(parser, "sign with the key itself, not with an MFA session")
    _add_region(parser)


def add_no_input(group: argparse._ActionsContainer) -> None:
    """Declares --no-input."""
    group.add_argument("--no-input", action="store_true", help="never ask: exit 4 instead")


def _add_asking(group: argparse._ActionsContainer, no_session: str) -> None:
    """Declares --no-session with this help, and how to ask for a code."""
    group.add_argument("-n", "--no-session", action="store_true", help=no_session)
    group.add_argument("-t", "--mfa-token", metavar="CODE", help="use this one-time code instead of asking")
    group.add_argument(
        "--prompt", metavar="DRIVER", help="ask with terminal, pinentry, zenity, kdialog, ykman"
    )
    add_no_input(group)


def _add_region(group: argparse._ActionsContainer) -> None:
    group.add_argument("--region", metavar="REGION", help="use this region instead of the profile's")


def read(args: argparse.Namespace) -> Options:
    """The given options; a command that does not have them gives none, `add` only a region.

    Raises:
        UserError: a value is not a duration, code or driver, or a policy file cannot be read.
    """
    from pass_aws.config.precedence import Options

    if not hasattr(args, "mfa_token"):
        return Options(region=getattr(args, "region", ""), debug=args.debug)
    if not hasattr(args, "min_ttl"):
        return Options(
            no_session=args.no_session,
            mfa_token=_code(args.mfa_token),
            prompt=_driver(args.prompt),
            no_input=args.no_input,
            region=args.region or "",
            debug=args.debug,
        )
    return Options(
        duration=_seconds("--duration", args.duration),
        min_ttl=_seconds("--min-ttl", args.min_ttl),
        fresh=args.fresh,
        no_session=args.no_session,
        mfa_token=_code(args.mfa_token),
        prompt=_driver(args.prompt),
        no_input=args.no_input,
        region=args.region or "",
        role_arn="" if args.role_arn is None else _filled("--role-arn", args.role_arn),
        policy_arns=tuple(_filled("--policy-arn", arn) for arn in args.policy_arn),
        policy=_policy(args.policy_file),
        read_only=args.read_only,
        debug=args.debug,
        sso_session=getattr(args, "sso_session", None) or "",
        sso_account=getattr(args, "account", None) or "",
        sso_role=getattr(args, "role", None) or "",
    )


def _seconds(option: str, text: str | None) -> int | None:
    from pass_aws.text import durations

    if text is None:
        return None
    try:
        return durations.parse(text)
    except ValueError as error:
        raise UserError(f"{option}: {error}", code=USAGE) from None


def refuse_wrong(options: Options) -> None:
    """Refuses wrong values before the first prompt; `read` has refused those that it cannot read.

    Raises:
        UserError: names all of them.
    """
    if options.plain:
        return
    from pass_aws.config import checks
    from pass_aws.config.precedence import to_level

    checks.refuse_wrong(to_level(options, target=True))


def valid(option: str, text: str | None, check: Callable[[str], str]) -> str:
    """The result of a check that raises ValueError; empty if the option is not given.

    Raises:
        UserError: the value is wrong.
    """
    try:
        return check(text) if text else ""
    except ValueError as error:
        raise UserError(f"{option}: {error}", code=USAGE) from None


def _filled(option: str, text: str) -> str:
    """The text, if not empty: an unset shell variable would silently remove the limit."""
    if not text.strip():
        raise UserError(f"{option} is empty", hint="give it a value, or omit it", code=USAGE)
    return text


def _code(text: str | None) -> str:
    if not text:
        return ""
    from pass_aws.mfa import totp

    return valid("-t", text, totp.code)


def _driver(name: str | None) -> str:
    if not name:
        return ""
    from pass_aws.mfa import drivers

    return drivers.known("--prompt", name)


def _policy(path: str | None) -> str:
    if path is None:
        return ""
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read(LARGEST).strip()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise UserError(
            f"cannot read the policy in {path}: {reason}",
            hint="give --policy-file the path of a JSON policy, or omit it",
        ) from None
    if not text:
        raise UserError(f"the policy in {path} is empty", hint="write a policy into it, or omit the option")
    return text
