"""`credential-process`: prints credentials for an SDK whose config file names this program."""

from __future__ import annotations

import sys

from pass_aws.cache.ticket import PROCESS_MARGIN
from pass_aws.command_line import options, profile_argument
from pass_aws.credentials import formats

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from pass_aws.context import Context

EXAMPLES = """
    credential_process = pass-aws credential-process ro   in ~/.aws/config
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares PROFILE and the credential options."""
    profile_argument.add(parser)
    options.add(parser, margin="15m")


def run(args: argparse.Namespace, context: Context) -> int:
    """Prints one JSON object.

    Source: https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
    """
    from pass_aws.credentials.deliver import deliver

    name = profile_argument.read(args, context)
    delivered = deliver(name, context, margin=PROCESS_MARGIN)
    sys.stdout.write(formats.text("process", delivered.exports, profile=name))
    return 0
