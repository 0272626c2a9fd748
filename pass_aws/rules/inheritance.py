"""What the files say about a profile: its own section, what it includes, and `[default]`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pass_aws.rules.errors import UserError
from pass_aws.rules.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pass_aws.rules.config import Profiles, Section

STATIC = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token", "aws_security_token")


class Found(NamedTuple):
    """A value and where it was found.

    Args:
        text: never empty.
        origin: for people: `[profile ro]`, `AWS_REGION`, `--region`.
        where: for error messages: `file:line`, or the same as origin.
    """

    text: str
    origin: str
    where: str


Level = dict[str, Found]


class Inherited(NamedTuple):
    """What the files say.

    Args:
        exists: whether one of the files has a section for the profile.
        own: the profile's section and those it includes, nearest first.
        default: `[default]`'s section, empty where it is among `own`.
        faults: all that is wrong so far.
    """

    exists: bool
    own: tuple[Level, ...]
    default: Level
    faults: tuple[str, ...]


def of(config: Profiles, credentials: Profiles, name: str) -> Inherited:
    """Collects the sections that a profile takes its values from.

    Args:
        config: the config file.
        credentials: the credentials file; its values beat those of the same profile in the config file.
        name: the profile's.
    """
    faults: list[str] = []
    own: list[Level] = []
    names: list[str] = []
    follow = name
    while follow:
        if follow in names:
            faults.append(f"include_profile closes a loop: {' → '.join(map(shown, [*names, follow]))}")
            break
        level = _level(config, credentials, follow, faults)
        if level is None and names:
            faults.append(
                f"{own[-1]['include_profile'].where}: include_profile {shown(follow)} does not exist"
            )
        names.append(follow)
        own.append(level or {})
        follow = own[-1]["include_profile"].text if "include_profile" in own[-1] else ""
    exists = name in config.names or name in credentials.names
    default = {} if "default" in names else _level(config, credentials, "default", faults) or {}
    return Inherited(exists, tuple(own), default, tuple(dict.fromkeys(faults)))


def _level(config: Profiles, credentials: Profiles, name: str, faults: list[str]) -> Level | None:
    """One profile's values out of both files; None where neither has it."""
    level: Level = {}
    there = False
    for file, origin in ((config, _title(name)), (credentials, f"[{name}] in the credentials file")):
        try:
            section = file.profile(name)
        except UserError as error:
            faults.append(str(error))
            there = True
            continue
        if section is None:
            continue
        there = True
        found = dict(values(section, origin, file.path))
        if any(key in found for key in STATIC[:2]):
            level = {key: value for key, value in level.items() if key not in STATIC}
        level |= found
    return level if there else None


def _title(name: str) -> str:
    return "[default]" if name == "default" else f"[profile {name}]"


def values(section: Section, origin: str, path: str) -> Iterator[tuple[str, Found]]:
    """The values of a section that are not empty."""
    for key, value in section.values.items():
        if value.text:
            yield key, Found(value.text, origin, f"{path}:{value.line}")
