"""The MFA devices that the config file and the store know: who uses them, and where their codes come from."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pass_aws.mfa import codes
from pass_aws.store.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pass_aws.context import Context

ASKED = "asked for"


class Row(NamedTuple):
    """One device.

    Args:
        serial: its ARN or number; for a seed without a profile what its place says.
        profiles: those whose section names it.
        codes: where its codes come from: `entry NAME`, `mfa_process`, or `asked for`.
    """

    serial: str
    profiles: list[str]
    codes: str


def rows(context: Context) -> list[Row]:
    """All devices, those of the config file first; no gpg, no network."""
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
        there = bool(label) and context.store.path_exists(label)
        source = "mfa_process" if serial in process else ASKED
        found.append(Row(serial, names, f"entry {label}" if there else source))
    return found + _unused(seen, context)


def _unused(seen: set[str], context: Context) -> list[Row]:
    """The seeds that no profile names."""
    own = context.store
    prefix = context.env.get("PASS_AWS_MFA_PREFIX", codes.PREFIX)
    if not prefix.strip("/"):
        return []  # every entry of the store would look like one
    seeds = Store(own.root, prefix, own.gpg, own.env, own.warn)
    labels = [(name, seeds.label(name)) for name in seeds.names()]
    return [Row(_serial(name), [], f"entry {label}") for name, label in labels if label not in seen]


def _serial(name: str) -> str:
    account, _, device = name.partition("/")
    return f"arn:aws:iam::{account}:mfa/{device}" if account.isdigit() and device else name


def table(found: Iterable[Row]) -> list[str]:
    """A line each, in columns."""
    cells = [("Device", "Profiles", "Codes")]
    cells += [(row.serial, ", ".join(row.profiles) or "-", row.codes) for row in found]
    first, second = (max(len(row[at]) for row in cells) + 2 for at in (0, 1))
    return [f"{row[0]:<{first}}{row[1]:<{second}}{row[2]}" for row in cells]
