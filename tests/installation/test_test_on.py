"""`make test-on`: what is left on the machine if it is ended early."""

from __future__ import annotations

import os
import select
import signal
import subprocess
from typing import TYPE_CHECKING

import pytest
from conftest import TOP

if TYPE_CHECKING:
    from pathlib import Path

ANSWER = 'exec 3>"$SEEN"; echo started >&3; sleep 1000\n'
"""Holds the pipe open until it and its children have ended."""
LONG = {
    "installation": {"debootstrap": f'echo begun >"$4/file"\n{ANSWER}'},
    "tests": {"debootstrap": 'mkdir "$4/proc" "$4/dev"\n', "chroot": ANSWER},
}


@pytest.mark.root
@pytest.mark.parametrize("stage", LONG)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_what_is_left_after_a_signal(programs: Path, tmp_path: Path, stage: str, number: int) -> None:
    """Its directory and its processes are gone when it ends, also if only it gets the signal."""
    namespaces = ["unshare", "--mount", "--mount-proc", "--pid", "--fork", "true"]
    if subprocess.run(namespaces, check=False, capture_output=True).returncode:
        pytest.skip("no new namespaces in this container")
    stubs = dict.fromkeys(("cp", "git", "mount", "chroot"), "") | LONG[stage]
    for name, text in stubs.items():
        (programs / name).write_text(f"#!/bin/sh\n{text}")
        (programs / name).chmod(0o755)
    made, seen = tmp_path / "made", tmp_path / "seen"
    made.mkdir()
    os.mkfifo(seen)
    env = {**os.environ, "TMPDIR": str(made), "SEEN": str(seen)}
    words = [str(TOP / "scripts" / "test-on"), "trixie"]
    pipe = os.open(seen, os.O_RDONLY | os.O_NONBLOCK)
    with subprocess.Popen(words, env=env, stdout=subprocess.DEVNULL, start_new_session=True) as running:
        try:
            assert select.select([pipe], [], [], 60)[0]
            assert os.read(pipe, 100) == b"started\n"
            assert any(made.iterdir())
            running.send_signal(number)
            assert running.wait(60) == 128 + number
            assert os.read(pipe, 100) == b""  # its last process has ended
            assert list(made.iterdir()) == []
        finally:
            os.close(pipe)
            if running.poll() is None:
                os.killpg(running.pid, signal.SIGKILL)
