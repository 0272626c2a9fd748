"""Chooses the way to sign in: with a browser here, with a code on another device, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pass_aws.console.browser_choice import Launcher

CODE, DEVICE, NOBODY = "authorization code", "device code", "nobody"


class Way(NamedTuple):
    """A way to sign in, and the reason for it."""

    name: str
    reason: str


def chosen(
    launcher: Launcher, *, quiet: bool, device_code: bool, no_terminal: str, option: str = "--device-code"
) -> Way:
    """The first possible way.

    Args:
        launcher: opens a browser, or says why it cannot.
        quiet: prompts are forbidden.
        device_code: whether the option for another device was given.
        no_terminal: why nothing can be shown on the terminal; empty if it can.
        option: the name of that option.
    """
    if quiet:
        return Way(NOBODY, "--no-input is set")
    if launcher.words and not device_code:
        return Way(CODE, f"a browser is available: {launcher.reason}")
    reason = option if device_code else launcher.reason
    if no_terminal:
        return Way(NOBODY, f"{reason}, and {no_terminal}")
    return Way(DEVICE, reason)
