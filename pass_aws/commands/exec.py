"""`exec`: becomes a command that has a profile's credentials in its environment."""

from __future__ import annotations

from pass_aws.command_line import options, profile_argument
from pass_aws.errors import USAGE, UserError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from pass_aws.context import Context

QUIET = "AWS_VAULT_DISABLE_HELP_MESSAGE"
"""aws-vault's variable against the line about the subshell; only `1` counts there."""
EXAMPLES = """
    pass aws exec ro -- aws s3 ls   one command
    pass aws exec ro                your shell
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares PROFILE and the credential options; words.split cuts the command off first."""
    parser.usage = "pass aws exec [PROFILE] [options] [--] [CMD ARG…]"
    profile_argument.add(parser, default=profile_argument.ELSE_CHOSEN)
    options.add(parser)
    group = parser.add_argument_group("a role of Identity Center, instead of PROFILE")
    group.add_argument("--sso-session", metavar="NAME", help="section of the config file")
    group.add_argument("--account", metavar="ID", help="twelve digits")
    group.add_argument("--role", metavar="NAME", help="as Identity Center has it")
    parser.add_argument(
        "-j", "--json", action="store_true", help="print them as JSON instead (aws-vault's name for export)"
    )


def run(args: argparse.Namespace, context: Context) -> int:
    """Never returns, unless it prints JSON: the exit status is the command's own."""
    from pass_aws.credentials.deliver import deliver
    from pass_aws.system import become, child_environment

    name = _of_identity_center(args) or profile_argument.of(args, context, choose=True)
    if args.json:
        from pass_aws.commands import env

        return env.printed(name, "json", context)
    command = args.command or [context.parent.get("SHELL") or "/bin/sh"]
    umask = context.umask
    become.find(command[0], context.parent)
    delivered = deliver(name, context)
    child = child_environment.replaced(context.parent, delivered.exports)
    if not args.command and context.tty.available() and context.env.get(QUIET) != "1":
        context.warn(f"starting {command[0]} for profile {name}; leave it with exit")
    return become.process(command, child, umask)


def _of_identity_center(args: argparse.Namespace) -> str:
    """What a role is called that no profile names; empty where a profile is meant."""
    given = {"--sso-session": args.sso_session, "--account": args.account, "--role": args.role}
    if not any(given.values()):
        return ""
    if missing := [option for option, value in given.items() if not value]:
        raise UserError(f"{' and '.join(missing)} missing", hint="run pass aws exec -h", code=USAGE)
    if args.profile:
        hint = "leave one of them out; a command goes behind --"
        raise UserError("give PROFILE or --sso-session, not both", hint=hint, code=USAGE)
    return ":".join(given.values())
