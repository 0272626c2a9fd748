"""Checks the values that count, turns durations into seconds, and says where to look for what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pass_aws.aws import values
from pass_aws.config import setting_keys

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pass_aws.config.inheritance import Found, Level
    from pass_aws.config.profiles import Profiles


def faults_of(found: Level) -> list[str]:
    """All that is wrong, each with where it was found; durations become seconds."""
    faults = []
    instance = "credential_source" in found and found["credential_source"].text == "Ec2InstanceMetadata"
    for key in (
        *setting_keys.IDENTITY,
        *setting_keys.SETTINGS,
        *setting_keys.NARROWING,
        *(setting_keys.INSTANCE if instance else ()),
    ):
        if key.name in found:
            elsewhere = key.name == "role_arn" and "sts.endpoint_url" in found
            faults += _fault(key.name, found[key.name], values.any_role_arn if elsewhere else key.check)
    wrong: set[Found] = set()
    for key in setting_keys.DURATIONS:
        if key.name in found and found[key.name] not in wrong and (fault := _duration(key.name, found)):
            wrong.add(found[key.name])
            faults += fault
    return faults


def _duration(name: str, found: Level) -> list[str]:
    """A role takes less than a session; what is meant for every call is bounded by those that are made."""
    value = found[name]
    for_every_call = value.origin in ("--duration", *setting_keys.DURATION_ENV)
    of_role = name == "duration_seconds" and (not for_every_call or "role_arn" in found)
    longest = values.LONGEST_ROLE if of_role else values.LONGEST_SESSION
    faults = _fault(name, value, lambda text: values.bounded(values.duration(text), longest))
    if not faults:
        found[name] = value._replace(text=str(values.duration(value.text)))
    return faults


def _fault(name: str, value: Found, check: Callable[[str], object]) -> list[str]:
    """What is wrong with a value, in one line."""
    if "\n" in value.text and not name.endswith("_process") and name != "policy":
        return [f"{value.at(name)} goes on in an indented line: remove the indentation"]
    try:
        check(value.text)
    except ValueError as error:
        return [f"{value.at(name)}: {error}"]
    return []


def meant_for(name: str, *files: Profiles) -> list[str]:
    """Headers that were probably meant for a profile that does not exist."""
    problems = [problem for file in files for problem in file.header_problems()]
    return [str(problem) for problem in problems if problem.meant == name]


def hint(faults: Sequence[str], *paths: str) -> str:
    """Which files to edit; a variable or an option is named by its fault."""
    wrong = [path for path in paths if any(fault.startswith(f"{path}:") for fault in faults)]
    return f"edit {' and '.join(wrong)}" if wrong else "correct it or leave it out"
