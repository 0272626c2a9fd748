"""`make demo` tells its story to the end, and leaves nothing behind, however it ends."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO

import pytest
from conftest import TOP
from test_makefile import MACHINE

pytestmark = pytest.mark.xdist_group("install")


def start(scratch: Path) -> subprocess.Popen[str]:
    """The demo as make starts it, in a process group of its own, with a folder for temporary files."""
    return subprocess.Popen(
        [sys.executable, TOP / "scripts" / "demo.py"],
        env={**MACHINE, "TMPDIR": str(scratch)}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, process_group=0,
    )  # fmt: skip


def output(demo: subprocess.Popen[str]) -> IO[str]:
    assert demo.stdout is not None
    return demo.stdout


def left_behind(text: str) -> list[str]:
    """The throw-away folder, if it is still there, and the processes that know of it."""
    folder = re.findall(r"/\w+/pa-demo-\w+", text)[0]
    found = [folder] if Path(folder).exists() else []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            known = (process / "environ").read_bytes() + (process / "cmdline").read_bytes()
        except OSError:
            continue
        if os.fsencode(folder) in known:
            found.append((process / "cmdline").read_text())
    return found


def test_the_demo_ends_with_the_assumed_role(tmp_path: Path) -> None:
    """Each command as a person types it, and the ARN that AWS answers with."""
    with start(tmp_path) as demo:
        text = output(demo).read()
    assert demo.returncode == 0, text
    shown = re.findall(r"^\$ (.*)$", text, re.MULTILINE)
    assert "pass aws add dev --region eu-central-1" in shown
    assert "pass aws exec ro -- aws sts get-caller-identity" in shown
    assert re.search(r"^assumed role: arn:aws:sts::\d{12}:assumed-role/reader/\S+$", text, re.MULTILINE)
    assert left_behind(text) == []


def test_an_interrupted_demo_leaves_nothing_behind(tmp_path: Path) -> None:
    """Ctrl-C while the install runs: the server, the folder, the programs in it and all temporary files are gone."""
    text, scratch = "", tmp_path / "scratch"
    scratch.mkdir()
    with start(scratch) as demo:
        for line in output(demo):
            text += line
            if line.startswith("# installing"):
                copy = Path(line.split()[5].rstrip(","), "usr/lib/pass-aws.source")  # of the sources
                while not copy.exists():
                    assert demo.poll() is None
                os.killpg(demo.pid, signal.SIGINT)
                break
        text += output(demo).read()
    assert demo.returncode == 128 + signal.SIGINT, text
    assert left_behind(text) == []
    assert list(scratch.iterdir()) == []
