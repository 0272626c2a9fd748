"""The door to the browser: it is sent to a one-shot redirect, and what it is told there is in no argv."""

from __future__ import annotations

import shutil
import sys
import time
from typing import TYPE_CHECKING

from pass_aws.console import launcher
from pass_aws.console.redirect import Redirect
from pass_aws.errors import MUST_ASK, UserError
from pass_aws.system import background

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pass_aws.console.launcher import Launcher

PATIENCE = 60.0
"""Seconds in which a browser has to ask for the page; a cold start on a busy machine takes ten."""
STEP = 0.05


def at_hand(env: Mapping[str, str], template: str = "", profile: str = "") -> Launcher:
    """How a URL is opened here; `words` of the answer is empty where it cannot be.

    Args:
        env: the caller's environment.
        template: the user's `--browser`, or empty.
        profile: what `{profile}` in the template stands for.

    Raises:
        UserError: the template is not a command line.
    """

    def found(program: str) -> bool:
        return shutil.which(program, path=env.get("PATH")) is not None

    return launcher.chosen(env, template, found, sys.platform, profile)


def open_url(
    url: str, how: Launcher, env: Mapping[str, str], *, instead: str, patience: float = PATIENCE
) -> None:
    """Opens a URL, and returns when the browser has been sent to it.

    Args:
        url: a secret, most likely; it goes to the browser over loopback, to one request of this user's.
        how: what `at_hand` returned.
        env: the browser's environment.
        instead: what to do where this does not work, for hints: `run pass aws login ro --stdout`.
        patience: seconds to wait for the browser.

    Raises:
        UserError: there is no browser (exit status 4), it failed, or it did not ask for the page.
    """
    if not how.words:
        raise UserError(f"cannot open a browser: {how.reason}", hint=instead, code=MUST_ASK)
    with Redirect(url) as redirect:
        running = background.start(how.argv(redirect.address), env)
        deadline = time.monotonic() + patience
        while not redirect.fetched.wait(STEP):
            if running.failed():
                raise UserError(f"the browser command ({how.reason}) failed", hint=instead)
            if time.monotonic() > deadline:
                late = f"the browser ({how.reason}) did not ask for the page within {patience:g} seconds"
                raise UserError(late, hint=instead)
