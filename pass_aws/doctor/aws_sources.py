"""Checks the source of each profile's credentials: missing sources, circles, contradictions."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from pass_aws.doctor.aws_config import MOST, NEAR, readable
from pass_aws.doctor.finding import Finding, fail, ok
from pass_aws.doctor.fixes import line_becomes
from pass_aws.text.quoting import command
from pass_aws.text.safe_text import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pass_aws.doctor.facts import Facts
    from pass_aws.doctor.facts_files import AwsConfig, Plan


def sources(facts: Facts) -> Iterator[Finding]:
    """Each `source_profile` exists, and none is part of a circle."""
    follows = _sources(facts.aws)
    known = follows.keys() | facts.aws.stored
    before = facts.aws.config_path
    wrong = 0
    for name, (source, line) in follows.items():
        if source and source not in known and wrong < MOST:
            wrong += 1
            found = f"{before}:{line}: there is no profile {shown(source)}, the source of {shown(name)}"
            yield fail("config-source", found, *_missing(source, line, known, facts))
    for loop in _loops(follows, facts.aws.stored)[:MOST]:
        wrong += 1
        line = follows[loop[0]][1]
        found = f"{before}:{line}: source_profile forms a loop: {' → '.join(map(shown, loop))}"
        yield fail(
            "config-source",
            found,
            "these profiles cannot get credentials",
            facts.person.edit(before, line),
        )
    if not wrong and follows:
        yield ok("config-source", "every source_profile exists, and none forms a loop")


def _missing(source: str, line: int, known: frozenset[str] | set[str], facts: Facts) -> tuple[str, str]:
    near = next(iter(get_close_matches(source, known, 1, NEAR)), "")
    why = "the profile cannot get credentials"
    if near:
        return f"{why}; did you mean {shown(near)}?", line_becomes(
            facts.aws.config_path, line, f"source_profile = {near}"
        )
    return f"{why}; store a key for it", command("pass", "aws", "add", source)


def _sources(aws: AwsConfig) -> dict[str, tuple[str, int]]:
    """The source of each profile, and the line that names it; empty and 0 if there is none."""
    found: dict[str, tuple[str, int]] = {}
    for file, _, credentials in aws.files:
        for name in file.names:
            found.setdefault(name, ("", 0))
        for section in () if credentials else readable(file):
            value = section.values.get("source_profile")
            if value and value.text:
                itself = value.text == section.name and "aws_access_key_id" in section.values
                found[section.name] = ("", 0) if itself else (value.text, value.line)
    return found


def _loops(follows: Mapping[str, tuple[str, int]], stored: frozenset[str]) -> list[list[str]]:
    """The circles among the sources, each once, its first profile again at its end."""
    done: set[str] = set()
    loops = []
    for start in follows:
        path: dict[str, int] = {}
        name = start
        while name in follows and name not in done and name not in path and name not in stored:
            path[name] = len(path)
            name = follows[name][0]
        if name in path:
            loops.append([*list(path)[path[name] :], name])
        done |= path.keys()
    return loops


def plans(facts: Facts) -> Iterator[Finding]:
    """Each profile has one way to credentials; profiles with the same problem are reported together."""
    aws = facts.aws
    told = [str(problem) for file, _, _ in aws.files for problem in file.problems()]
    follows = _sources(aws)
    causes: dict[str, list[Plan]] = {}
    for one in aws.refused:
        if not _is_told(one, told, follows, aws):
            causes.setdefault(one.lacking or one.message, []).append(one)
    for first, *others in list(causes.values())[:MOST]:
        if first.lacking:
            fix = command("pass", "aws", "add", first.lacking)
        else:
            fix = facts.person.edit(*_place(first.message, aws))
        more = f" (and {len(others)} more)" if others else ""
        found = f"profile {shown(first.name)}{more}: {first.message}"
        yield fail("profile", found, "it cannot get credentials", fix)
    if aws.checked and not causes:
        partly = "; name a profile to check it completely" if aws.is_partial else ""
        yield ok("profile", f"profiles that were checked completely: {aws.checked}{partly}")


def _is_told(one: Plan, told: list[str], follows: Mapping[str, tuple[str, int]], aws: AwsConfig) -> bool:
    """Whether the check of the lines or of the sources reports the same problem."""
    if one.lacking:
        return one.lacking not in follows.keys() | aws.stored and one.lacking != one.name
    return _ends_in_a_circle(one.name, follows, aws.stored) or any(text in one.message for text in told)


def _ends_in_a_circle(name: str, follows: Mapping[str, tuple[str, int]], stored: frozenset[str]) -> bool:
    """Whether the sources of a profile form a loop, or lead into one."""
    seen: set[str] = set()
    while name in follows and name not in stored:
        if name in seen:
            return True
        seen.add(name)
        name = follows[name][0]
    return False


def _place(message: str, aws: AwsConfig) -> tuple[str, int]:
    """The file and line at the start of a message; otherwise the config file."""
    for path in (aws.config_path, aws.credentials_path):
        number = message.removeprefix(f"{path}:").partition(":")[0]
        if message.startswith(f"{path}:") and number.isdigit():
            return path, int(number)
    return aws.config_path, 0
