"""A used code is never sent again: its time step is recorded per device, for all processes."""

from __future__ import annotations

import multiprocessing
import os
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from conftest import TOP

from pass_aws.mfa.used_codes import UsedCodes

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.synchronize import Barrier
    from pathlib import Path

SERIAL = "arn:aws:iam::123456789012:mfa/alice"
NOW = 1_700_000_010


@pytest.fixture
def warnings() -> list[str]:
    return []


@pytest.fixture
def steps(tmp_path: Path, warnings: list[str]) -> UsedCodes:
    return UsedCodes(str(tmp_path / "state" / "pass-aws" / "steps"), warnings.append)


def test_a_step_is_given_to_one_process(steps: UsedCodes) -> None:
    """The second process gets the start of the next step, which is then free."""
    assert steps.claim(SERIAL, NOW, NOW + 30) == 0
    assert steps.claim(SERIAL, NOW, NOW + 30) == NOW + 30
    assert steps.claim(SERIAL, NOW + 30, NOW + 60) == 0


def test_each_device_has_its_own_steps(steps: UsedCodes) -> None:
    """A step that is used for one device is free for another."""
    assert steps.claim(SERIAL, NOW, NOW + 30) == 0
    assert steps.claim("GAHT12345678", NOW, NOW + 30) == 0


def test_a_sent_code_is_refused(steps: UsedCodes) -> None:
    """The same digits are refused for two minutes; later they are a coincidence."""
    steps.spend(SERIAL, "123456", NOW + 30)
    assert steps.knows(SERIAL, "123456", NOW)
    assert steps.knows(SERIAL, "123456", NOW + 60)
    assert not steps.knows(SERIAL, "123457", NOW)
    assert not steps.knows("GAHT12345678", "123456", NOW)
    assert not steps.knows(SERIAL, "123456", NOW + 150)


def test_a_sent_code_uses_its_step(steps: UsedCodes) -> None:
    """A typed code is not computed again in the same step."""
    steps.spend(SERIAL, "123456", NOW + 30)
    assert steps.free_from(SERIAL, NOW) == NOW + 30
    assert steps.claim(SERIAL, NOW, NOW + 30) == NOW + 30
    assert steps.free_from(SERIAL, NOW + 30) == 0


def test_an_older_step_does_not_free_a_newer_one(steps: UsedCodes) -> None:
    """An older step that is recorded late does not free a newer one."""
    assert steps.claim(SERIAL, NOW + 30, NOW + 60) == 0
    steps.spend(SERIAL, "123456", NOW + 30)
    assert steps.free_from(SERIAL, NOW) == NOW + 60


def test_a_record_of_a_wrong_clock_is_ignored(steps: UsedCodes) -> None:
    """If the clock was once in the year 2100, codes do not wait until then."""
    steps.spend(SERIAL, "123456", 4_102_444_800)
    assert steps.free_from(SERIAL, NOW) == 0
    assert steps.claim(SERIAL, NOW, NOW + 30) == 0
    assert steps.claim(SERIAL, NOW, NOW + 30) == NOW + 30


@pytest.mark.parametrize(
    "content", [b"", b"\0\xff", b"-5 x", b"x" * 9999, b"99999999999999999999 y", "٣".encode()]
)
def test_a_damaged_file_is_like_an_empty_one(steps: UsedCodes, tmp_path: Path, content: bytes) -> None:
    """Whatever the file contains, the next code works and is recorded."""
    steps.spend(SERIAL, "123456", NOW)
    (file,) = (tmp_path / "state" / "pass-aws" / "steps").iterdir()
    file.write_bytes(content)
    assert steps.claim(SERIAL, NOW, NOW + 30) == 0
    assert steps.free_from(SERIAL, NOW) == NOW + 30


def test_the_file_is_private_and_has_no_code(steps: UsedCodes, tmp_path: Path) -> None:
    """Directories 0700, files 0600, whatever the umask is; neither code nor device in plain text."""
    before = os.umask(0)
    try:
        steps.spend(SERIAL, "123456", NOW)
    finally:
        os.umask(before)
    ours = list((tmp_path / "state").rglob("*"))
    assert {stat.S_IMODE(path.stat().st_mode) for path in ours} == {0o700, 0o600}
    (file,) = (path for path in ours if path.is_file())
    assert "123456" not in file.read_text()
    assert "alice" not in f"{file}{file.read_text()}"


def test_an_unusable_state_directory_costs_only_a_warning(tmp_path: Path, warnings: list[str]) -> None:
    """Codes work, but their use is not recorded."""
    (tmp_path / "state").write_text("a file")
    steps = UsedCodes(str(tmp_path / "state" / "steps"), warnings.append)
    assert steps.claim(SERIAL, NOW, NOW + 30) == 0
    steps.spend(SERIAL, "123456", NOW + 30)
    assert not steps.knows(SERIAL, "123456", NOW)
    assert steps.free_from(SERIAL, NOW) == 0
    assert all("cannot remember used MFA codes" in said for said in warnings)
    assert warnings


FULL_DISK = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
sys.path.insert(0, sys.argv[1])
from pass_aws.mfa.used_codes import UsedCodes
said = []
assert UsedCodes(sys.argv[2], said.append).claim("serial", 1_700_000_010, 1_700_000_040) == 0
sys.exit("; ".join(said))
"""


def test_a_full_disk_costs_only_a_warning(tmp_path: Path) -> None:
    """The code is given, and the user is told that other processes cannot know of it."""
    argv = [sys.executable, "-B", "-c", FULL_DISK, str(TOP), str(tmp_path / "steps")]
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert done.stderr.startswith("cannot remember used MFA codes: ")
    assert str(tmp_path / "steps") in done.stderr


def _race(place: str, gate: Barrier, won: Connection) -> None:
    steps = UsedCodes(place, lambda _: None)
    numbers = []
    for number in range(200):
        gate.wait(20)
        if steps.claim(SERIAL, NOW + number * 30, NOW + number * 30 + 30) == 0:
            numbers.append(number)
    won.send(numbers)


def test_two_processes_never_get_the_same_step(tmp_path: Path) -> None:
    """Two processes want each of 200 steps at the same time: exactly one of them gets it."""
    fresh = multiprocessing.get_context("spawn")
    gate = fresh.Barrier(2)
    pipes = [fresh.Pipe(duplex=False) for _ in range(2)]
    racers = [fresh.Process(target=_race, args=(str(tmp_path / "steps"), gate, pipe[1])) for pipe in pipes]
    for racer in racers:
        racer.start()
    won = [pipe[0].recv() for pipe in pipes]
    for racer in racers:
        racer.join(20)
    assert sorted(won[0] + won[1]) == list(range(200))
