"""Durations in seconds: read from text, and written for people."""

from __future__ import annotations

import re

from pass_aws.text.safe_text import shown

PATTERN = r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?"


def parse(text: str) -> int:
    """Seconds from `3600`, `90m` or `1h30m`; raises ValueError for any other text."""
    found = re.fullmatch(PATTERN, text, re.ASCII)
    if text.isascii() and text.isdigit():
        seconds = int(text[:12])
    elif text and found:
        hours, minutes, rest = (int((part or "0")[:12]) for part in found.groups())
        seconds = hours * 3600 + minutes * 60 + rest
    else:
        raise ValueError(f"{shown(text)} is not a duration (3600, 90m, 1h30m)")
    return seconds


def short(seconds: int) -> str:
    """Writes a duration with its two largest units: `7h59m`, `12m`, `45s`."""
    seconds = max(seconds, 0)
    hours, minutes = seconds // 3600, seconds // 60 % 60
    if hours:
        return f"{hours}h{minutes:02}m"
    return f"{minutes}m" if minutes else f"{seconds}s"
