"""A cached answer starts one gpg and nothing else, and reports if it cannot be written."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from conftest import MAIN, end_gpg_home, gpg, gpg_home, new_key
from strace import watched
from world import PLAIN, SECRET, SIDES, World

from pass_aws.cache import waiting

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REQUESTS = (PLAIN, ("env", "ro"), ("credential-process", "ro"))


@pytest.fixture
def world(tmp_path: Path, keyring: Path, fingerprint: str) -> World:
    made = World(tmp_path, keyring, fingerprint, "executed")
    made.plant()
    return made


@pytest.mark.parametrize("argv", REQUESTS, ids="-".join)
def test_it_starts_only_gpg_and_the_command(world: World, argv: tuple[str, ...]) -> None:
    """A cached answer starts no program besides the front, gpg and the wrapped command."""
    (world.folder / "trace").mkdir()
    done = watched([str(world.front()), *argv], world.env, world.folder / "trace")
    assert SECRET in done.out
    programs = [one.argv.partition('"')[2].partition('"')[0].rpartition("/")[2] for one in done.started]
    assert programs == ["pass-aws", "gpg", *(["env"] if argv == PLAIN else [])]


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("argv", REQUESTS, ids="-".join)
def test_it_decrypts_once(world: World, side: str, argv: tuple[str, ...]) -> None:
    """A cached answer runs gpg once, with one file."""
    world.side = side
    log = world.folder / "log"
    (world.bin / "gpg").write_text(f'#!/bin/sh\necho "$*" >>{log}\nexec {shutil.which("gpg")} "$@"\n')
    (world.bin / "gpg").chmod(0o755)
    assert not world.ask(argv).full
    (line,) = log.read_text().splitlines()
    assert line.endswith(f" -- {next((world.cache / 'tickets/ro').iterdir())}")


@pytest.fixture
def own_world(tmp_path: Path) -> Iterator[World]:
    """A world with a GNUPGHOME that only this test uses."""
    home = gpg_home()
    made = World(tmp_path, home, new_key(home, "carol"))
    made.plant()
    yield made
    end_gpg_home(home)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("argv", REQUESTS, ids="-".join)
def test_it_reads_only_the_small_keyring(own_world: World, side: str, argv: tuple[str, ...]) -> None:
    """gpg reads the keyring that is recorded with the ticket, not the user's."""
    own_world.side = side
    (own_world.keyring / "pubring.kbx").unlink()
    answer = own_world.ask(argv)
    assert not answer.full
    assert SECRET in answer.out


@pytest.mark.parametrize("side", SIDES)
def test_a_record_without_a_keyring(world: World, side: str) -> None:
    """An older version, or one with another gpg, has recorded no keyring: gpg uses the user's."""
    world.side = side
    entry = world.state / "tickets/ro/entry"
    expires, nonce, _ = entry.read_text().split()
    entry.write_text(f"{expires} {nonce}\n")
    shutil.rmtree(world.state / "keyrings")
    at = world.entry.stat().st_mtime_ns
    os.utime(entry, ns=(at, at))
    assert not world.ask().full


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("how", ["missing", "empty", "damaged", "of another key"])
def test_a_wrong_keyring(own_world: World, side: str, how: str) -> None:
    """Without the key gpg cannot decrypt, and the full program answers."""
    world = own_world
    world.side = side
    (ring,) = (world.state / "keyrings").iterdir()
    if how == "missing":
        ring.unlink()
    elif how == "of another key":
        gpg(world.keyring, "--yes", "-o", str(ring), "--export", new_key(world.keyring, "dave"))
    else:
        ring.write_bytes(b"" if how == "empty" else ring.read_bytes()[:50])
    answer = world.ask()
    assert answer.full
    assert answer.err == ""


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize(
    ("argv", "number", "status", "out"),
    [
        (PLAIN, signal.SIGINT, -signal.SIGINT, b""),
        (PLAIN, signal.SIGQUIT, 128 + signal.SIGQUIT, b""),
        (("env", "ro"), signal.SIGQUIT, 128 + signal.SIGQUIT, b"false\n"),  # bash evaluates it
    ],
    ids=["exec-INT", "exec-QUIT", "env-QUIT"],
)
def test_gpg_ends_with_the_front(  # noqa: PLR0917 - parameters of the cases
    world: World, side: str, argv: tuple[str, ...], number: signal.Signals, status: int, out: bytes
) -> None:
    """Ctrl-C and Ctrl-Backslash at gpg's prompt end the front and gpg, and nothing asks again."""
    world.side = side
    fifo = world.folder / "fifo"
    os.mkfifo(fifo)
    (world.bin / "gpg").write_text(
        f"#!{sys.executable} -IS\nimport signal\nsignal.signal(signal.SIGINT, signal.SIG_DFL)\n"
        f"note = open({str(fifo)!r}, 'w')\nprint(file=note, flush=True)\nsignal.pause()\n"
    )
    (world.bin / "gpg").chmod(0o755)
    words, env = world.words(argv)
    with subprocess.Popen(
        words, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        start_new_session=True, cwd=world.folder,
    ) as front, fifo.open() as gpg:  # fmt: skip
        assert gpg.readline() == "\n"
        os.killpg(front.pid, number)
        assert gpg.read() == "", "gpg has ended"
        assert front.communicate() == (out, b"")
    assert front.returncode == status


@pytest.mark.parametrize("argv", REQUESTS[1:], ids="-".join)
def test_a_closed_pipe(world: World, argv: tuple[str, ...]) -> None:
    """If its output is a closed pipe, the front ends silently."""
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [world.front(), *argv], env=world.env, stdout=writing, stderr=subprocess.PIPE, check=False
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (-signal.SIGPIPE, b"")


@pytest.mark.parametrize("argv", REQUESTS[1:], ids="-".join)
def test_a_full_disk(world: World, argv: tuple[str, ...]) -> None:
    """An answer that could not be written is not a success."""
    with open("/dev/full", "w", encoding="ascii") as full:
        done = subprocess.run(
            [world.front(), *argv], env=world.env, stdout=full, stderr=subprocess.PIPE, check=False, text=True
        )
    assert done.returncode == 1
    assert done.stderr == "pass aws: error: cannot write to stdout\n"


@pytest.mark.parametrize("argv", REQUESTS, ids="-".join)
@pytest.mark.parametrize("closed", ["<&-", ">&-", "<&- >&- 2>&-"])
def test_closed_streams_are_for_the_full_program(world: World, argv: tuple[str, ...], closed: str) -> None:
    """With a closed stream, a file of the front would get its number; Python reports what is wrong."""
    core = world.bin / "pass-aws"  # stands for the full program
    core.write_text(f"#!/bin/sh\nexec >{world.folder}/started 2>&1\necho full\n")
    line = f'exec "$@" {closed}'
    subprocess.run(
        ["sh", "-c", line, "sh", world.front(), *argv], env=world.env, check=True, capture_output=True
    )
    assert (world.folder / "started").read_text() == "full\n"


def test_no_stderr(world: World) -> None:
    """With stderr closed, neither the front nor the command prints there."""
    line = 'exec "$@" 2>&-'
    script = "echo out; echo lost >&2; exit 0"
    argv = ["sh", "-c", line, "sh", str(world.front()), "exec", "ro", "--", "sh", "-c", script]
    assert subprocess.run(argv, env=world.env, check=True, capture_output=True).stdout == b"out\n"


HEAVY = {
    "argparse",
    "boto3",
    "gnupg",
    "json",
    "pass_aws.cli",
    "pass_aws.context",
    "sh",
    "subprocess",
    "typing",
}


def test_waiting_processes_load_little(world: World) -> None:
    """Sixty-four processes that wait for one ticket do not load the full program.

    Each then runs the front again.
    """
    name = waiting.lock_name(["env", "ro"], world.env)
    lock, _ = waiting.take(name, world.env)
    assert lock
    os.write(lock[0], b"1 - calling\n")
    front = world.folder / "again"
    front.write_text('#!/bin/sh\nenv | grep ^_PASS_AWS_W\necho "again $*"\n')
    front.chmod(0o755)
    command = [sys.executable, "-I", "-S", "-X", "importtime", str(MAIN), "env", "ro"]
    env = {**world.env, "_PASS_AWS_TICKET": "missed", "_PASS_AWS_FRONT": str(front)}
    with subprocess.Popen(
        command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr
        before: list[str] = []
        while not (before and before[-1].startswith("pass aws: waiting for process 1")):
            before.append(process.stderr.readline())
        os.unlink(lock[1])
        os.close(lock[0])
        out, err = process.communicate(timeout=30)
    assert out == "_PASS_AWS_WAITED=1\nagain env ro\n"
    loaded = {
        line.rpartition("|")[2].strip()
        for line in (*before, *err.splitlines())
        if line.startswith("import time:")
    }
    assert loaded & HEAVY == set()
