"""`install`: installs `pass aws` for one user or for the system, and checks that it is found."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from pass_aws.errors import DONE, UserError
from pass_aws.installation import install, install_targets, pass_program, self_check
from pass_aws.system import own_command

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from pass_aws.context import Context

EXAMPLES = """
    pass-aws install --user   install without root; prints what else is needed
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares for whom to install, and the options for packagers."""
    parser.usage = "pass aws install --user | --prefix DIR [options]"
    add_place(
        parser,
        "install for yourself, in your home directory",
        "install for all users, as `make install` does",
    )
    parser.add_argument(
        "--extension-dir",
        metavar="DIR",
        default="",
        type=folder,
        help="with --prefix: extension directory of pass",
    )
    parser.add_argument("--dry-run", action="store_true", help="print the paths, write nothing")


def add_place(parser: argparse.ArgumentParser, of_user: str, for_all: str) -> None:
    """Declares --user and --prefix with these help texts, and --destdir, as `uninstall` has them, too."""
    whom = parser.add_mutually_exclusive_group(required=True)
    whom.add_argument("--user", action="store_true", help=of_user)
    whom.add_argument("--prefix", metavar="DIR", type=folder, help=for_all)
    parser.add_argument(
        "--destdir", metavar="DIR", default="", type=folder, help="for packagers: prepend DIR to every path"
    )


def folder(text: str) -> str:
    """The absolute path of a directory, without a slash at its end; an empty text stays empty."""
    return str(Path(text).absolute()).rstrip("/") if text else ""


def named(args: argparse.Namespace, env: Mapping[str, str]) -> install.Installation:
    """The installation that the arguments name.

    Raises:
        UserError: the place where pass looks for extensions cannot be found.
    """
    paths = sys.executable, own_command.MAIN
    core = install_targets.Core(*(path.removeprefix(args.destdir) for path in paths))
    if args.user:
        return install.for_user(env, core)
    return install.for_system(args.prefix, env, core, extension_dir=args.extension_dir, destdir=args.destdir)


def run(args: argparse.Namespace, context: Context) -> int:
    """Installs the files, prints what else is needed, and checks the installation.

    Raises:
        UserError: another file is in the way, or `pass aws` does not answer afterwards.
    """
    whole = named(args, context.parent)
    if args.dry_run:
        sys.stdout.write("".join(f"{file.path}\n" for file in install.planned(whole)))
        return DONE
    lines = install.place(whole)
    if whole.dotfile[0]:
        lines.append(f"{whole.dotfile[0]} (one line)")
    needed = self_check.needed(whole, context.parent) if whole.personal else []
    sys.stdout.write("".join(f"{line}\n" for line in (*lines, *needed)))
    sys.stdout.flush()
    if not whole.destdir:
        prove(whole, context, "with these lines, " if needed else "")
    return DONE


def hint(whole: install.Installation, env: Mapping[str, str]) -> str:
    """A hint why pass may not find the extension."""
    if not pass_program.path(env):
        return "pass is not on PATH: install pass, or run pass-aws instead"
    return f"check that pass looks for extensions in {self_check.exports(whole)[pass_program.FOLDER]}"


def prove(whole: install.Installation, context: Context, condition: str) -> None:
    """Runs `pass aws version`, and warns of each installed shell that does not read its completion.

    Args:
        whole: the installation.
        context: the caller's environment.
        condition: what the caller's shell still needs; empty if nothing.

    Raises:
        UserError: `pass aws` does not answer.
    """
    with tempfile.TemporaryDirectory() as empty:
        home = context.parent.get("HOME", empty) if whole.personal else empty
        env = self_check.surroundings(whole, context.parent, home)
        if not self_check.answers(env):
            raise UserError(
                "the files are installed, but `pass aws version` does not answer", hint=hint(whole, env)
            )
        sys.stdout.write(f"{condition}`pass aws version` answers\n")
        for line in self_check.unread(whole, env, empty):
            context.warn(f"warning: {line}")
