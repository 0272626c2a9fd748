"""Starts the browser with the URL of a one-time redirect, so that no argv contains the real URL."""

from __future__ import annotations

import shutil
import sys
import time
from typing import TYPE_CHECKING

from pass_aws.console import browser_choice
from pass_aws.console.redirect import Redirect
from pass_aws.errors import MUST_ASK, UserError
from pass_aws.system import background

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pass_aws.console.browser_choice import Launcher

PATIENCE = 60.0
"""Seconds to wait until the browser requests the page; a cold start on a busy machine takes ten."""
STEP = 0.05


def at_hand(env: Mapping[str, str], template: str = "", profile: str = "") -> Launcher:
    """The launcher that opens a URL here; its `words` are empty if there is none.

    Args:
        env: the caller's environment.
        template: the user's `--browser`, or empty.
        profile: the value of `{profile}` in the template.

    Raises:
        UserError: the template is not a command line.
    """

    def found(program: str) -> bool:
        return shutil.which(program, path=env.get("PATH")) is not None

    return browser_choice.chosen(env, template, found, sys.platform, profile)


def open_url(
    url: str, how: Launcher, env: Mapping[str, str], *, instead: str, patience: float = PATIENCE
) -> None:
    """Opens a URL, and returns when the browser has been redirected to it.

    Args:
        url: probably a secret; the browser gets it over loopback, in answer to one request of this user.
        how: the result of `at_hand`.
        env: the browser's environment.
        instead: the alternative, for hints: `run pass aws login ro --stdout`.
        patience: seconds to wait for the browser.

    Raises:
        UserError: there is no browser (exit status 4), it failed, or it did not request the page.
    """
    if not how.words:
        raise UserError(f"cannot open a browser: {how.reason}", hint=instead, code=MUST_ASK)
    with Redirect(url) as redirect:
        try:
            running = background.start(how.argv(redirect.address), env)
        except UserError as error:
            raise error.with_hint(instead) from None
        deadline = time.monotonic() + patience
        while not redirect.fetched.wait(STEP):
            if running.failed():
                raise UserError(f"the browser command ({how.reason}) failed", hint=instead)
            if time.monotonic() > deadline:
                late = f"the browser ({how.reason}) did not request the page within {patience:g} seconds"
                raise UserError(late, hint=instead)
