"""TAB, from the key to the completed text on the screen of a real shell."""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

from bench.clock import Result, figures
from bench.worlds import TOP
from pass_aws.installation import install_targets

sys.path += [str(TOP / "tests"), str(TOP / "tests/support")]
from keyboard import WIPE, Keyboard
from tab_world import SETUP

if TYPE_CHECKING:
    from bench.worlds import World

AIM = 60.0
"""Milliseconds that a TAB may take."""
PROFILE = "zz-the-last-one"
LINES = {
    "a command": ("pass aws cred", "ential-process"),
    "an option": ("pass aws exec ro --policy-f", "ile"),
    "a profile": ("pass aws exec zz-the", "-last-one"),
    "the wrapped command's file": ("pass aws exec ro -- cat zz-fi", "le-here"),
}
"""The typed text, and the text that must then appear."""
SHELLS = ("bash", "zsh", "fish")


def measured_tabs(place: World, rounds: int, warm_up: int) -> list[Result]:
    """Presses TAB in all shells in turns; returns medians for each kind of word."""
    _install(place)
    times: dict[tuple[str, str], list[float]] = {(shell, what): [] for shell in SHELLS for what in LINES}
    with ExitStack() as stack:
        keyboards = {shell: stack.enter_context(_keyboard(shell, place)) for shell in SHELLS}
        for number in range(rounds + warm_up):
            for (shell, what), found in times.items():
                took = _once(keyboards[shell], *LINES[what])
                if number >= warm_up:
                    found.append(took)
    return [
        Result(f"TAB in {shell}: {what}", *figures(found), most=AIM) for (shell, what), found in times.items()
    ]


def _install(place: World) -> None:
    """Installs the program with its libraries next to it, as `make install` does; a checkout is slower."""
    import argcomplete

    beside = place.folder / "installed"
    beside.mkdir()
    (beside / "pass_aws").symlink_to(TOP / "pass_aws")
    (beside / "argcomplete").symlink_to(argcomplete.__path__[0])
    core = install_targets.Core(sys.executable, str(beside / "pass_aws" / "__main__.py"))
    front = install_targets.baked((TOP / install_targets.EXTENSION).read_text(), core)
    (place.bin / "pass-aws").write_text(front)
    with (place.home / ".aws" / "config").open("a") as config:
        config.write(f"[profile {PROFILE}]\n")
    (place.folder / "here").mkdir()
    (place.folder / "here" / "zz-file-here").touch()


def _keyboard(shell: str, place: World) -> Keyboard:
    folder = place.folder / shell
    folder.mkdir()
    setup = SETUP[shell] + ("; set -g fish_autosuggestion_enabled 0" if shell == "fish" else "")
    return Keyboard(shell, place.env, folder, setup, cwd=str(place.folder / "here"))


def _once(keyboard: Keyboard, typed: str, rest: str) -> float:
    keyboard.type(WIPE)
    keyboard.line(typed)  # all of it is visible
    keyboard.seen()
    start = time.perf_counter()
    keyboard.type("\t")
    keyboard.expect(rest)
    return (time.perf_counter() - start) * 1000
