"""Each seed of the fuzzer, and each of its finds, is tested again in each run of the tests."""

from __future__ import annotations

import pytest
from seeds import SEEDS
from targets import LONGEST, MARKER, TARGETS, raised, tried

from pass_aws.errors import UserError


def test_each_target_has_seeds() -> None:
    """Without seeds, the fuzzer would take hours to reach anything."""
    assert set(SEEDS) == set(TARGETS)
    assert all(SEEDS.values())


@pytest.mark.parametrize("name", TARGETS)
def test_each_seed_is_read_or_refused(name: str) -> None:
    """No undocumented exception, no long error, no secret in an error; for whole and for truncated seeds."""
    for seed in SEEDS[name]:
        TARGETS[name](seed)
        for at in range(0, len(seed), max(1, len(seed) // 40)):
            TARGETS[name](seed[:at])
            TARGETS[name](seed[:at] + b"\x00\xff" + seed[at + 2 :])


def test_a_find_is_detected() -> None:
    """The fuzzer detects an error that repeats a secret, a very long one, and another kind of exception."""
    with pytest.raises(AssertionError, match="repeats a secret"):
        tried(int, MARKER, secret=True)
    with pytest.raises(AssertionError):
        raised(UserError("x" * (LONGEST + 1)))
    with pytest.raises(KeyError):
        tried({}.__getitem__, "x")
