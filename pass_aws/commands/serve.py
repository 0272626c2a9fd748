"""`serve`: runs a credential server for containers and IDEs."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from pass_aws.command_line import options, profile_argument
from pass_aws.errors import USAGE, UserError

if TYPE_CHECKING:
    import argparse

    from pass_aws.context import Context

EXAMPLES = """
    pass aws serve ro                   print the variables to set, then serve
    pass aws serve ro --port 8765       serve on a fixed port
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares PROFILE, the address to listen on, and the credential options."""
    profile_argument.add(parser, default=profile_argument.VARIABLE)
    parser.add_argument(
        "--bind", metavar="ADDRESS", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)"
    )
    parser.add_argument("--port", metavar="PORT", default="0", help="port to listen on (default: a free one)")
    options.add(parser, margin="15m")


def run(args: argparse.Namespace, context: Context) -> int:
    """Prints the variables, and serves until SIGINT or SIGTERM."""
    from pass_aws.server import listener, serving

    name = profile_argument.read(args, context)
    if not (args.port.isascii() and args.port.isdigit() and len(args.port) < 6):
        raise UserError("--port is not a number", hint="give a number, as in --port 8765", code=USAGE)
    with listener.bound(args.bind, int(args.port)) as listening:
        server = serving.of_ecs(listening)
        found = serving.first(name, context, server.wanted)
        if not args.bind.startswith("127."):
            context.warn(
                f"warning: any host that can reach {args.bind} and knows the token gets these credentials"
            )
        lines = {**server.variables, **({"AWS_REGION": found.region} if found.region else {})}
        sys.stdout.writelines(f"{variable}={value}\n" for variable, value in lines.items())
        sys.stdout.flush()
        context.tell(f"pass aws: serving profile {name}; press Ctrl-C to stop")
        serving.alone(server, name, context, found.credentials)
    return 0
