"""gpg, its agent, and whether it can ask for a passphrase."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pass_aws.doctor.facts_gpg import OPEN, RESTRICTED, SILENT
from pass_aws.doctor.finding import Finding, fail, ok, warn
from pass_aws.text.quoting import command, quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pass_aws.doctor.facts import Facts

OLDEST = (2, 2)
"""The oldest version that is tested; older ones lack `--quick` commands and have other status lines."""
LONGEST_SOCKET = 107
"""Bytes of a socket's path. Source: unix(7), sun_path."""
ON_TERMINAL = ("curses", "tty")


def program(facts: Facts) -> Iterator[Finding]:
    """The program is installed, and new enough."""
    gpg, install = facts.gnupg, facts.person.install("gpg")
    version = ".".join(map(str, gpg.version))
    if not gpg.program:
        yield fail("gpg-version", "gpg is not on PATH", "pass and pass aws cannot read the store", install)
    elif gpg.version < OLDEST:
        why = "pass aws needs 2.2 or newer"
        yield fail("gpg-version", f"the version of {gpg.program} is {version or 'unknown'}", why, install)
    else:
        yield ok("gpg-version", f"gpg {version}")


def keyboxd(facts: Facts) -> Iterator[Finding]:
    """The keys can be listed."""
    if not facts.gnupg.has_keys:
        why = "the recipients are not checked; gpg starts it when it needs a key"
        launch = command("gpgconf", "--launch", "keyboxd")
        yield warn("keyboxd", "keyboxd, which stores gpg's keys, does not run yet", why, launch)


def agent(facts: Facts) -> Iterator[Finding]:
    """The agent answers, or can be started."""
    gpg = facts.gnupg
    if not gpg.program:
        return
    if gpg.agent in (OPEN, RESTRICTED):
        where = "is forwarded from another machine" if gpg.agent == RESTRICTED else "runs"
        yield ok("gpg-agent", f"gpg-agent {where}")
    elif gpg.agent == SILENT:
        why = "gpg waits for it forever"
        gone = command("rm", "-f", "--", gpg.socket)
        yield fail("gpg-agent", "gpg-agent does not answer; gpg would start another", why, gone)
    elif len(gpg.socket.encode()) > LONGEST_SOCKET:
        why = "no agent can be started, so nothing can be decrypted"
        uid = facts.person.uid
        fix = facts.person.as_root("install", "-d", "-m", "700", "-o", uid, f"/run/user/{uid}")
        yield fail("gpg-agent", f"the path of gpg-agent's socket is too long: {gpg.socket}", why, fix)
    elif not gpg.may_start:
        why = "no-autostart in gpg.conf keeps gpg from starting one; if the agent is forwarded, reconnect"
        launch = command("gpgconf", "--launch", "gpg-agent")
        yield fail("gpg-agent", f"no gpg-agent listens at {gpg.socket}", why, launch)
    else:
        yield ok("gpg-agent", "gpg-agent does not run yet; gpg starts it when it needs it")


def pinentry(facts: Facts) -> Iterator[Finding]:
    """There is a program that asks for the passphrase."""
    gpg = facts.gnupg
    if not gpg.program or gpg.agent == RESTRICTED:
        return
    why = "gpg cannot ask for a passphrase"
    if gpg.configured and not gpg.pinentry:
        drop = command("sed", "-i", "--follow-symlinks", "/^[[:space:]]*-*pinentry-program/d", gpg.conf)
        found = f"{gpg.conf} names a pinentry that cannot be run: {gpg.configured}"
        yield fail("pinentry", found, why, f"{drop} && gpgconf --kill gpg-agent")
    elif not gpg.pinentry:
        yield fail("pinentry", "no pinentry is installed", why, facts.person.install("pinentry"))
    else:
        yield ok("pinentry", f"pinentry is {gpg.pinentry}")


def gpg_tty(facts: Facts) -> Iterator[Finding]:
    """A pinentry for terminals has a terminal."""
    gpg = facts.gnupg
    if not (gpg.pinentry and gpg.terminal) or gpg.flavour not in ON_TERMINAL:
        return
    tty = "(tty)" if facts.person.shell == "fish" else '"$(tty)"'
    now = facts.person.set_now("GPG_TTY", tty)
    why = f"{gpg.pinentry} cannot ask if standard input is not a terminal; pass aws itself can"
    if gpg.gpg_tty is None:
        yield warn("gpg-tty", "GPG_TTY is not set", why, now)
    elif not gpg.gpg_tty_works:
        yield warn("gpg-tty", f"GPG_TTY is not a terminal: {quote(gpg.gpg_tty)}", why, now)
    else:
        yield ok("gpg-tty", f"GPG_TTY is {gpg.gpg_tty}")
