"""Choosing a profile: with fzf where there is one, else from a numbered list; only ever at a terminal."""

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
"""Seconds that fzf may stand there."""
MOST = 18
"""Rows of a list; with the question below it that is one screen."""


def picked(context: Context) -> str:
    """The profile that a person chooses; empty where nobody can be asked or there is none.

    Raises:
        UserError: they chose none.
        KeyboardInterrupt: they gave up.
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
    """What was chosen in fzf; empty if it does not work here."""
    with tempfile.TemporaryFile() as file:
        file.write("".join(f"{name}\0" for name in names).encode())
        file.seek(0)
        with context.tty.lent():
            done = programs.run(FZF, context.parent, stdin=file, timeout=PATIENCE)
    if done.code == GIVEN_UP:
        raise KeyboardInterrupt
    if done.code == NOTHING_FITS:
        raise UserError("no profile was chosen", code=FAILED)
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
            context.tell(f"no profile has {answer} in its name")
            found = names


def narrowed(answer: str, shown: Sequence[str], names: Sequence[str]) -> Sequence[str]:
    """The profiles that an answer may mean.

    Args:
        answer: a whole name, a number in the list, or a part of names in any case.
        shown: the list that was numbered.
        names: all profiles.
    """
    if answer in names:
        return [answer]
    if answer.isdecimal() and len(answer) < 4 and 0 < int(answer) <= min(MOST, len(shown)):
        return [shown[int(answer) - 1]]
    return [name for name in names if answer.casefold() in name.casefold()]
