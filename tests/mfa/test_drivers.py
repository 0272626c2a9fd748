"""The choice of a code's source: those without the user, then prompts, else a reason and a command."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from pass_aws.errors import MUST_ASK, USAGE, UserError
from pass_aws.mfa import drivers
from pass_aws.mfa.drivers import KNOWN, Choice, Sources

SERIAL = "arn:aws:iam::123456789012:mfa/alice"
NOBODY = Sources(SERIAL)
PROCESS = Sources(SERIAL, process=True)
ENTRY = Sources(SERIAL, entry="aws-mfa/123456789012/alice")
BOTH = Sources(SERIAL, process=True, entry="aws-mfa/123456789012/alice")


class Options(NamedTuple):
    mfa_token: str = ""
    prompt: str = ""
    no_input: bool = False


def chosen(
    sources: Sources, options: Options, env: dict[str, str], absent: dict[str, str] | None = None
) -> Choice:
    """The choice if every driver exists that `absent` does not name."""
    return drivers.driver(
        env, options, lambda name: (absent or {}).get(name, ""), sources, quiet=options.no_input
    )


GONE = dict.fromkeys(KNOWN, "it is gone")


def only(*present: str) -> dict[str, str]:
    return {name: reason for name, reason in GONE.items() if name not in present}


@pytest.mark.parametrize(
    ("sources", "options", "env", "absent", "name"),
    [
        (BOTH, Options(mfa_token="123456", prompt="zenity"), {"PASS_AWS_PROMPT": "kdialog"}, {}, "-t"),
        (BOTH, Options(mfa_token="123456", no_input=True), {}, GONE, "-t"),
        (BOTH, Options(), {}, {}, "mfa_process"),
        (ENTRY, Options(), {}, {}, "otpauth"),
        (BOTH, Options(no_input=True), {}, GONE, "mfa_process"),
        (ENTRY, Options(no_input=True), {}, GONE, "otpauth"),
        (NOBODY, Options(), {}, {}, "terminal"),
        (NOBODY, Options(), {}, only("pinentry", "zenity", "kdialog", "ykman"), "pinentry"),
        (NOBODY, Options(), {}, only("zenity", "kdialog", "ykman"), "zenity"),
        (NOBODY, Options(), {}, only("kdialog", "ykman"), "kdialog"),
        (NOBODY, Options(), {"YKMAN_OATH_CREDENTIAL_NAME": "aws"}, {}, "ykman"),
        (NOBODY, Options(), {"YKMAN_OATH_CREDENTIAL_NAME": "aws"}, only("terminal"), "terminal"),
        (PROCESS, Options(), {"YKMAN_OATH_CREDENTIAL_NAME": "aws"}, {}, "mfa_process"),
        (BOTH, Options(prompt="terminal"), {}, {}, "terminal"),
        (BOTH, Options(), {"PASS_AWS_PROMPT": "zenity"}, {}, "zenity"),
        (BOTH, Options(), {"AWS_VAULT_PROMPT": "zenity"}, {}, "mfa_process"),
        (ENTRY, Options(), {"AWS_VAULT_PROMPT": "zenity"}, {}, "otpauth"),
        (NOBODY, Options(), {"AWS_VAULT_PROMPT": "zenity"}, {}, "zenity"),
        (NOBODY, Options(prompt="ykman"), {"PASS_AWS_PROMPT": "zenity"}, {}, "ykman"),
        (NOBODY, Options(), {"PASS_AWS_PROMPT": "kdialog", "AWS_VAULT_PROMPT": "zenity"}, {}, "kdialog"),
        (ENTRY, Options(prompt="terminal", no_input=True), {}, {}, "otpauth"),
    ],
)
def test_the_order(
    sources: Sources, options: Options, env: dict[str, str], absent: dict[str, str], name: str
) -> None:
    """First a given code, then an explicit driver, then sources without the user, then prompts.

    The order of prompts is terminal, pinentry, zenity, kdialog.
    """
    assert chosen(sources, options, env, absent).name == name


def test_drivers_are_checked_only_when_needed() -> None:
    """A driver is checked only when its turn comes."""
    asked: list[str] = []

    def absence(name: str) -> str:
        asked.append(name)
        return "" if name == "pinentry" else "gone"

    drivers.driver({}, Options(), absence, BOTH)
    assert asked == []
    drivers.driver({}, Options(), absence, NOBODY)
    assert asked == ["terminal", "pinentry"]


def test_the_reason_names_the_skipped_drivers() -> None:
    """`--debug` and `explain` can say why this driver was chosen."""
    choice = chosen(NOBODY, Options(), {}, {"terminal": "there is no terminal"})
    assert choice == Choice("pinentry", "terminal: there is no terminal")


@pytest.mark.parametrize(
    ("sources", "options", "env", "words"),
    [
        (NOBODY, Options(no_input=True), {}, "--no-input is set"),
        (NOBODY, Options(prompt="zenity", no_input=True), {}, "--no-input is set"),
        (NOBODY, Options(prompt="zenity"), {}, "zenity (--prompt) cannot ask: it is gone"),
        (BOTH, Options(prompt="terminal"), {}, "terminal (--prompt) cannot ask: it is gone"),
        (
            NOBODY,
            Options(),
            {},
            "terminal: it is gone; pinentry: it is gone; zenity: it is gone; kdialog: it is gone",
        ),
    ],
)
def test_without_a_way_to_ask(sources: Sources, options: Options, env: dict[str, str], words: str) -> None:
    """The error has the reason and its exit status."""
    with pytest.raises(UserError) as caught:
        chosen(sources, options, env, GONE)
    assert caught.value.code == MUST_ASK
    assert words in str(caught.value)


@pytest.mark.parametrize("name", ["osascript", "wincredui", "pass"])
def test_the_other_drivers_of_aws_vault_are_refused(name: str) -> None:
    """The error is one line and names the replacement."""
    with pytest.raises(UserError) as caught:
        chosen(NOBODY, Options(), {"AWS_VAULT_PROMPT": name})
    assert str(caught.value) == f"AWS_VAULT_PROMPT: driver {name} is not available here"
    assert caught.value.hint
    assert caught.value.code == USAGE


def test_an_unknown_driver_is_refused() -> None:
    """A typo is shown with the known names, even if no prompt would be needed."""
    with pytest.raises(UserError) as caught:
        chosen(BOTH, Options(prompt="zennity"), {})
    assert str(caught.value) == "--prompt: unknown driver zennity"
    assert caught.value.hint == "use one of terminal, pinentry, zenity, kdialog, ykman"


@pytest.mark.parametrize(
    ("program", "configured", "display", "terminal", "absence"),
    [
        ("", False, True, "", "it is not installed"),
        ("/usr/bin/pinentry-curses", False, True, "there is no terminal", "there is no terminal"),
        ("/usr/bin/pinentry-tty", True, True, "there is no terminal", "there is no terminal"),
        ("/usr/bin/pinentry-curses", False, False, "", ""),
        ("/usr/bin/pinentry-gnome3", False, True, "there is no terminal", ""),
        ("/usr/bin/pinentry-qt", True, False, "there is no terminal", "there is no display"),
        ("/usr/bin/pinentry", False, False, "there is no terminal", "there is no display"),
        ("/usr/bin/pinentry", False, False, "", ""),
        ("/home/a/bin/pinentry-wsl.sh", True, False, "there is no terminal", ""),
    ],
)
def test_when_pinentry_can_ask(
    program: str, configured: bool, display: bool, terminal: str, absence: str
) -> None:
    """A text pinentry needs a terminal, a graphical one a display; a configured program is trusted."""
    found = drivers.pinentry_absence(program, configured=configured, display=display, terminal=terminal)
    assert found == absence
