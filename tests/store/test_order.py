"""The order of writes: a file's content is on disk before its name; a cancelled prompt replaces nothing."""

from __future__ import annotations

import multiprocessing
import os
import re
from typing import TYPE_CHECKING

import fault_points
import pytest
from conftest import end_gpg_home, gpg_home, new_key, put, run
from gpg_ring import PINENTRY, Ring

from pass_aws.cache import sealed_files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection
    from multiprocessing.synchronize import Barrier
    from pathlib import Path

ID, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
NEW = "AKIAI44QH8DHBEXAMPLE\nje7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY\n"
ADD = ("add", "dev", "--stdin", "--no-verify", "--force")
CALLS = "write,fsync,rename,renameat,renameat2,unlink,unlinkat"


def order(words: tuple[str, ...], log: Path, stdin: str = "") -> list[str]:
    """The operations on files, in order: written, synced, renamed, directory synced, removed.

    They are identified by descriptors, since strace cannot read paths in our closed process.
    """
    options = ["-e", f"trace={CALLS}", "-o", str(log)]
    done = fault_points.under_strace(options, fault_points.ours(*words), os.environ, stdin.encode())
    assert done.status == 0, done.err
    steps, written = [], ""
    for name, first in re.findall(r"^(\w+)\((\w+)", log.read_text(), re.MULTILINE):
        if name == "write" and int(first) > 2:
            written = first
            steps.append("written")
        elif name == "fsync":
            steps.append("synced" if first == written and steps[-1] == "written" else "directory synced")
        elif name.startswith("rename"):
            steps.append("renamed")
        elif name == "unlinkat":
            steps.append("removed")
    return steps


REPLACED = ["written", "synced", "renamed", "directory synced"]


def test_content_is_on_the_disk_before_its_name(store: Path, aws_config: Path, tmp_path: Path) -> None:
    """A power failure must not leave an empty entry with a valid name.

    The directory is synced, too.
    """
    aws_config.write_text("[profile dev]\n")
    put(store, "dev", ID, SECRET)
    assert run(*ADD, stdin=NEW).returncode == 0  # the first run creates its directories
    assert order(ADD, tmp_path / "log", NEW) == REPLACED
    aws_config.unlink()
    assert order(ADD, tmp_path / "log", NEW) == [*REPLACED, *REPLACED], "the entry, then the config file"


def test_the_old_entry_is_removed_after_the_new_one_is_on_the_disk(store: Path, tmp_path: Path) -> None:
    """`move`: the new name is synced before the old one is removed."""
    put(store, "old", ID, SECRET)
    assert run("move", "old", "dev").returncode == 0
    assert order(("move", "dev", "new"), tmp_path / "log") == [*REPLACED, "removed", "directory synced"]


@pytest.fixture
def locked(store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A store whose entry `dev` is encrypted to a key with a passphrase, and a pinentry that cancels."""
    ring = Ring(gpg_home(), tmp_path)
    (ring.home / "gpg-agent.conf").write_text("s2k-count 65536\n")
    fingerprint = new_key(ring.home, "locked", passphrase="sesame")
    ring.pinentry.write_text(PINENTRY.format(mode=ring.mode))
    ring.pinentry.chmod(0o755)
    (store / ".gpg-id").write_text(f"{fingerprint}\n")
    monkeypatch.setenv("GNUPGHOME", str(ring.home))
    put(store, "dev", ID, SECRET)
    ring.answers("cancel")
    yield store / "aws-vault" / "dev.gpg"
    end_gpg_home(ring.home)


def test_a_cancelled_passphrase_replaces_nothing(locked: Path) -> None:
    """`add --force`, `move` and its repair stop, since fields of the old entry may have to be kept."""
    before = locked.read_bytes()
    for words in (ADD, ("move", "dev", "new", "--force"), ("move", "--repair", "dev", "--force")):
        done = run(*words, stdin=NEW)
        assert done.returncode == 130, (words, done.stderr)
        assert "cancelled" in done.stderr
        assert locked.read_bytes() == before
        assert os.listdir(locked.parent) == ["dev.gpg"]


def _race(place: str, gate: Barrier, told: Connection) -> None:
    seals = []
    for number in range(60):
        gate.wait(30)
        seals.append(sealed_files.read_or_make_seal(f"{place}/{number}"))
    told.send(seals)


def test_simultaneous_first_runs_share_one_seal(tmp_path: Path) -> None:
    """Three processes make the seal of 60 new homes at the same time, and use the same seal in each."""
    fresh = multiprocessing.get_context("spawn")
    gate = fresh.Barrier(3)
    pipes = [fresh.Pipe(duplex=False) for _ in range(3)]
    racers = [fresh.Process(target=_race, args=(str(tmp_path), gate, pipe[1])) for pipe in pipes]
    for racer in racers:
        racer.start()
    told = [pipe[0].recv() for pipe in pipes]
    for racer in racers:
        racer.join(20)
    assert told[0] == told[1] == told[2]
    assert len(set(told[0])) == 60
    assert told[0] == [(tmp_path / str(number) / "seal").read_text().strip() for number in range(60)]
