"""Which way a one-time code is had, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from pass_aws.errors import MUST_ASK, USAGE, UserError
from pass_aws.text.safe_text import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

GIVEN, PROCESS, OTPAUTH = "-t", "mfa_process", "otpauth"
TERMINAL, PINENTRY, ZENITY, KDIALOG, YKMAN = "terminal", "pinentry", "zenity", "kdialog", "ykman"
TYPED = (TERMINAL, PINENTRY, ZENITY, KDIALOG)
"""A person types the code, and may mistype it."""
KNOWN = (*TYPED, YKMAN)
ELSEWHERE = {
    "osascript": "it is of macOS; use --prompt pinentry",
    "wincredui": "it is of Windows; use --prompt pinentry",
    "pass": "set mfa_process, or mfa_entry to a store entry with an otpauth:// line",
}
"""The other drivers of aws-vault, and what takes their place."""


class Options(Protocol):
    """What the command line says about codes and questions."""

    @property
    def mfa_token(self) -> str | None:
        """The code itself."""

    @property
    def prompt(self) -> str | None:
        """A driver's name."""


class Sources(NamedTuple):
    """Where a profile has its codes from without a person.

    Args:
        serial: the device.
        process: it has mfa_process.
        entry: the store entry with the otpauth line; empty if there is none.
    """

    serial: str
    process: bool = False
    entry: str = ""


class Choice(NamedTuple):
    """A driver, and why it was taken."""

    name: str
    reason: str

    @property
    def asks(self) -> bool:
        """Whether a person has to do something."""
        return self.name in KNOWN


def driver(
    env: Mapping[str, str],
    options: Options,
    absence: Callable[[str], str],
    sources: Sources,
    *,
    quiet: bool = False,
) -> Choice:
    """Chooses.

    What needs no person comes first. AWS_VAULT_PROMPT only chooses among the ways to ask, as in aws-vault;
    `--prompt` and PASS_AWS_PROMPT go before the profile's own sources.

    Args:
        env: the caller's environment.
        options: the command line.
        absence: why a driver cannot be used; empty if it can. Called only for those in question.
        sources: what the profile has.
        quiet: whether nobody may be asked.

    Raises:
        UserError: an unknown driver, or nobody to ask.

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


class NobodyError(UserError):
    """A code is needed and nobody can be asked; who knows what was asked for adds the command to run.

    Args:
        serial: the device.
        reason: why not.
    """

    def __init__(self, serial: str, reason: str) -> None:
        super().__init__(f"an MFA code of {serial} is needed ({reason})", code=MUST_ASK)


def _named(env: Mapping[str, str], options: Options) -> Choice | None:
    """The driver somebody named, with the place as the reason.

    Raises:
        UserError: there is no such driver.
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
        place: where it was found, for the message.
        name: what may be one.

    Raises:
        UserError: there is no such driver.
    """
    if name in ELSEWHERE:
        raise UserError(f"{place}: no driver {name} here", hint=ELSEWHERE[name], code=USAGE)
    if name not in KNOWN:
        raise UserError(
            f"{place}: unknown driver {shown(name)}", hint=f"one of {', '.join(KNOWN)}", code=USAGE
        )
    return name


def _usable(choice: Choice, absence: Callable[[str], str], sources: Sources) -> Choice:
    if reason := absence(choice.name):
        raise NobodyError(sources.serial, f"and {choice.name} ({choice.reason}) cannot ask: {reason}")
    return choice


def _automatic(env: Mapping[str, str], absence: Callable[[str], str], sources: Sources) -> Choice:
    """The first that can: a key for which the person named the account needs a touch, no typing."""
    order = (YKMAN, *TYPED) if env.get("YKMAN_OATH_CREDENTIAL_NAME") else TYPED
    reasons: dict[str, str] = {}
    for name in order:
        reasons[name] = absence(name)
        if not reasons[name]:
            passed = "; ".join(f"{name}: {reason}" for name, reason in reasons.items() if reason)
            return Choice(name, passed or "it is the first that can ask")
    raise NobodyError(sources.serial, "; ".join(f"{name}: {reason}" for name, reason in reasons.items()))


def pinentry_absence(program: str, *, configured: bool, display: bool, terminal: str) -> str:
    """Why pinentry cannot ask; empty if it can.

    Args:
        program: the file it really is, links resolved; empty if there is none.
        configured: gpg-agent.conf names it; one we know nothing about may have its own ways.
        display: there is a graphical display.
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
