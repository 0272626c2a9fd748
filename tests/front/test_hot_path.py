"""A cached answer loads next to nothing, starts gpg once and stays small; its time is measured in bench/."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from conftest import MAIN
from world import PLAIN, SECRET, World

if TYPE_CHECKING:
    from pathlib import Path

OURS = {
    "pass_aws",
    "pass_aws.fast",
    "pass_aws.cache",
    "pass_aws.gpg.process",
    "pass_aws.gpg.status",
    "pass_aws.gpg.invocation",
    "pass_aws.system.become",
    "pass_aws.system.locale_variable",
    "pass_aws.gpg",
    "pass_aws.system",
    "pass_aws.credentials",
    "pass_aws.system.child_environment",
    "pass_aws.errors",
    "pass_aws.system.user_dirs",
    "pass_aws.credentials.formats",
    "pass_aws.cache.ticket",
}
THEIRS = {"__future__", "resource"}
"""Beside what `python -I -S -c 'import os'` has loaded already; `resource` forbids core dumps."""

REQUESTS = (PLAIN, ("env", "ro"), ("credential-process", "ro"), ("env", "ro", "--format", "json"))
MEGABYTES = 20

MEASURE = """
import os, sys
pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
print(os.wait4(pid, 0)[2].ru_maxrss, file=sys.stderr)
"""


@pytest.fixture
def world(tmp_path: Path, keyring: Path, fingerprint: str) -> World:
    made = World(tmp_path, keyring, fingerprint, "fast")
    made.plant()
    return made


def python(world: World, *argv: str, options: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    """Runs the program as its wrapper does."""
    command = [sys.executable, "-I", "-S", *options, str(MAIN), *argv]
    done = subprocess.run(command, env=world.env, capture_output=True, check=True, text=True)
    assert SECRET in done.stdout
    return done


def loaded(text: str) -> set[str]:
    """The modules that `-X importtime` lists."""
    lines = [line for line in text.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip() for line in lines[1:]}


@pytest.mark.parametrize("argv", REQUESTS, ids="-".join)
def test_loads_next_to_nothing(world: World, argv: tuple[str, ...]) -> None:
    """Each module costs a part of a millisecond; json, re or typing would cost as much as the decrypt."""
    bare = subprocess.run(
        [sys.executable, "-I", "-S", "-X", "importtime", "-c", "import os"],
        capture_output=True, check=True, text=True,
    )  # fmt: skip
    done = python(world, *argv, options=("-X", "importtime"))
    assert loaded(done.stderr) - loaded(bare.stderr) <= OURS | THEIRS


@pytest.mark.parametrize("side", ["bash", "fast"])
def test_decrypts_once(world: World, side: str) -> None:
    """One gpg, with one file."""
    world.side = side
    log = world.folder / "log"
    (world.bin / "gpg").write_text(f'#!/bin/sh\necho "$*" >>{log}\nexec {shutil.which("gpg")} "$@"\n')
    (world.bin / "gpg").chmod(0o755)
    assert not world.ask().full
    (line,) = log.read_text().splitlines()
    assert line.endswith(f" -- {next((world.cache / 'tickets/ro').iterdir())}")


@pytest.mark.parametrize("argv", REQUESTS[1:], ids="-".join)
def test_stays_small(world: World, argv: tuple[str, ...]) -> None:
    """Ten thousand credential processes are no burden on memory."""
    command = [sys.executable, "-I", "-S", "-c", MEASURE, sys.executable, "-I", "-S", str(MAIN), *argv]
    done = subprocess.run(command, env=world.env, capture_output=True, check=True, text=True)
    assert SECRET in done.stdout
    assert int(done.stderr) < MEGABYTES * 1024


def test_output_that_nobody_reads(world: World) -> None:
    """A closed pipe is no traceback."""
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-I", "-S", str(MAIN), "env", "ro"]
    done = subprocess.run(
        command, env=world.env, stdout=writing, stderr=subprocess.PIPE, check=False, text=True
    )
    os.close(writing)
    assert done.returncode
    assert "Traceback" not in done.stderr
    assert SECRET not in done.stderr


def test_closed_output(world: World) -> None:
    """An answer that went nowhere is no success."""
    command = ["sh", "-c", 'exec "$@" >&-', "sh", sys.executable, "-I", "-S", str(MAIN), "env", "ro"]
    done = subprocess.run(command, env=world.env, stderr=subprocess.PIPE, check=False, text=True)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert SECRET not in done.stderr
