"""`whoami`: shows the account and identity of a profile."""

from __future__ import annotations

import sys

from pass_aws.command_line import options, profile_argument

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from pass_aws.context import Context


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares PROFILE, `--json` and the credential options."""
    profile_argument.add(parser, default=profile_argument.VARIABLE)
    parser.add_argument("--json", action="store_true", help="print the JSON of GetCallerIdentity")
    options.add(parser)


def run(args: argparse.Namespace, context: Context) -> int:
    """Prints account, ARN and user id."""
    from pass_aws.credentials.deliver import deliver

    delivered = deliver(profile_argument.read(args, context), context)
    endpoint = delivered.plan.settings.endpoint()
    who = context.aws.caller_identity(delivered.credentials, endpoint)
    if args.json:
        import json

        answer = {"UserId": who.user_id, "Account": who.account, "Arn": who.arn}
        sys.stdout.write(json.dumps(answer, indent=4) + "\n")
    else:
        sys.stdout.write(f"account  {who.account}\narn      {who.arn}\nuser id  {who.user_id}\n")
    return 0
