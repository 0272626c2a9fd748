"""`explain`: shows the plan for a profile without running it."""

from __future__ import annotations

import json
import sys

from pass_aws.command_line import options, profile_argument
from pass_aws.text.safe_text import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from pass_aws.context import Context


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares PROFILE, `--json` and the credential options."""
    profile_argument.add(parser, default=profile_argument.VARIABLE)
    parser.add_argument("--json", action="store_true", help="print JSON")
    options.add(parser)


def run(args: argparse.Namespace, context: Context) -> int:
    """Prints the plan, without decryption, prompts or calls."""
    from pass_aws.credentials import explain, profile_lookup

    name = profile_argument.read(args, context)
    answer = explain.explained(name, context)
    if args.json:
        sys.stdout.write(json.dumps(answer, indent=2) + "\n")
        return 0
    width = max((len(key) for key in answer["settings"]), default=0)
    lines = [f"profile {name}", "", "settings:"]
    lines += [
        f"  {key:<{width}}  {one['value']}    ({one['from']})" for key, one in answer["settings"].items()
    ]
    lines += ["", "steps:"]
    steps = explain.sentences(profile_lookup.planned(name, context))
    lines += [f"  {number}. {sentence}" for number, sentence in enumerate(steps, 1)]
    if answer["notes"]:
        lines += ["", "notes:", *(f"  {note}" for note in answer["notes"])]
    lines += ["", f"cached: until {answer['cached']['expires']}" if answer["cached"] else "cached: nothing"]
    sys.stdout.writelines(f"{printable(line)}\n" for line in lines)
    return 0
