"""Chooses the command that opens a URL: `--browser`, `$BROWSER`, WSL's, the desktop's, or none.

Source: xdg-open(1) for `$BROWSER`: commands separated by colons, `%s` is replaced by the URL.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pass_aws.errors import USAGE, UserError
from pass_aws.text.quoting import split

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

URL, PROFILE = "{url}", "{profile}"
DISPLAYS = ("WAYLAND_DISPLAY", "DISPLAY")
WSL = ("WSL_DISTRO_NAME", "WSL_INTEROP")
REMOTE = ("SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT")
OPENERS = ("xdg-open", "gio", "sensible-browser", "x-www-browser", "firefox", "chromium", "google-chrome")
WORDS = {"gio": ("gio", "open")}
"""Openers that need more than their name before the URL."""


class Launcher(NamedTuple):
    """A way to open a URL.

    Args:
        words: the command, with `{url}` where the URL goes; empty if there is none.
        reason: where the command comes from, or why there is none.
        remote: whether this is an SSH session, whose user sits at another machine.
    """

    words: tuple[str, ...]
    reason: str
    remote: bool = False

    def argv(self, url: str) -> list[str]:
        """The command for one URL."""
        return [word.replace(URL, url) for word in self.words]


def chosen(
    env: Mapping[str, str], template: str, found: Callable[[str], bool], system: str, profile: str = ""
) -> Launcher:
    """The launcher for this environment.

    Args:
        env: the caller's environment.
        template: `--browser`: a command line with `{url}`, and perhaps `{profile}`, in it.
        found: whether a program is on PATH.
        system: `sys.platform`.
        profile: the value of `{profile}` in the template.

    Raises:
        UserError: the template cannot be split into words.
    """
    if template:
        words = [word.replace(PROFILE, profile) for word in _split(template)]
        return Launcher(_with_url(words), "--browser")
    for command in env.get("BROWSER", "").split(":"):
        words = _lenient(command)
        if words and found(words[0]):
            return Launcher(_with_url(words), "BROWSER")
    if any(env.get(name) for name in WSL) and found("wslview"):
        return Launcher(("wslview", URL), "wslview")
    if any(env.get(name) for name in REMOTE):
        return Launcher((), "this is an SSH session", remote=True)
    return _of_desktop(env, found, system)


def _of_desktop(env: Mapping[str, str], found: Callable[[str], bool], system: str) -> Launcher:
    if system == "darwin":
        return Launcher(("open", URL), "open")
    if not any(env.get(name) for name in DISPLAYS):
        return Launcher((), "there is no display")
    opener = next((name for name in OPENERS if found(name)), "")
    if not opener:
        return Launcher((), f"none of {', '.join(OPENERS[:3])} is installed")
    return Launcher((*WORDS.get(opener, (opener,)), URL), opener)


def _split(template: str) -> list[str]:
    try:
        words = split(template)
    except ValueError:
        raise UserError("--browser has an unclosed quote", code=USAGE) from None
    if not words:
        raise UserError(
            "--browser is empty", hint="give a command, as in --browser 'firefox {url}'", code=USAGE
        )
    return words


def _lenient(command: str) -> list[str]:
    try:
        return split(command)
    except ValueError:
        return []


def _with_url(words: list[str]) -> tuple[str, ...]:
    """The words with `{url}`: `%s` is an older spelling, and without either it is added at the end."""
    put = [word.replace("%s", URL) for word in words]
    return tuple(put) if any(URL in word for word in put[1:]) else (*put, URL)
