"""Options of commands that call IAM as the user who owns the stored key."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse


def add(parser: argparse.ArgumentParser) -> None:
    """Declares these options."""
    add_signing(parser)
    parser.add_argument("--no-input", action="store_true", help="never ask: exit 4 instead")


def add_signing(parser: argparse.ArgumentParser) -> None:
    """Declares the options about signing."""
    parser.add_argument(
        "-n", "--no-session", action="store_true", help="sign with the key itself, not with an MFA session"
    )
    parser.add_argument("-t", "--mfa-token", metavar="CODE", help="use this one-time code instead of asking")
    parser.add_argument(
        "--prompt", metavar="DRIVER", help="ask with terminal, pinentry, zenity, kdialog, ykman"
    )
    parser.add_argument("--region", metavar="REGION", help="use this region instead of the profile's")
