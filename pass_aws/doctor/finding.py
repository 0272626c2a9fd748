"""The result of one check."""

from __future__ import annotations

from typing import NamedTuple

OK, WARN, FAIL = "ok", "warn", "fail"


class Finding(NamedTuple):
    """The result of one check; a check can have several.

    Args:
        check: its name, which stays the same from version to version.
        status: OK; WARN if something is at risk, or does not work everywhere; FAIL if it does not work,
            or another user can change important files.
        found: lower case, no full stop, never a secret.
        why: why that matters; empty for OK.
        fix: a command line that fixes it as it is printed; empty for OK.
    """

    check: str
    status: str
    found: str
    why: str = ""
    fix: str = ""


def ok(check: str, found: str) -> Finding:
    """There is nothing to do."""
    return Finding(check, OK, found)


def warn(check: str, found: str, why: str, fix: str) -> Finding:
    """Something is at risk, or works only in some places."""
    return Finding(check, WARN, found, why, fix)


def fail(check: str, found: str, why: str, fix: str) -> Finding:
    """Something does not work, or other users can change important files."""
    return Finding(check, FAIL, found, why, fix)
