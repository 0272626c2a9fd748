"""The values of a profile in the files: its own section, included profiles, and `[default]`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pass_aws.config import setting_keys
from pass_aws.errors import UserError
from pass_aws.text.safe_text import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pass_aws.config.profiles import Profiles, Section

STATIC = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token", "aws_security_token")
INCLUDE = "include_profile"
KNOWN = frozenset({*(key.name for key in setting_keys.ALL), *STATIC, INCLUDE})


class Found(NamedTuple):
    """A value and its origin.

    Args:
        text: never empty.
        origin: for people: `[profile ro]`, `AWS_REGION`, `--region`.
        where: for error messages: `file:line`, or equal to origin.
    """

    text: str
    origin: str
    where: str

    def at(self, key: str) -> str:
        """The place of this key for an error: with its name, unless a variable or option says it all."""
        return f"{self.where}: {key}" if ":" in self.where else self.where


Level = dict[str, Found]


class Inherited(NamedTuple):
    """The values in the files.

    Args:
        exists: whether one of the files has a section for the profile.
        own: the profile's section and the included ones, nearest first.
        default: the section `[default]`; empty if it is in `own`.
        faults: all faults so far.
    """

    exists: bool
    own: tuple[Level, ...]
    default: Level
    faults: tuple[str, ...]


def collect(config: Profiles, credentials: Profiles, name: str) -> Inherited:
    """Collects the sections that give a profile its values.

    Args:
        config: the config file.
        credentials: the credentials file; its values override those of the same profile in the config file.
        name: of the profile.
    """
    faults: list[str] = []
    there = _level(config, credentials, name, faults)
    level = there or {}
    own = {name: level}
    while include := level.get(INCLUDE):
        if include.text in own:
            loop = " → ".join(map(shown, [*own, include.text]))
            faults.append(f"{include.where}: include_profile forms a loop: {loop}")
            break
        included = _level(config, credentials, include.text, faults)
        if included is None:
            faults.append(f"{include.where}: there is no profile {shown(include.text)} to include")
        level = own[include.text] = included or {}
    default = {} if "default" in own else _level(config, credentials, "default", faults) or {}
    return Inherited(there is not None, tuple(own.values()), default, tuple(dict.fromkeys(faults)))


def _level(config: Profiles, credentials: Profiles, name: str, faults: list[str]) -> Level | None:
    """One profile's values from both files; None if neither has it."""
    title = "[default]" if name == "default" else f"[profile {name}]"
    there = [
        _of_file(config, name, title, faults),
        _of_file(credentials, name, f"[{name}] in the credentials file", faults),
    ]
    in_config, in_credentials = (level or {} for level in there)
    if any(key in in_credentials for key in STATIC[:2]):
        in_config = {key: value for key, value in in_config.items() if key not in STATIC}
    return None if there == [None, None] else in_config | in_credentials


def _of_file(file: Profiles, name: str, origin: str, faults: list[str]) -> Level | None:
    try:
        section = file.profile(name)
    except UserError as error:
        faults.append(str(error))
        return {}
    if section is None:
        return None
    wrong = sorted(section.nested.keys() & KNOWN)
    faults += [f"{file.path}:{section.line}: {key} has an indented block instead of a value" for key in wrong]
    return dict(values(section, origin, file.path))


def values(section: Section, origin: str, path: str) -> Iterator[tuple[str, Found]]:
    """The values of a section that are not empty."""
    for key, value in section.values.items():
        if value.text:
            yield key, Found(value.text, origin, f"{path}:{value.line}")
