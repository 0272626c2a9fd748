"""Everything that the fuzzer starts from, and all that it has found, once more in each run of the tests."""

from __future__ import annotations

import pytest
from seeds import SEEDS
from targets import LONGEST, MARKER, TARGETS, raised, tried

from pass_aws.errors import UserError


def test_each_target_has_seeds() -> None:
    """A target without them would take hours to get anywhere."""
    assert set(SEEDS) == set(TARGETS)
    assert all(SEEDS.values())


@pytest.mark.parametrize("name", TARGETS)
def test_what_the_fuzzer_knows_is_read_or_refused(name: str) -> None:
    """No exception but those that are documented, no long error, no secret in one; whole, and cut at many places."""
    for seed in SEEDS[name]:
        TARGETS[name](seed)
        for at in range(0, len(seed), max(1, len(seed) // 40)):
            TARGETS[name](seed[:at])
            TARGETS[name](seed[:at] + b"\x00\xff" + seed[at + 2 :])


def test_a_find_is_one() -> None:
    """An error that repeats a secret, one without end, and an exception of another kind."""
    with pytest.raises(AssertionError, match="repeats a secret"):
        tried(int, MARKER, secret=True)
    with pytest.raises(AssertionError):
        raised(UserError("x" * (LONGEST + 1)))
    with pytest.raises(KeyError):
        tried({}.__getitem__, "x")
