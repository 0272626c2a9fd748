"""`init`: prints the optional shell function `awsp`, its completion, and a part for the prompt."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from pass_aws.context import Context

SHELLS = ("bash", "zsh", "fish")
EXAMPLES = """
    in ~/.bashrc, and with zsh for bash in ~/.zshrc:
        command -v pass-aws >/dev/null && eval "$(pass-aws init bash)"
    in ~/.config/fish/config.fish:
        type -q pass-aws; and pass-aws init fish | source
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the shell."""
    parser.add_argument("shell", choices=SHELLS, metavar="SHELL", help="bash, zsh or fish")


def run(args: argparse.Namespace, context: Context) -> int:
    """Prints one of the files in completions/."""
    from pass_aws.installation import installed

    sys.stdout.write(installed.shipped(f"completions/awsp.{args.shell}").decode())
    return 0
