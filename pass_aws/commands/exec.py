"""`exec`: becomes a command that has a profile's credentials in its environment."""

from __future__ import annotations

from pass_aws.command_line import options, profile_argument

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
    parser.add_argument(
        "-j", "--json", action="store_true", help="print them as JSON instead (aws-vault's name for export)"
    )


def run(args: argparse.Namespace, context: Context) -> int:
    """Never returns, unless it prints JSON: the exit status is the command's own."""
    from pass_aws.credentials.deliver import deliver
    from pass_aws.system import become, child_environment

    name = profile_argument.of(args, context, choose=True)
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
