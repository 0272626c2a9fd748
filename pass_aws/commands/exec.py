"""`exec`: becomes a command with a profile's credentials in its environment."""

from __future__ import annotations

from pass_aws.command_line import options, profile_argument
from pass_aws.errors import USAGE, UserError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from pass_aws.context import Context

QUIET = "AWS_VAULT_DISABLE_HELP_MESSAGE"
"""aws-vault's variable that turns off the message about the subshell; only the value `1` does so."""
EXAMPLES = """
    pass aws exec ro -- aws s3 ls   run one command
    pass aws exec ro                start your shell
    pass aws exec --server ro -- terraform apply   a run longer than a session
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares PROFILE, the servers and the credential options; splitting.split removes the command first."""
    import argparse

    parser.usage = "pass aws exec [PROFILE] [options] [--] [CMD ARG…]"
    profile_argument.add(parser, default=profile_argument.ELSE_CHOSEN)
    options.add(parser)
    parser.add_argument(
        "-s", "--server", action="store_true", help="serve credentials to the command, as ECS does"
    )
    parser.add_argument(
        "--server=imds",
        dest="imds",
        action="store_true",
        help="serve credentials as the EC2 metadata service does",
    )
    parser.add_argument(
        "--lazy", action="store_true", help="with --server: get credentials at the first request"
    )
    for name, kind in (("--server=ecs", "server"), ("--ecs-server", "server"), ("--ec2-server", "imds")):
        parser.add_argument(name, dest=kind, action="store_true", help=argparse.SUPPRESS)
    group = parser.add_argument_group("a role of Identity Center, instead of PROFILE")
    group.add_argument("--sso-session", metavar="NAME", help="sso-session section of the config file")
    group.add_argument("--account", metavar="ID", help="account id, twelve digits")
    group.add_argument("--role", metavar="NAME", help="role name in Identity Center")
    parser.add_argument(
        "-j", "--json", action="store_true", help="print credentials as JSON, as aws-vault does"
    )


def run(args: argparse.Namespace, context: Context) -> int:
    """Becomes the command and does not return, unless it prints JSON."""
    from pass_aws.credentials.deliver import deliver
    from pass_aws.system import become, child_environment

    _check(args)
    name = _of_identity_center(args) or profile_argument.read(args, context, choose=True)
    if args.json:
        from pass_aws.commands import env

        return env.printed(name, "json", context)
    command = args.command or [context.parent.get("SHELL") or "/bin/sh"]
    umask = child_environment.umask(context.env)
    become.find(command[0], context.parent)
    if args.server or args.imds:
        from pass_aws.server import exec_server

        child = exec_server.begun(name, context, instance=args.imds, lazy=args.lazy)
    else:
        child = child_environment.replaced(context.parent, deliver(name, context).exports)
    if not args.command and context.tty.available() and context.env.get(QUIET) != "1":
        context.warn(f"starting {command[0]} for profile {name}; type exit to leave")
    return become.process(command, child, umask)


def _check(args: argparse.Namespace) -> None:
    """Refuses options that cannot be combined."""
    served, hint = args.server or args.imds, "run pass aws exec -h"
    if served and (args.json or args.no_session or (args.server and args.imds)):
        text = "--server and --imds cannot be combined with each other, --json or --no-session"
        raise UserError(text, hint=hint, code=USAGE)
    if args.lazy and not served:
        raise UserError("--lazy needs --server or --imds", hint=hint, code=USAGE)


def _of_identity_center(args: argparse.Namespace) -> str:
    """The name SESSION:ACCOUNT:ROLE of a role that no profile names; empty if PROFILE is used."""
    given = {"--sso-session": args.sso_session, "--account": args.account, "--role": args.role}
    if not any(given.values()):
        return ""
    if missing := [option for option, value in given.items() if not value]:
        raise UserError(f"missing: {' and '.join(missing)}", hint="run pass aws exec -h", code=USAGE)
    if args.profile:
        hint = "omit one of them; the command comes after --"
        raise UserError("give PROFILE or --sso-session, not both", hint=hint, code=USAGE)
    return ":".join(given.values())
