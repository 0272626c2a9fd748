"""Durations as people type them and as they read them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pass_aws.text import durations


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("3600", 3600), ("0", 0), ("90m", 5400), ("1h30m", 5400), ("1h", 3600), ("45s", 45), ("1h2m3s", 3723),
        ("12h", 43200), ("0s", 0), ("007", 7), ("0h90m", 5400),
    ],
)  # fmt: skip
def test_durations(text: str, seconds: int) -> None:
    """A duration is a number of seconds, or hours, minutes and seconds with their letters."""
    assert durations.parse(text) == seconds


@pytest.mark.parametrize(
    "text",
    ["", "h", "1d", "1.5h", "-1", "+1", " 1", "1h ", "30m1h", "1 h", "1H", "٣", "²", "1_000", "1e3", "0x10"],
)
def test_invalid_durations(text: str) -> None:
    """Any other text is refused, with examples of valid ones."""
    with pytest.raises(ValueError, match="not a duration"):
        durations.parse(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (-5, "0s"), (45, "45s"), (60, "1m"), (725, "12m"), (3600, "1h00m"), (28799, "7h59m")],
)
def test_printed_durations(seconds: int, text: str) -> None:
    """A printed duration has its two largest units, and is never negative."""
    assert durations.short(seconds) == text


@given(st.integers(0, 10**6))
def test_a_printed_duration_is_a_valid_option(seconds: int) -> None:
    """An option accepts each printed duration, which differs by less than its smallest unit."""
    assert 0 <= seconds - durations.parse(durations.short(seconds)) < 60
