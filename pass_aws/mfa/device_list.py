"""Lists the MFA devices in the config file and the store, with their profiles and the sources of codes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pass_aws.mfa import codes
from pass_aws.store.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pass_aws.context import Context

ENTRY, PROCESS, PROMPT = "entry", "mfa_process", "prompt"
"""Sources of codes: a seed in the store, a program, the user."""


class Row(NamedTuple):
    """One device.

    Args:
        mfa_serial: its ARN or number; for a seed without a profile it is derived from the entry's path.
        profiles: those whose section names it.
        code_source: ENTRY, PROCESS or PROMPT.
        entry: the one with its seed, in pass; None if there is none.
    """

    mfa_serial: str
    profiles: list[str]
    code_source: str
    entry: str | None = None


def rows(context: Context) -> list[Row]:
    """All devices, those in the config file first; does not need gpg or network."""
    config = context.files.config()
    used: dict[str, list[str]] = {}
    process: set[str] = set()
    named: dict[str, str] = {}
    for name in config.names:
        section = config.profile(name)
        if section is None or "mfa_serial" not in section.values:
            continue
        serial = section.values["mfa_serial"].text
        used.setdefault(serial, []).append(name)
        process |= {serial} & ({serial} if "mfa_process" in section.values else set())
        if "mfa_entry" in section.values:
            named[serial] = section.values["mfa_entry"].text
    found = []
    seen = set()
    for serial, names in used.items():
        label = named.get(serial) or codes.place(serial, context)
        seen.add(label)
        if label and context.store.path_exists(label):
            found.append(Row(serial, names, ENTRY, label))
        else:
            found.append(Row(serial, names, PROCESS if serial in process else PROMPT))
    return found + _unused(seen, context)


def _unused(seen: set[str], context: Context) -> list[Row]:
    """The seeds without a profile."""
    own = context.store
    prefix = context.env.get("PASS_AWS_MFA_PREFIX", codes.PREFIX)
    if not prefix.strip("/"):
        return []  # otherwise every entry of the store would look like one
    seeds = Store(own.root, prefix, own.gpg, own.env, own.warn)
    labels = [(name, seeds.label(name)) for name in seeds.names()]
    return [Row(_serial(name), [], ENTRY, label) for name, label in labels if label not in seen]


def _serial(name: str) -> str:
    account, _, device = name.partition("/")
    return f"arn:aws:iam::{account}:mfa/{device}" if account.isdigit() and device else name


def table(found: Iterable[Row]) -> list[str]:
    """A table with one line per device."""
    cells = [("Device", "Profiles", "Codes from")]
    for row in found:
        source = f"entry {row.entry}" if row.entry else row.code_source
        cells.append((row.mfa_serial, ", ".join(row.profiles) or "-", source))
    first, second = (max(len(row[at]) for row in cells) + 2 for at in (0, 1))
    return [f"{row[0]:<{first}}{row[1]:<{second}}{row[2]}" for row in cells]
