"""`add`: stores an access key."""

from __future__ import annotations

import argparse

from pass_aws.command_line import options, profile_argument
from pass_aws.store import entry_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pass_aws.context import Context

EXAMPLES = """
    pass aws add dev         ask for key id and secret
    pass aws add dev --env   read them from the environment
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares PROFILE, the source of the key, and how it is stored."""
    profile_argument.add(parser)
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--env", action="store_true", help="read AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
    source.add_argument("--stdin", action="store_true", help="read stdin: two lines (id, secret), or JSON")
    parser.add_argument("--force", action="store_true", help="replace a stored key without asking")
    parser.add_argument(
        "--no-verify", action="store_true", help="store without checking (S3-compatible services)"
    )
    parser.add_argument("--allow-root", action="store_true", help="allow a key of the root user")
    parser.add_argument(
        "--mfa-serial", metavar="ARN", default="", help="MFA device to write into the new profile"
    )
    parser.add_argument(
        "--region",
        metavar="REGION",
        default="",
        help="region for the check and for the new profile",
    )
    parser.add_argument(
        "--no-config",
        "--no-add-config",
        action="store_true",
        help="do not write to the config file",
    )
    parser.add_argument(
        "--add-config", dest="no_config", action="store_false", default=False, help=argparse.SUPPRESS
    )
    options.add_no_input(parser)


def run(args: argparse.Namespace, context: Context) -> int:
    """Stores the key."""
    from pass_aws.aws import values
    from pass_aws.keys.add import add
    from pass_aws.keys.add_request import Request

    entry_names.check_name(args.profile)
    source = "env" if args.env else "stdin" if args.stdin else "terminal"
    request = Request(
        entry_names.clean(args.profile),
        source=source,
        verify=not args.no_verify,
        allow_root=args.allow_root,
        force=args.force,
        write_config=not args.no_config,
        mfa_serial=options.valid("--mfa-serial", args.mfa_serial, values.serial),
        region=options.valid("--region", args.region, values.region),
    )
    add(request, context)
    return 0
