"""The whole program with MFA, and an AWS that accepts each one-time code once."""

from __future__ import annotations

import shlex
import sys
from typing import TYPE_CHECKING, NamedTuple

import pexpect
import pytest
from conftest import MAIN, put, run
from mfa_world import insert

from pass_aws.errors import INTERRUPTED, MUST_ASK, USAGE

if TYPE_CHECKING:
    from pathlib import Path

    from fakeaws import FakeAWS, MfaDevice, User


class World(NamedTuple):
    fake: FakeAWS
    user: User
    device: MfaDevice


@pytest.fixture
def world(fake: FakeAWS, store: Path, aws_config: Path) -> World:
    alice = fake.user("alice")
    key, device = alice.key(), alice.mfa("alice")
    put(store, "dev", key.id, key.secret)
    aws_config.write_text(f"[profile dev]\nregion = eu-west-1\nmfa_serial = {device.serial}\n")
    return World(fake, alice, device)


def test_a_code_that_aws_refuses_is_asked_for_again(world: World) -> None:
    """After a second prompt on the terminal the command prints its credentials, and only these, to stdout."""
    terminal = pexpect.spawn(
        sys.executable,
        ["-I", "-S", str(MAIN), "env", "dev", "--format", "json"],
        encoding="utf-8",
        timeout=60,
    )
    terminal.expect_exact(f"MFA code for {world.device.serial}: ")
    terminal.sendline(wrong_codes(world, 1)[0])
    terminal.expect_exact(f"AWS refused that code. MFA code for {world.device.serial}: ")
    terminal.sendline(world.device.code())
    terminal.expect_exact("AccessKeyId")
    assert [call.outcome == "ok" for call in world.fake.calls] == [False, True]


def test_the_third_refusal_is_the_error(world: World) -> None:
    """Three prompts and three calls, then AWS's message in one line and a hint."""
    terminal = pexpect.spawn(
        sys.executable, ["-I", "-S", str(MAIN), "env", "dev"], encoding="utf-8", timeout=60
    )
    for code in wrong_codes(world, 3):
        terminal.expect_exact("MFA code for")
        terminal.sendline(code)
    terminal.expect_exact(f"the one-time code of {world.device.serial}")
    terminal.expect(pexpect.EOF)
    assert len(world.fake.calls) == 3


def wrong_codes(world: World, number: int) -> list[str]:
    """Codes that AWS does not accept now."""
    right = {world.device.code(step) for step in range(-3, 4)}
    return [code for code in (f"{code:06d}" for code in range(20)) if code not in right][:number]


def test_a_code_from_the_store_is_accepted(world: World, store: Path) -> None:
    """The line of the enrolment in its default entry is used without a prompt."""
    account = world.device.account
    insert(store, f"aws-mfa/{account}/alice", world.device.otpauth)
    done = run("env", "dev", "--no-input", "--format", "json")
    assert done.returncode == 0, done.stderr
    assert [call.outcome for call in world.fake.calls] == ["ok"]


def test_without_a_way_to_ask_there_is_no_call(world: World) -> None:
    """Exit status 4, one line with the command to run, and no call to AWS."""
    done = run("exec", "dev", "--no-input", "--", "true")
    assert done.returncode == MUST_ASK
    assert "--no-input is set" in done.stderr
    assert "hint: run once in a terminal: pass aws exec dev -- true" in done.stderr
    assert world.fake.calls == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-t", "12345"], "-t: a code is six digits"),
        (["-t", "hunter"], "-t: a code is six digits"),
        (["--prompt", "zennity"], "--prompt: unknown driver zennity"),
        (["--prompt", "pass"], "--prompt: driver pass is not available here"),
    ],
)
def test_an_invalid_code_is_refused_first(words: list[str], said: str, world: World) -> None:
    """The program does not prompt, decrypt or call AWS, and does not show the code, even if none is needed."""
    for command in ("env", "explain", "whoami"):
        done = run(command, "dev", *words, PATH="/proc/nonexistent")
        assert (done.returncode, said in done.stderr) == (USAGE, True), done.stderr
        assert "hunter" not in done.stderr
    assert world.fake.calls == []


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["-d", "2h"],
        ["--no-session"],
        ["--role-arn", "{role}", "--read-only"],
        ["--policy-file", "{folder}/a policy", "--policy-arn", "arn:aws:iam::aws:policy/x"],
    ],
)
def test_the_hinted_command_works(words: list[str], world: World, aws_config: Path, tmp_path: Path) -> None:
    """If the user runs the hint as shown and types the code, the command gets its credentials."""
    role = world.fake.role("r", "222222222222", trust=[world.user.arn], max_session=7200).arn
    serial = f"mfa_serial = {world.device.serial}\n"
    aws_config.write_text(
        f"[profile dev]\n{serial}[profile 'the role']\nsource_profile = dev\nrole_arn = {role}\n{serial}"
    )
    (tmp_path / "a policy").write_text('{"Version": "2012-10-17", "Statement": []}')
    wanted = [word.format(role=role, folder=tmp_path) for word in words]
    done = run("env", "the role", *wanted)
    assert done.returncode == MUST_ASK
    hint = done.stderr.partition("hint: run once in a terminal: pass aws ")[2]
    typed = shlex.split(hint.partition("\n")[0])
    assert typed[0] == "exec"
    assert run(*typed[:-2], "-t", world.device.code(), *typed[-2:]).returncode == 0
    done = run("env", "the role", *wanted, "--no-input")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("key", "said"), [("\x03", ""), ("\x04", "pass aws: error: cancelled")])
def test_a_cancelled_prompt_ends_the_program(world: World, key: str, said: str) -> None:
    """Ctrl-C or Ctrl-D gives exit status 130, at most one line, and no call to AWS."""
    terminal = pexpect.spawn(
        sys.executable, ["-I", "-S", str(MAIN), "exec", "dev", "--", "true"], encoding="utf-8", timeout=60
    )
    terminal.expect_exact("MFA code for")
    terminal.expect_exact("alice: ")
    terminal.send(key)
    terminal.expect(pexpect.EOF)
    terminal.wait()
    assert terminal.exitstatus == INTERRUPTED
    assert str(terminal.before).replace("^C", "").strip() == said
    assert world.fake.calls == []
