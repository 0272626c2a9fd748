"""Collects facts about gpg: writes nothing, starts no agent, causes no prompt."""

from __future__ import annotations

import os
import re
import shutil
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

from pass_aws.doctor import facts_gpg
from pass_aws.doctor.facts_gpg import Gnupg
from pass_aws.errors import UserError
from pass_aws.gpg import invocation
from pass_aws.gpg.gpg import Gpg
from pass_aws.gpg.keys import ELSEWHERE, EXPIRED, REVOKED, Key, keys
from pass_aws.installation import shells
from pass_aws.mfa import pinentry_program

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LOOK = ("--no-autostart", "--lock-never", "--no-auto-key-locate", "--no-random-seed-file")
"""gpg starts no agent and no keyboxd, writes neither locks nor a random seed, and contacts no server."""
KEYRINGS = ("pubring.kbx", "pubring.gpg", "public-keys.d/pubring.db")
SYSTEM = "/etc/gnupg"
"""The directory of configuration files for all users."""
PATIENCE, OF_AGENT = 20.0, 10.0
"""Seconds for an answer that needs no user input, also on a busy machine: of gpg, and of its agent."""


class Ring(NamedTuple):
    """gpg for reading only.

    Args:
        gpg: asks no agent that does not run already.
        home: its directory.
        conf: the words of its gpg.conf.
        agent: the state of gpg-agent.
        has_keys: whether it can list keys; not if they are in a keyboxd that does not run.
    """

    gpg: Gpg
    home: str
    conf: frozenset[str]
    agent: str
    has_keys: bool


def ring(env: Mapping[str, str], scratch: str) -> Ring:
    """Prepares gpg for reading only.

    Args:
        env: the caller's.
        scratch: an empty directory, for what gpg makes where it has no key yet, and for a copy of its trust
            database, which it brings up to date when it looks.
    """
    gpg, home = Gpg(env, quiet=True), _home(env)
    there = any(os.path.exists(f"{home}/{name}") for name in KEYRINGS)
    conf = _options(f"{home}/gpg.conf")
    more = [*LOOK]
    if not there:
        more += ["--homedir", scratch]
    else:
        with suppress(OSError):
            shutil.copyfile(f"{home}/trustdb.gpg", f"{scratch}/trustdb.gpg")
        more += ["--trustdb-name", f"{scratch}/trustdb.gpg"]
    gpg.options = [*gpg.options, *more]
    return Ring(gpg, home, conf, _agent(env, home), _has_keys(gpg, home) if there else True)


def _has_keys(gpg: Gpg, home: str) -> bool:
    """Whether gpg lists its keys without starting a keyboxd. Source: GnuPG 2.4's manual, common.conf."""
    boxed = any("use-keyboxd" in _options(f"{place}/common.conf") for place in (home, SYSTEM))
    if not boxed or "/" not in gpg.path:
        return True
    try:
        keys(gpg, "--list-keys")
    except UserError:
        return False
    return True


def _home(env: Mapping[str, str]) -> str:
    words = [
        word
        for given in invocation.words(env.get("PASSWORD_STORE_GPG_OPTS", ""))
        for word in given.split("=")
    ]
    if "--homedir" in words[:-1]:
        return words[words.index("--homedir") + 1]
    return env.get("GNUPGHOME") or f"{env.get('HOME', '')}/.gnupg"


def _options(path: str) -> frozenset[str]:
    """The lines of a configuration file of gpg, with single blanks and without leading dashes."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return frozenset(" ".join(line.split()).lstrip("-") for line in file)
    except OSError:
        return frozenset()


def _agent(env: Mapping[str, str], home: str) -> str:
    program = shutil.which("gpg-connect-agent", path=env.get("PATH", ""))
    if not program or not os.path.isdir(home):
        return facts_gpg.ASLEEP
    ask = [program, "--homedir", home, "--no-autostart", "GETINFO restricted", "/bye"]
    answer = shells.said(ask, invocation.environment(env), patience=OF_AGENT)
    if answer is None:
        return facts_gpg.SILENT
    return {"OK": facts_gpg.RESTRICTED, "ER": facts_gpg.OPEN}.get(answer[:2], facts_gpg.ASLEEP)


def facts(known: Ring, env: Mapping[str, str]) -> Gnupg:
    """The state of gpg, its agent and its pinentry."""
    gpg = known.gpg
    if "/" not in gpg.path:
        return Gnupg()
    configured = pinentry_program.configured({**env, "GNUPGHOME": known.home})
    pinentry = configured if not configured or os.access(configured, os.X_OK) else ""
    pinentry = pinentry if configured else pinentry_program.installed(env)
    flavour = os.path.basename(os.path.realpath(pinentry)).removeprefix("pinentry-") if pinentry else ""
    without = {name: value for name, value in env.items() if name != "GPG_TTY"}
    terminal = invocation.tty(without) or ""
    tty = env.get("GPG_TTY")
    return Gnupg(
        program=gpg.path,
        has_keys=known.has_keys,
        version=_version(gpg),
        agent=known.agent,
        may_start="no-autostart" not in known.conf,
        socket=_socket(env, known.home),
        conf=f"{known.home}/gpg-agent.conf",
        configured=configured,
        pinentry=pinentry,
        flavour=flavour,
        gpg_tty=tty,
        gpg_tty_works=bool(tty) and invocation.tty({"GPG_TTY": tty or ""}) == tty,
        terminal=terminal,
    )


def _version(gpg: Gpg) -> tuple[int, ...]:
    answer = shells.said([gpg.path, "--version"], gpg.env, patience=PATIENCE) or ""
    found = re.match(r".*?(\d+)\.(\d+)\.(\d+)", answer)
    return tuple(map(int, found.groups())) if found else ()


def _socket(env: Mapping[str, str], home: str) -> str:
    """The path of the agent's socket."""
    program = shutil.which("gpgconf", path=env.get("PATH", ""))
    ask = [program or "", "--homedir", home, "--list-dirs", "agent-socket"]
    answer = shells.said(ask, invocation.environment(env), patience=PATIENCE) if program else ""
    return unquote((answer or "").strip())


def secret(known: Ring) -> list[Key]:
    """The keys of this user; if no agent runs, those with a key file."""
    if "/" not in known.gpg.path:
        return []
    try:
        if known.agent in (facts_gpg.OPEN, facts_gpg.RESTRICTED):
            listed = keys(known.gpg, "--list-secret-keys")
            restricted = known.agent == facts_gpg.RESTRICTED
            return [key for key in listed if restricted or key.token != ELSEWHERE]
        listed = keys(known.gpg, "--list-keys")
    except UserError:
        return []
    folder = f"{known.home}/private-keys-v1.d"
    return [key for key in listed if key.grip and os.path.exists(f"{folder}/{key.grip}.key")]


def usable(found: Iterable[Key]) -> tuple[str, ...]:
    """The fingerprints of those keys to which something can be encrypted."""
    good = (key.primary for key in found if key.encrypts and key.validity not in (EXPIRED, REVOKED))
    return tuple(dict.fromkeys(good))


def trusts_all(known: Ring) -> bool:
    """Whether gpg trusts every key."""
    always = {"trust-model always", "always-trust"}
    words = " ".join(known.gpg.options).replace("=", " ")
    return bool(always & known.conf) or "--trust-model always" in words or "--always-trust" in words
