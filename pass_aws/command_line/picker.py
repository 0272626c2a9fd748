"""Lets the user choose a profile on a terminal: with fzf if installed, else from a numbered list."""

from __future__ import annotations

import sys
import tempfile
from shutil import which
from typing import TYPE_CHECKING

from pass_aws.command_line import candidates
from pass_aws.errors import FAILED, UserError
from pass_aws.system import programs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pass_aws.context import Context

FZF = ("fzf", "--read0", "--print0", "--no-multi", "--height=50%", "--reverse", "--prompt=profile> ")
NOTHING_FITS, GIVEN_UP = 1, 130
PATIENCE = 3600.0
"""Seconds after which fzf is ended."""
MOST = 18
"""Rows of the list; with the question they fit on one screen."""


def picked(context: Context) -> str:
    """The profile that the user chooses; empty if no prompt is possible or no profile exists.

    Raises:
        UserError: the user chose none.
        KeyboardInterrupt: the user pressed Ctrl-C.
    """
    if context.quiet or not sys.stderr.isatty() or not context.tty.available():
        return ""
    names = [name for name in candidates.profiles(context) if name.isprintable()]
    if not names:
        return ""
    if context.tty.moves(sys.stderr) and which(FZF[0], path=context.parent.get("PATH")):
        return _by_fzf(names, context) or _by_list(names, context)
    return _by_list(names, context)


def _by_fzf(names: Sequence[str], context: Context) -> str:
    """The profile chosen in fzf; empty if fzf does not work here."""
    with tempfile.TemporaryFile() as file:
        file.write("".join(f"{name}\0" for name in names).encode())
        file.seek(0)
        with context.tty.lent():
            done = programs.run(FZF, context.parent, stdin=file, timeout=PATIENCE)
    if done.code == GIVEN_UP:
        raise KeyboardInterrupt
    if done.code == NOTHING_FITS:
        raise UserError("no profile was chosen", hint="give PROFILE, or choose one", code=FAILED)
    return done.out.decode().removesuffix("\0") if done.code == 0 else ""


def _by_list(names: Sequence[str], context: Context) -> str:
    found = names
    while True:
        for number, name in enumerate(found[:MOST], 1):
            context.tell(f"{number:3}  {name}")
        if len(found) > MOST:
            context.tell(f"     and {len(found) - MOST} more")
        answer = context.tty.ask("profile (its number, or a part of its name): ")
        found = narrowed(answer, found, names)
        if len(found) == 1:
            return found[0]
        if not found:
            context.tell(f"no profile name contains {answer}")
            found = names


def narrowed(answer: str, shown: Sequence[str], names: Sequence[str]) -> Sequence[str]:
    """The profiles that match an answer.

    Args:
        answer: a name, a number in the list, or a part of a name in any case.
        shown: the numbered list.
        names: all profiles.
    """
    if answer in names:
        return [answer]
    if answer.isdecimal() and len(answer) < 4 and 0 < int(answer) <= min(MOST, len(shown)):
        return [shown[int(answer) - 1]]
    return [name for name in names if answer.casefold() in name.casefold()]
