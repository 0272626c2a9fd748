"""Chooses the source of a one-time code, and says why."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from pass_aws.errors import USAGE, NobodyError, UserError
from pass_aws.text.safe_text import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

GIVEN, PROCESS, OTPAUTH = "-t", "mfa_process", "otpauth"
TERMINAL, PINENTRY, ZENITY, KDIALOG, YKMAN = "terminal", "pinentry", "zenity", "kdialog", "ykman"
TYPED = (TERMINAL, PINENTRY, ZENITY, KDIALOG)
"""Drivers for which the user types the code, and may mistype it."""
KNOWN = (*TYPED, YKMAN)
ELSEWHERE = {
    "osascript": "it exists only on macOS; use --prompt pinentry",
    "wincredui": "it exists only on Windows; use --prompt pinentry",
    "pass": "set mfa_process, or mfa_entry to a store entry with an otpauth:// line",
}
"""aws-vault's other drivers, and their replacements."""


class Options(Protocol):
    """The command line's options about codes and prompts."""

    @property
    def mfa_token(self) -> str | None:
        """The code itself."""

    @property
    def prompt(self) -> str | None:
        """A driver's name."""


class Sources(NamedTuple):
    """A profile's sources of codes that do not need the user.

    Args:
        serial: the device.
        process: whether it has mfa_process.
        entry: the store entry with the otpauth line; empty if there is none.
    """

    serial: str
    process: bool = False
    entry: str = ""


class Choice(NamedTuple):
    """A driver, and the reason for it."""

    name: str
    reason: str

    @property
    def asks(self) -> bool:
        """Whether the user has to do something."""
        return self.name in KNOWN


def driver(
    env: Mapping[str, str],
    options: Options,
    absence: Callable[[str], str],
    sources: Sources,
    *,
    quiet: bool = False,
) -> Choice:
    """Chooses a driver.

    Drivers that do not need the user come first. AWS_VAULT_PROMPT only chooses between the ways to ask, as
    in aws-vault; `--prompt` and PASS_AWS_PROMPT take precedence over the profile's own sources.

    Args:
        env: the caller's environment.
        options: the command line.
        absence: returns why a driver cannot be used; empty if it can. Called only for possible drivers.
        sources: of the profile.
        quiet: whether prompts are forbidden.

    Raises:
        UserError: the driver is unknown, or no prompt is possible.

    Source: aws-vault vault/mfa.go and prompt/prompt.go for names and order.
    """
    if options.mfa_token:
        return Choice(GIVEN, "the code was given with -t")
    named = _named(env, options)
    if named and named.reason != "AWS_VAULT_PROMPT" and not quiet:
        return _usable(named, absence, sources)
    if sources.process:
        return Choice(PROCESS, "the profile has mfa_process")
    if sources.entry:
        return Choice(OTPAUTH, f"the store has {sources.entry}")
    if quiet:
        raise NobodyError(sources.serial, "--no-input is set")
    return _usable(named, absence, sources) if named else _automatic(env, absence, sources)


def _named(env: Mapping[str, str], options: Options) -> Choice | None:
    """The driver that an option or a variable names, with its place as the reason.

    Raises:
        UserError: the driver does not exist.
    """
    places = {
        "--prompt": options.prompt or "",
        "PASS_AWS_PROMPT": env.get("PASS_AWS_PROMPT", ""),
        "AWS_VAULT_PROMPT": env.get("AWS_VAULT_PROMPT", ""),
    }
    place, name = next(((place, name) for place, name in places.items() if name), ("", ""))
    return Choice(known(place, name), place) if name else None


def known(place: str, name: str) -> str:
    """A driver's name.

    Args:
        place: of the name, for the message.
        name: to check.

    Raises:
        UserError: the driver does not exist.
    """
    if name in ELSEWHERE:
        raise UserError(f"{place}: driver {name} is not available here", hint=ELSEWHERE[name], code=USAGE)
    if name not in KNOWN:
        raise UserError(
            f"{place}: unknown driver {shown(name)}", hint=f"use one of {', '.join(KNOWN)}", code=USAGE
        )
    return name


def _usable(choice: Choice, absence: Callable[[str], str], sources: Sources) -> Choice:
    if reason := absence(choice.name):
        raise NobodyError(sources.serial, f"{choice.name} ({choice.reason}) cannot ask: {reason}")
    return choice


def _automatic(env: Mapping[str, str], absence: Callable[[str], str], sources: Sources) -> Choice:
    """The first usable driver; a YubiKey with a configured account comes first: it needs only a touch."""
    order = (YKMAN, *TYPED) if env.get("YKMAN_OATH_CREDENTIAL_NAME") else TYPED
    reasons: dict[str, str] = {}
    for name in order:
        reasons[name] = absence(name)
        if not reasons[name]:
            passed = "; ".join(f"{name}: {reason}" for name, reason in reasons.items() if reason)
            return Choice(name, passed or "it is the first available driver")
    raise NobodyError(sources.serial, "; ".join(f"{name}: {reason}" for name, reason in reasons.items()))


def pinentry_absence(program: str, *, configured: bool, display: bool, terminal: str) -> str:
    """Why pinentry cannot ask; empty if it can.

    Args:
        program: its real file, without symlinks; empty if there is none.
        configured: whether gpg-agent.conf names it; an unknown one may have other ways to ask.
        display: whether there is a graphical display.
        terminal: why the terminal cannot be used.
    """
    if not program:
        return "it is not installed"
    name = program.rpartition("/")[2]
    if "curses" in name or "tty" in name:
        return terminal
    graphical = ("gnome", "gtk", "qt", "fltk", "efl", "x11", "kwallet")
    stock = not configured or any(word in name for word in graphical)
    return "there is no display" if stock and not display and terminal else ""
