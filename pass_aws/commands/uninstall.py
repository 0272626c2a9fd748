"""`uninstall`: removes exactly what `install` has written, and lists what it must leave."""

from __future__ import annotations

import sys

from pass_aws.commands import install as placing
from pass_aws.errors import DONE
from pass_aws.installation import install, install_targets, startup_files
from pass_aws.text.safe_text import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from pass_aws.context import Context

EXAMPLES = """
    pass-aws uninstall --user   remove what install --user has written
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares which installation to remove."""
    parser.usage = "pass aws uninstall --user | --prefix DIR [options]"
    placing.add_place(parser, "remove your own installation", "remove the installation for all users")
    parser.set_defaults(
        extension_dir=install_targets.EXTENSION_DIR
    )  # the recorded list has the real directory; pass may be uninstalled


def run(args: argparse.Namespace, context: Context) -> int:
    """Removes the files and lists them; also lists changed files and lines left in startup files."""
    whole = placing.named(args, context.parent)
    removal = install.remove(whole)
    lines = [f"removed {path}" for path in removal.removed]
    if removal.line:
        lines.append(f"removed {whole.dotfile[0]} (one line)")
    if not lines and not removal.kept:
        lines = [f"nothing to remove: {whole.destdir}{whole.manifest} does not list any file"]
    lines += [f"kept, because it was changed after installation: {path}" for path in removal.kept]
    found = [] if whole.destdir else startup_files.mentions(startup_files.homes(context.parent))
    if found:
        lines += ["still in startup files; remove the lines that no other pass extension needs:"]
        lines += [f"    {path}:{number}: {text}" for path, number, text in found]
    sys.stdout.write("".join(f"{printable(line)}\n" for line in lines))
    return DONE
