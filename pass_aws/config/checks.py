"""Checks the effective values, converts durations to seconds, and says which file to edit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pass_aws.aws import values
from pass_aws.config import setting_keys
from pass_aws.config.inheritance import Found
from pass_aws.errors import UserError
from pass_aws.text import durations
from pass_aws.text.safe_text import listed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pass_aws.config.inheritance import Level
    from pass_aws.config.profiles import Profiles


def faults_of(found: Level) -> list[str]:
    """All faults, each with its place; converts durations to seconds."""
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


def refuse_wrong(options: Level) -> None:
    """Refuses values of options that no profile makes right.

    Args:
        options: from config/precedence.

    Raises:
        UserError: names all of them.
    """
    endpoint = Found("", "", "")  # the profile may name a service whose roles have other ARNs
    faults = faults_of({**options, "sts.endpoint_url": endpoint})
    if duration := options.get("duration"):
        faults += _fault("duration", duration, lambda text: values.bounded(int(text), values.LONGEST_SESSION))
    if faults:
        raise UserError(listed(faults), hint=hint(faults))


def _duration(name: str, found: Level) -> list[str]:
    """Checks the limit, which is lower for a role than for a session; a common value must fit all calls."""
    value = found[name]
    for_every_call = value.origin in ("--duration", *setting_keys.DURATION_ENV)
    of_role = name == "duration_seconds" and (not for_every_call or "role_arn" in found)
    longest = values.LONGEST_ROLE if of_role else values.LONGEST_SESSION
    faults = _fault(name, value, lambda text: values.bounded(durations.parse(text), longest))
    if not faults:
        found[name] = value._replace(text=str(durations.parse(value.text)))
    return faults


def _fault(name: str, value: Found, check: Callable[[str], object]) -> list[str]:
    """The faults of a value."""
    if "\n" in value.text and not name.endswith("_process") and name != "policy":
        return [f"{value.at(name)} continues in an indented line: remove the indentation"]
    try:
        check(value.text)
    except ValueError as error:
        return [f"{value.at(name)}: {error}"]
    return []


def meant_for(name: str, *files: Profiles) -> list[str]:
    """The problems with headers that probably mean a profile that does not exist."""
    problems = [problem for file in files for problem in file.header_problems()]
    return [str(problem) for problem in problems if problem.meant == name]


def hint(faults: Sequence[str], *paths: str) -> str:
    """A hint that names the files to edit; the faults themselves name variables and options."""
    wrong = [path for path in paths if any(fault.startswith(f"{path}:") for fault in faults)]
    return f"edit {' and '.join(wrong)}" if wrong else "correct it, or omit it"
