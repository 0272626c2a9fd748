"""How a URL is opened, as a table of environments."""

from __future__ import annotations

import pytest

from pass_aws.console import browser_choice
from pass_aws.errors import USAGE, UserError

DESKTOP = {"DISPLAY": ":0"}
SSH = {"SSH_CONNECTION": "192.0.2.1 1 192.0.2.2 22"}
TABLE = {
    "a template overrides everything": ({**SSH, "BROWSER": "lynx"}, "firefox --new-tab {url}", "lynx", "firefox --new-tab U"),
    "a template without a place": ({}, "firefox -P work", "", "firefox -P work U"),
    "a template's program may be missing: its start reports it": ({}, "no-such", "", "no-such U"),
    "a template with a container": (
        {}, "firefox ext+container:name={profile}&url={url}", "", "firefox ext+container:name=P&url=U",
    ),
    "quotes in a template": ({}, "'my browser' '{url}'", "", "my browser|U"),
    "BROWSER": ({**DESKTOP, "BROWSER": "w3m"}, "", "w3m xdg-open", "w3m U"),
    "BROWSER over SSH, as editors set it": ({**SSH, "BROWSER": "/x/helper.sh"}, "", "/x/helper.sh", "/x/helper.sh U"),
    "BROWSER is a list": ({"BROWSER": "opera:w3m -T %s"}, "", "w3m", "w3m -T U"),
    "BROWSER names only missing programs": ({**DESKTOP, "BROWSER": "opera"}, "", "xdg-open", "xdg-open U"),
    "BROWSER with an open quote": ({**DESKTOP, "BROWSER": "'w3m"}, "", "w3m xdg-open", "xdg-open U"),
    "WSL": ({"WSL_DISTRO_NAME": "Debian", "DISPLAY": ":0"}, "", "wslview xdg-open", "wslview U"),
    "WSL without its tools": ({"WSL_INTEROP": "/run/x", "DISPLAY": ":0"}, "", "xdg-open", "xdg-open U"),
    "X11": (DESKTOP, "", "xdg-open firefox", "xdg-open U"),
    "Wayland": ({"WAYLAND_DISPLAY": "wayland-0"}, "", "xdg-open", "xdg-open U"),
    "a desktop without xdg-open": (DESKTOP, "", "gio firefox", "gio open U"),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLE)
def test_what_opens_a_url(name: str) -> None:
    """The first that is available: template, BROWSER, WSL's opener, the desktop's opener."""
    env, template, there, words = TABLE[name]
    how = browser_choice.chosen(env, template, lambda program: program in there.split(), "linux", "P")
    assert how.argv("U") == words.split("|" if "|" in words else " ")


@pytest.mark.parametrize(
    ("env", "there", "reason", "remote"),
    [
        ({}, "xdg-open", "there is no display", False),
        ({"DISPLAY": ""}, "xdg-open", "there is no display", False),
        (DESKTOP, "", "none of xdg-open, gio, sensible-browser is installed", False),
        ({**DESKTOP, **SSH}, "xdg-open", "this is an SSH session", True),
    ],
)
def test_the_reason_without_a_browser(env: dict[str, str], there: str, reason: str, remote: bool) -> None:
    """The reason is given; over SSH a browser is not opened, with a forwarded display or without."""
    how = browser_choice.chosen(env, "", lambda program: program in there.split(), "linux")
    assert how == ((), reason, remote)


def test_macos_needs_no_display() -> None:
    """On macOS a browser is opened without DISPLAY."""
    assert browser_choice.chosen({}, "", lambda _: True, "darwin").argv("U") == ["open", "U"]


@pytest.mark.parametrize(("template", "error"), [("firefox '", "unclosed quote"), (" ", "is empty")])
def test_a_template_that_is_not_a_command(template: str, error: str) -> None:
    """A bad template is wrong usage, reported before any sign-in."""
    with pytest.raises(UserError, match=error) as raised:
        browser_choice.chosen({}, template, lambda _: True, "linux")
    assert raised.value.code == USAGE
