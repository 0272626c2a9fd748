"""Asks gpg-agent about itself and its keys, if gpg alone does not tell why it failed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pass_aws.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pass_aws.gpg.process import Program

OPEN, RESTRICTED, UNREACHABLE = "open", "restricted", "unreachable"
PATIENCE = 20
"""Seconds to wait for an answer that does not need the user."""


def standing(gpg: Program) -> str:
    """OPEN; RESTRICTED for the extra socket of an agent on another machine; or UNREACHABLE.

    A restricted agent decrypts, but does not describe its keys and accepts no pinentry mode.
    """
    answer = _asked(gpg, "GETINFO restricted")
    if answer.startswith(b"OK"):
        return RESTRICTED
    return OPEN if answer.startswith(b"ERR") or _elsewhere(gpg) else UNREACHABLE


def _elsewhere(gpg: Program) -> bool:
    """Whether the user's options set another home, with another agent."""
    return any(option.startswith("--homedir") for option in gpg.options)


def needs_passphrase(gpg: Program, grips: Iterable[str]) -> bool:
    """Whether the agent must ask for the passphrase of one of these keys; False if it does not say.

    Source: gnupg agent/command.c, KEYINFO: field 5 is `1` for a cached passphrase, field 6 `P` for a
    protected key and `C` for one without passphrase.
    """
    rows = [_asked(gpg, f"KEYINFO {grip}").split(b"\n")[0].split(b" ") for grip in grips]
    return any(row[6:8] == [b"-", b"P"] for row in rows)


def card(gpg: Program) -> str:
    """The serial number of the inserted card; empty if there is none."""
    row = _asked(gpg, "SCD SERIALNO").split(b"\n")[0].split(b" ")
    return row[2].decode("ascii", "replace") if row[:2] == [b"S", b"SERIALNO"] and len(row) > 2 else ""


def _asked(gpg: Program, command: str) -> bytes:
    """The agent's answer to a command; empty if the agent does not run."""
    from pass_aws.system import programs

    argv = ["gpg-connect-agent", "--no-autostart", command, "/bye"]
    try:
        with open(os.devnull, "wb") as nowhere:
            return programs.run(argv, gpg.env, stderr=nowhere, timeout=PATIENCE).out
    except UserError:
        return b""
