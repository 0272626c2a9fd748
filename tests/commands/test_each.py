"""`each` runs one command in many profiles: selection, order, output, prompts, exit status."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

import pexpect
import pytest
from conftest import MAIN, TOP, put, run
from run_in_process import say

from pass_aws.errors import DONE, FAILED, INTERRUPTED, NOT_FOUND, USAGE

if TYPE_CHECKING:
    from pathlib import Path

    from fakeaws import FakeAWS, MfaDevice

SHOW = ("sh", "-c", 'echo "$AWS_VAULT $AWS_REGION"')


class World(NamedTuple):
    """User alice, the key `dev` and an MFA device; the roles a, b and c, of which b and c need MFA."""

    fake: FakeAWS
    device: MfaDevice
    config: Path


@pytest.fixture
def world(store: Path, fake: FakeAWS, aws_config: Path) -> World:
    alice = fake.user("alice")
    key, device = alice.key(), alice.mfa()
    put(store, "dev", key.id, key.secret)
    text = f"[profile dev]\n[profile user]\nsource_profile = dev\nmfa_serial = {device.serial}\n"
    for name, more in (
        ("a", "dev"),
        ("b", f"user\nmfa_serial = {device.serial}"),
        ("c", f"user\nmfa_serial = {device.serial}"),
    ):
        text += f"[profile role-{name}]\nrole_arn = {fake.role(name, trust=[alice.arn]).arn}\nsource_profile = {more}\n"
    aws_config.write_text(text)
    return World(fake, device, aws_config)


def test_the_output_has_a_name_column(world: World) -> None:
    """Each run has its own credentials; complete lines follow the profile's name; all else is on stderr."""
    done = run("each", "dev", "role-a", "--", *SHOW)
    assert done.returncode == DONE, done.stderr
    assert sorted(done.stdout.splitlines()) == ["dev    | dev us-east-1", "role-a | role-a us-east-1"]
    assert done.stderr.splitlines()[-1] == "pass aws: 2 of 2 done"


def test_patterns_and_regions(world: World) -> None:
    """Globs select names, each region is a run; a profile that matches two patterns runs once."""
    done = run(
        "each",
        "role-[a]",
        "role-a",
        "d*",
        "-j",
        "1",
        "--region",
        "eu-west-1",
        "--region",
        "eu-west-2",
        "--",
        *SHOW,
    )
    assert done.stdout.splitlines() == [
        "dev eu-west-1    | dev eu-west-1", "dev eu-west-2    | dev eu-west-2",
        "role-a eu-west-1 | role-a eu-west-1", "role-a eu-west-2 | role-a eu-west-2",
    ]  # fmt: skip


def test_json_output(world: World) -> None:
    """One object per run, with all output, whatever its bytes."""
    done = run("each", "dev", "--json", "--", "sh", "-c", "printf 'a\\nb\\377'; echo no >&2; exit 3")
    assert done.returncode == 3
    found = json.loads(done.stdout)
    assert found["stderr"].splitlines()[-1] == "no"
    assert {**found, "stderr": ""} == {
        "profile": "dev",
        "region": None,
        "status": 3,
        "stdout": "a\nb\ufffd",
        "stderr": "",
    }


def test_the_exit_status(world: World) -> None:
    """The exit status is the worst of all runs, and 128 plus its number for a signal.

    Failed profiles are named, and the others have run.
    """
    script = "case $AWS_VAULT in dev) exit 4 ;; role-a) kill -TERM $$ ;; esac"
    done = run("each", "dev", "role-a", "--", "sh", "-c", script)
    assert done.returncode == 143
    assert done.stderr.splitlines()[-1] in (
        "pass aws: 0 of 2 done; 2 failed: dev (4), role-a (143)", "pass aws: 0 of 2 done; 2 failed: role-a (143), dev (4)",
    )  # fmt: skip


def test_fail_fast(world: World) -> None:
    """With --fail-fast no run starts after a failure, and the summary counts those that did not."""
    done = run("each", "dev", "role-a", "-j", "1", "--fail-fast", "--", "false")
    assert done.returncode == FAILED
    assert done.stderr.splitlines()[-1] == "pass aws: 0 of 2 done; 1 failed: dev (1); 1 not run"
    going = run("each", "dev", "role-a", "-j", "1", "--keep-going", "--", "false")
    assert "2 failed" in going.stderr


def test_runs_that_cannot_start(world: World) -> None:
    """A profile without credentials, and a command that does not exist, fail as in exec; the others run."""
    world.config.write_text(
        f"{world.config.read_text()}[profile gone]\nrole_arn = arn:aws:iam::111111111111:role/x\nsource_profile = nobody\n"
    )
    done = run("each", "gone", "dev", "--", *SHOW)
    assert done.returncode == FAILED
    assert "dev  | dev us-east-1\n" in done.stdout
    assert re.search(r"^gone \| pass aws: error: ", done.stderr, re.MULTILINE)
    assert run("each", "dev", "--", "no-such-command").returncode == NOT_FOUND


@pytest.mark.parametrize(
    ("words", "status", "error"),
    [
        (["nothing*", "--", "true"], FAILED, "no profile matches nothing*"),
        (["dev"], USAGE, "no command given"),
        (["dev", "--"], USAGE, "no command given"),
        (["dev", "-j", "0", "--", "true"], USAGE, "-j takes a number"),
        (["--", "true"], USAGE, ""),
    ],
)
def test_wrong_usage(
    words: list[str], status: int, error: str, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """Wrong usage is refused before any decryption or call."""
    said = say(capsys, "each", *words, **os.environ)
    assert said.status == status
    assert said.error.startswith(error)
    assert world.fake.calls == []


def test_options_reach_each_run(world: World) -> None:
    """The credential options of exec apply to each run."""
    done = run("each", "role-a", "-d", "15m", "-n", "--fresh", "--", "true")
    assert done.returncode == DONE, done.stderr
    assert world.fake.called("AssumeRole")[0].parameters["DurationSeconds"] == "900"


def test_one_code_for_all_runs(world: World) -> None:
    """The code is asked for once on the terminal, then all run.

    Progress is shown and erased, and lines are complete.
    """
    child = pexpect.spawn(
        sys.executable, ["-I", "-S", str(MAIN), "each", "role-*", "-j", "2", "--", *SHOW],
        env={**os.environ, "TERM": "xterm"}, timeout=60, encoding="utf-8", dimensions=(24, 100),
    )  # fmt: skip
    child.expect("MFA code")
    child.sendline(world.device.code())
    child.expect(pexpect.EOF)
    child.close()
    text = str(child.before)
    assert child.exitstatus == DONE, text
    assert len(re.findall(r"role-(\w) \| role-\1 us-east-1\r\n", text)) == 3
    assert "of 3 done; running:" in text
    assert text.rstrip().endswith("pass aws: 3 of 3 done")
    assert world.fake.actions().count("GetSessionToken") == 1


def test_without_a_terminal(world: World) -> None:
    """Without a terminal, profiles that need a code fail with a message, and the others run."""
    done = run("each", "role-*", "--", *SHOW)
    assert done.returncode == 4
    assert done.stdout == "role-a | role-a us-east-1\n"
    assert "2 failed: role-b (4), role-c (4)" in done.stderr


def test_each_run_starts_the_front(world: World, tmp_path: Path) -> None:
    """If the front has started us, each run starts the front, since it answers from a ticket."""
    front = tmp_path / "front"
    front.write_text('echo "front $*"\n')
    done = run("each", "dev", "--region", "eu-west-1", "--", "true", "x y", _PASS_AWS_FRONT=str(front))
    assert done.stdout == "dev eu-west-1 | front exec dev --region eu-west-1 -- true x y\n"


def interrupted(folder: Path, jobs: int, before: str, after: str = "") -> str:
    """The messages of an `each` that is interrupted while its first run waits for `go`; no second run has begun.

    Args:
        folder: an empty directory, in which everything runs.
        jobs: the number of runs at once.
        before: code that interrupts it after the first run has opened `started`.
        after: code that runs when it has returned.
    """
    for fifo in ("started", "go"):
        os.mkfifo(folder / fifo)
    waiting = "echo >>ran; if mkdir first; then : >started; read -r x <go; :; fi"
    words = ["each", "dev", "role-a", "-j", str(jobs), "--", "sh", "-c", waiting]
    code = (
        f"import os, signal, sys, threading\nsys.path[:0] = [{str(TOP)!r}, {str(TOP / 'tests/support')!r}]\n"
        "import early_signal\nfrom pass_aws import cli\n"
        f"{before}\ncode = cli.main({words!r}, os.environ)\n{after}\nsys.exit(code)"
    )
    argv = [sys.executable, "-c", code]
    done = subprocess.run(argv, cwd=folder, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, (folder / "ran").read_text()) == (INTERRUPTED, "\n"), done.stderr
    return done.stderr


@pytest.mark.usefixtures("world")
def test_ctrl_c_just_before_the_wait(tmp_path: Path) -> None:
    """After a Ctrl-C that arrives a moment before we wait for the runs, no other begins, and the first one ends."""
    before = (
        "handled = threading.Event()\n"
        "def handle(*_): handled.set(); raise KeyboardInterrupt\n"
        "signal.signal(signal.SIGINT, handle)\n"
        "early_signal.send(2, open, 'started')\n"
        "def go(): handled.wait(60); open('go', 'w').close()\n"
        "threading.Thread(target=go).start()"
    )
    assert "1 of 2 done; 1 not run" in interrupted(tmp_path, 1, before)


@pytest.mark.usefixtures("world")
def test_ctrl_c_while_the_runs_are_started(tmp_path: Path) -> None:
    """After a Ctrl-C between the starts of two runs no other begins. The interrupt is a stand-in at that place."""
    before = (
        "start = threading.Thread.start\n"
        "def interrupted(thread): start(thread); open('started').close(); raise KeyboardInterrupt\n"
        "threading.Thread.start = interrupted"
    )
    interrupted(tmp_path, 2, before, "open('go', 'w').close()")
