"""Durations in seconds, written for people."""

from __future__ import annotations


def short(seconds: int) -> str:
    """Writes a duration with its two largest units: `7h59m`, `12m`, `45s`."""
    hours, minutes = seconds // 3600, seconds // 60 % 60
    if hours:
        return f"{hours}h{minutes:02}m"
    return f"{minutes}m" if minutes else f"{max(seconds, 0)}s"
