"""Seconds as a person reads them."""

from __future__ import annotations


def short(seconds: int) -> str:
    """`7h59m`, `12m`, `45s`: the two largest units."""
    hours, minutes = seconds // 3600, seconds // 60 % 60
    if hours:
        return f"{hours}h{minutes:02}m"
    return f"{minutes}m" if minutes else f"{max(seconds, 0)}s"
