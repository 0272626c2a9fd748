"""Prints the findings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pass_aws.doctor.finding import FAIL, OK, WARN
from pass_aws.text.safe_text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pass_aws.doctor.finding import Finding

WORDS = {OK: "ok", WARN: "warn", FAIL: "FAIL"}


def lines(found: Sequence[tuple[str, Finding]]) -> Iterator[str]:
    """The text for users: by subject, a line for each finding, and a second line with its command."""
    before = ""
    for subject, finding in found:
        if subject != before:
            yield subject
            before = subject
        why = f"; {finding.why}" if finding.why else ""
        yield printable(f"  {WORDS[finding.status]:<5} {finding.found}{why}")
        if finding.fix:
            yield printable(f"        run: {finding.fix}")
    yield ""
    yield summary([finding.status for _, finding in found])


def summary(statuses: Sequence[str]) -> str:
    """The last line."""
    fails, warnings = statuses.count(FAIL), statuses.count(WARN)
    if not fails + warnings:
        return f"no problems: {len(statuses)} checks are ok"
    counts = (
        f"{fails} failed" if fails else "",
        f"{warnings} warning{'s' * (warnings != 1)}" if warnings else "",
    )
    return f"{', '.join(filter(None, counts))}, {statuses.count(OK)} ok"


def records(found: Sequence[tuple[str, Finding]]) -> list[dict[str, str | None]]:
    """The JSON for programs."""
    return [
        {
            "subject": subject,
            "check": finding.check,
            "status": finding.status,
            "found": finding.found,
            "why": finding.why or None,
            "fix": finding.fix or None,
        }
        for subject, finding in found
    ]
