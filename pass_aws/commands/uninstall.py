"""`uninstall`: takes away exactly what `install` put there."""

from __future__ import annotations

from pass_aws.commands import install as placing
from pass_aws.errors import DONE
from pass_aws.installation import install, install_targets

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from pass_aws.context import Context

EXAMPLES = """
    pass-aws uninstall --user   undoes pass-aws install --user
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares whose installation."""
    parser.usage = "pass aws uninstall --user | --prefix DIR [options]"
    placing.add_place(parser)
    parser.set_defaults(
        extension_dir=install_targets.EXTENSION_DIR
    )  # the list knows the real one; pass may be gone


def run(args: argparse.Namespace, context: Context) -> int:
    """Removes the files; those that somebody changed stay and are named."""
    for path in install.remove(placing.named(args, context.parent)):
        context.warn(f"changed since it was installed, so it stays: {path}")
    return DONE
