"""Reads the Date header; `email.utils` could, too, but loads most of the package `email`."""

from __future__ import annotations

import re
from datetime import UTC, datetime

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
DATE = re.compile(r"[A-Z][a-z]{2}, (\d\d) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d):(\d\d) GMT", re.ASCII)


def seconds(text: str) -> float | None:
    """Unix seconds of a Date header in the form that servers must send; None for other texts.

    Source: RFC 9110 §5.6.7, IMF-fixdate.
    """
    found = DATE.fullmatch(text)
    if not found or found[2] not in MONTHS:
        return None
    day, year, hour, minute, second = (int(found[number]) for number in (1, 3, 4, 5, 6))
    try:
        return datetime(year, MONTHS.index(found[2]) + 1, day, hour, minute, second, tzinfo=UTC).timestamp()
    except ValueError:  # 31 February, for example
        return None
