"""`make demo` runs to its end and leaves nothing behind, however it ends; README shows a picture of it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO

import demo_picture
import pytest
from conftest import TOP
from test_makefile import MACHINE

pytestmark = pytest.mark.xdist_group("install")
PICTURE = demo_picture.words_of(demo_picture.PICTURE.read_text())


def start(scratch: Path) -> subprocess.Popen[str]:
    """The demo as make starts it, in its own process group, with a directory for temporary files."""
    return subprocess.Popen(
        [sys.executable, "-I", "-B", TOP / "scripts" / "demo.py"],
        env={**MACHINE, "TMPDIR": str(scratch)}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, process_group=0,
    )  # fmt: skip


def output(demo: subprocess.Popen[str]) -> IO[str]:
    assert demo.stdout is not None
    return demo.stdout


def left_behind(text: str) -> list[str]:
    """The demo's temporary directory, if it still exists, and the processes that use it."""
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


def commands(lines: list[str]) -> list[str]:
    """The typed commands in a transcript or a picture, and the comments above them."""
    return [line for line in lines if line.startswith(("$ ", "# "))]


def test_the_demo_ends_with_the_assumed_role(tmp_path: Path) -> None:
    """Each everyday command works as typed, and the picture in README shows these commands.

    Otherwise run make demo-picture.
    """
    with start(tmp_path) as demo:
        text = output(demo).read()
    assert demo.returncode == 0, text
    assert len(re.findall(r"arn:aws:sts::\d{12}:assumed-role/ReadOnly/[\w.-]+$", text, re.MULTILINE)) == 1
    assert len(re.findall(r'"Arn": "arn:aws:sts::\d{12}:assumed-role/ReadOnly/', text)) == 1
    assert text.count("MFA code for ") == 1
    cached = text.partition("\nsessions:\n")[2]
    assert len(re.findall(r"^[0-9a-f]{64}-\d{10}\.gpg$", cached, re.MULTILINE)) == 2
    assert len(re.findall(r"^\d{10}\.gpg$", cached, re.MULTILINE)) == 1
    assert left_behind(text) == []
    assert {path.name for path in tmp_path.iterdir()} <= {"home"}
    assert commands(demo_picture.lines_of(text)) == commands(PICTURE)


def test_a_picture_of_another_run_is_the_same() -> None:
    """Key ids, times and directories of a run are not in the picture, so a new drawing changes nothing."""
    shown = {name: demo_picture.lines_of(transcript(*name)) for name in (("a", "59m"), ("b", "58m"))}
    assert shown["a", "59m"] == shown["b", "58m"]
    assert demo_picture.words_of(demo_picture.drawn(shown["a", "59m"])) == shown["a", "59m"]


def transcript(letter: str, left: str) -> str:
    """The parts of a demo's output that differ from run to run."""
    key, number = letter.upper() * 16, ord(letter) * 10**7 + 10**9
    return f"""\
# installing pass aws into /tmp/pa-demo-{letter}7

# store an access key
$ pass aws add dev
Access key id: AKIA{key}
pass aws: using AWS endpoint http://127.0.0.1:4{ord(letter)}
stored the key …{key[:4]} for profile dev
added the profile dev to /tmp/pa-demo-{letter}7/.aws/config
MFA code for arn:aws:iam::111111111111:mfa/alice: {ord(letter):06d}
    "UserId": "AROA{key}A:pass-aws-{number}",
ro       -            {left}
dev      dev          7h{left}

# what is cached
"""


def test_an_interrupted_demo_leaves_nothing_behind(tmp_path: Path) -> None:
    """After Ctrl-C the server, the directory, its programs and all temporary files are removed."""
    text, scratch = "", tmp_path / "scratch"
    scratch.mkdir()
    with start(scratch) as demo:
        for line in output(demo):
            text += line
            if line.startswith("# installing"):
                folder = re.findall(r"/\w+/pa-demo-\w+", line)[0]
                copy = Path(folder, "usr/lib/pass-aws.source")  # a copy of the sources
                while not copy.exists():
                    assert demo.poll() is None
                os.killpg(demo.pid, signal.SIGINT)
                break
        text += output(demo).read()
    assert demo.returncode == 128 + signal.SIGINT, text
    assert left_behind(text) == []
    assert list(scratch.iterdir()) == []
