"""Near the end of a session's life: what is served, renewed and reported. The test moves the clock."""

from __future__ import annotations

import json
import os
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import pytest
import sso_world
from conftest import put
from fakeaws import faults
from run_in_process import say_at

if TYPE_CHECKING:
    from pathlib import Path

    from fakeaws import FakeAWS, MfaDevice
    from run_in_process import Said

pytestmark = pytest.mark.usefixtures("store")

MINUTE = 60
ROLE = "arn:aws:iam::222222222222:role/{}"


class World(NamedTuple):
    """A user `u`, roles `r` and `r2`, and a way to run commands at another time."""

    fake: FakeAWS
    device: MfaDevice
    capsys: pytest.CaptureFixture[str]

    def ask(self, *argv: str, **env: str) -> Said:
        """Runs a command at the time of the fake's clock, without the earlier calls."""
        self.fake.clear_calls()
        return say_at(self.capsys, self.fake.clock.now, {**os.environ, **env}, *argv)

    def key_id(self, *argv: str, **env: str) -> str:
        """The key id of the session that a command prints."""
        said = self.ask(*argv, **env)
        assert said.status == 0, said.err
        return str(json.loads(said.out)["AccessKeyId"])

    def move(self, seconds: float) -> None:
        """Lets time pass for AWS and for its clients."""
        self.fake.clock.skew += seconds

    def pass_until(self, left: float, life: float = 3600) -> None:
        """Moves the clock until a new session has a number of seconds left."""
        self.move(life - left)


ENV = ("env", "u", "--format", "json")
PROCESS = ("credential-process", "u")


@pytest.fixture
def world(fake: FakeAWS, store: Path, aws_config: Path, capsys: pytest.CaptureFixture[str]) -> World:
    alice = fake.user("alice")
    key, device = alice.key(), alice.mfa("alice")
    put(store, "u", key.id, key.secret)
    for name in ("r", "r2"):
        fake.role(name, "222222222222", trust=[alice.arn, ROLE.format("r")])
    aws_config.write_text(
        f"[profile u]\n[profile m]\nsource_profile = u\nmfa_serial = {device.serial}\n"
        f"[profile r]\nsource_profile = m\nrole_arn = {ROLE.format('r')}\nmfa_serial = {device.serial}\n"
        f"[profile r2]\nsource_profile = r\nrole_arn = {ROLE.format('r2')}\n"
        f"[profile p]\nsource_profile = u\nrole_arn = {ROLE.format('r')}\n"
        f"[profile p2]\nsource_profile = p\nrole_arn = {ROLE.format('r2')}\n"
    )
    return World(fake, device, capsys)


@pytest.mark.parametrize(("command", "margin"), [(ENV, 5 * MINUTE), (PROCESS, 15 * MINUTE)])
def test_margin_of_each_command(command: tuple[str, ...], margin: int, world: World) -> None:
    """A session is served while it lives longer than the command's margin, and renewed after that."""
    first = world.key_id(*command)
    world.pass_until(margin + 20)
    assert world.key_id(*command) == first
    assert world.fake.calls == []
    world.move(40)
    assert world.key_id(*command) != first
    assert world.fake.actions() == ["GetSessionToken"]


@pytest.mark.parametrize(("command", "margin"), [(ENV, 300), (PROCESS, 900)])
def test_the_margin_is_exact(command: tuple[str, ...], margin: int, world: World) -> None:
    """With exactly the margin left a session is served, and with a second less it is renewed."""
    expires = datetime.fromisoformat(json.loads(world.ask(*command).out)["Expiration"]).timestamp()
    world.pass_until(margin)
    world.fake.clear_calls()
    for left, calls in ((margin, []), (margin - 1, ["GetSessionToken"])):
        said = say_at(world.capsys, partial(float, expires - left), os.environ, *command)
        assert said.status == 0, said.err
        assert world.fake.actions() == calls


def test_the_margin_of_a_role_of_identity_center(
    world: World, store: Path, tmp_path: Path, aws_config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Identity Center sets the life of its role's session, which is renewed five minutes before its end."""
    sso_world.built(world.fake, store, tmp_path, aws_config, monkeypatch).signed_in()
    dev = ("env", "dev", "--format", "json")
    first = world.key_id(*dev)
    world.pass_until(5 * MINUTE + 20)
    assert world.key_id(*dev) == first
    assert world.fake.calls == []
    world.move(40)
    assert world.key_id(*dev) != first


@pytest.mark.parametrize(("command", "left"), [(ENV, 5 * MINUTE), (PROCESS, 450)])
def test_half_of_a_short_session_is_enough(command: tuple[str, ...], left: int, world: World) -> None:
    """Of fifteen minutes, seven and a half are enough, or each call would make a new session."""
    command = (*command, "-d", "15m")
    first = world.key_id(*command)
    world.pass_until(left + 20, 900)
    assert world.key_id(*command) == first
    world.move(40)
    assert world.key_id(*command) != first


def test_a_session_serves_every_shorter_request(world: World) -> None:
    """A request for a longer life makes a new session with that life; a shorter one is served."""
    short = world.key_id(*ENV)
    long = world.key_id(*ENV, "-d", "8h")
    assert long != short
    assert [call.parameters["DurationSeconds"] for call in world.fake.calls] == ["28800"]
    for words in ([], ["-d", "2h"], ["-d", "8h"]):
        assert world.key_id(*ENV, *words) == long
        assert world.fake.calls == []


@pytest.mark.parametrize("how", ["--min-ttl", "PASS_AWS_MIN_TTL", "AWS_MIN_TTL"])
def test_an_explicit_margin_is_met(how: str, world: World) -> None:
    """`--min-ttl 50m` is not cut to half of the session's life."""
    words, env = (["--min-ttl", "50m"], {}) if how[0] == "-" else ([], {how: "50m"})
    first = world.key_id(*ENV)
    world.pass_until(51 * MINUTE)
    assert world.key_id(*ENV, *words, **env) == first
    world.pass_until(31 * MINUTE, 51 * MINUTE)
    assert world.key_id(*ENV, "--min-ttl", "30m") == first, "the option overrides the variable"
    second = world.key_id(*ENV, *words, **env)
    assert second != first
    assert world.key_id(*ENV) == second


def test_a_margin_longer_than_any_session(world: World) -> None:
    """If even a new session has a shorter life, one warning says so, and sessions are used."""
    said = world.ask(*ENV, "--min-ttl", "2h")
    assert said.err.count("not the 2h00m of --min-ttl") == 1
    world.pass_until(40 * MINUTE + 30)
    again = world.ask(*ENV, "--min-ttl", "2h")
    assert again.out == said.out
    assert again.err.count("the session lives 40m, not the 2h00m of --min-ttl") == 1
    assert world.fake.calls == []


def test_fresh_is_never_served_from_the_cache(world: World) -> None:
    """With --fresh, the result is a new session or an error, even if AWS cannot be reached."""
    first = world.key_id(*ENV)
    assert world.key_id(*ENV, "--fresh") != first
    world.fake.fault("GetSessionToken", faults.unavailable(), times=9)
    said = world.ask(*ENV, "--fresh")
    assert (said.status, said.out) == (1, "")
    assert said.error


UNREACHABLE = {"trouble": faults.unavailable(), "lost": faults.lost()}


@pytest.mark.parametrize("fault", UNREACHABLE)
def test_an_expiring_session_is_served_if_aws_is_unreachable(fault: str, world: World) -> None:
    """With more than a minute left it is served with a warning; with less it is not."""
    first = world.key_id(*ENV)
    world.fake.fault("GetSessionToken", UNREACHABLE[fault], times=99)
    world.pass_until(80)
    said = world.ask(*ENV)
    assert json.loads(said.out)["AccessKeyId"] == first
    assert said.err.count("using the session that expires soon") == 1
    assert world.fake.actions() != []
    world.move(40)
    late = world.ask(*ENV)
    assert (late.status, late.out) == (1, "")


def test_the_last_minute_has_sixty_seconds(world: World) -> None:
    """With sixty seconds left a session is the last resort; with a second less it is none."""
    expires = datetime.fromisoformat(json.loads(world.ask(*ENV).out)["Expiration"]).timestamp()
    world.fake.fault("GetSessionToken", faults.unavailable(), times=99)
    world.pass_until(MINUTE)
    for left, status in ((60, 0), (59, 1)):
        clock = partial(float, expires - left)
        assert say_at(world.capsys, clock, os.environ, *ENV).status == status


@pytest.mark.parametrize("code", ["AccessDenied", "InvalidClientTokenId", "SignatureDoesNotMatch"])
def test_an_expiring_session_is_not_served_if_aws_refuses(code: str, world: World) -> None:
    """A refusal is an answer: the key was deleted, or a permission removed."""
    world.key_id(*ENV)
    world.fake.fault("GetSessionToken", faults.error(code, status=403), times=9)
    world.pass_until(2 * MINUTE)
    said = world.ask(*ENV)
    assert (said.status, said.out) == (1, "")


def test_an_expiring_session_is_served_if_a_prompt_is_forbidden(world: World) -> None:
    """If a code is needed and prompts are forbidden, it is served with a warning until its last minute."""
    first = world.key_id("env", "m", "--format", "json", "-t", world.device.code())
    world.pass_until(80, 8 * 3600)
    said = world.ask("env", "m", "--format", "json", "--no-input")
    assert json.loads(said.out)["AccessKeyId"] == first
    assert said.err.count("using the session that expires soon") == 1
    world.move(40)
    assert world.ask("env", "m", "--format", "json", "--no-input").status == 4
    assert world.fake.calls == []


def test_a_source_session_is_used_to_its_last_minute(world: World) -> None:
    """A session that only assumes roles needs no margin, so one code serves until it expires."""
    assert world.ask("env", "r", "--format", "json", "-t", world.device.code()).status == 0
    world.pass_until(80, 8 * 3600)
    assert world.ask("env", "r", "--format", "json", "--no-input").status == 0
    assert world.fake.actions() == ["AssumeRole"]
    world.move(2 * 3600)
    assert world.ask("env", "r", "--format", "json", "--no-input").status == 4


def test_a_session_is_renewed_only_once(world: World) -> None:
    """If AWS says that the new session has expired, too, the program does not try again."""
    assert world.ask("env", "p2").status == 0
    world.fake.fault("AssumeRole", faults.error("ExpiredToken", status=403), times=9)
    said = world.ask("env", "p2", "--fresh")
    assert said.status == 1
    assert world.fake.actions() == ["AssumeRole"]
    world.fake.clear_faults()
    world.move(3600 - 2 * MINUTE)
    world.fake.fault("AssumeRole", faults.error("ExpiredToken", status=403), times=1)
    world.fake.fault("AssumeRole", faults.error("ExpiredToken", status=403), at=3, times=9)
    said = world.ask("env", "p2")
    assert said.status == 1
    assert [call.outcome for call in world.fake.calls] == ["ExpiredToken", "ok", "ExpiredToken"]


def test_the_one_hour_cap_for_a_credential_process(world: World, aws_config: Path, tmp_path: Path) -> None:
    """With a key from a credential_process roles may be long, with a session they last an hour."""
    world.fake.role("long", "222222222222", trust=["111111111111"], max_session=7200)
    answer = {"Version": 1, "AccessKeyId": "", "SecretAccessKey": ""}
    key = next(iter(world.fake.world.users.values())).keys[0]
    answers = {"key": {"AccessKeyId": key.id, "SecretAccessKey": key.secret}}
    session = json.loads(world.ask(*ENV).out)
    answers["session"] = {name: value for name, value in session.items() if name != "Version"}
    for kind, expected in (("key", "7200"), ("session", "3600")):
        (tmp_path / "answer").write_text(json.dumps({**answer, **answers[kind]}))
        aws_config.write_text(
            f"[profile p]\ncredential_process = cat {tmp_path}/answer\n"
            f"[profile r]\nsource_profile = p\nrole_arn = {ROLE.format('long')}\nduration_seconds = 7200\n"
        )
        said = world.ask("env", "r")
        assert said.status == 0, said.err
        assert [call.parameters["DurationSeconds"] for call in world.fake.calls] == [expected]
        assert ("reduced to 3600 s" in said.err) == (kind == "session")
