"""Which of two answers is used, and that only a wrong code leads to a second prompt."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, NamedTuple

import pexpect
import pytest
from conftest import MAIN, put, run
from fakeaws import faults
from test_plan import OTHER, TWO_HOURS, M, alias, calls, planned, role, user

from pass_aws.credentials.step import capping

if TYPE_CHECKING:
    from pathlib import Path

    from fakeaws import AccessKey, FakeAWS, MfaDevice


class World(NamedTuple):
    """Users alice and bob, each with a stored key of the same name, and alice's device."""

    fake: FakeAWS
    alice: AccessKey
    bob: AccessKey
    device: MfaDevice


@pytest.fixture
def world(fake: FakeAWS, store: Path) -> World:
    alice, bob = fake.user("alice"), fake.user("bob")
    made = World(fake, alice.key(), bob.key(), alice.mfa("alice"))
    put(store, "alice", made.alice.id, made.alice.secret)
    put(store, "bob", made.bob.id, made.bob.secret)
    return made


@pytest.mark.parametrize(
    "beside",
    [
        "source_profile = bob\n",
        "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\n",
        "credential_process = false\n",
        "role_arn = arn:aws:iam::111111111111:role/x\nsource_profile = bob\n",
    ],
)
def test_a_stored_key_overrides_other_settings(beside: str, world: World, aws_config: Path) -> None:
    """The profile's own key is used, whatever other source the profile names."""
    world.fake.role("x", "111111111111", trust=["111111111111"])
    aws_config.write_text(f"[profile bob]\n[profile alice]\n{beside}")
    done = run("env", "alice")
    assert done.returncode == 0, done.stderr
    assert {call.key_id for call in world.fake.calls} == {world.alice.id}


def test_the_nearest_device_is_used() -> None:
    """Of a user and its aliases, the profile nearest to the target sets the device."""
    text = user("u", M) + alias("al", "u", OTHER) + alias("al2", "al")
    assert calls(planned(text, "u")) == ["GST u 8h M"]
    assert calls(planned(text, "al")) == calls(planned(text, "al2")) == ["GST u 8h other"]
    assert calls(planned(text + role("r", "al2", OTHER), "r")) == ["GST u 8h other", "AR r 1h"]


SESSION = "aws_access_key_id = ASIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\naws_session_token = t\n"
SOURCES = {
    "static": (user("s", SESSION) + role("r", "s"), True),
    "static key": (user("s", SESSION.replace("aws_session_token = t\n", "")) + role("r", "s"), False),
    "older name": (user("s", SESSION.replace("session_t", "security_t")) + role("r", "s"), True),
    "container": (role("r", more="credential_source = EcsContainer\n"), True),
    "instance": (role("r", more="credential_source = Ec2InstanceMetadata\n"), True),
    "web identity": (
        user("s", "web_identity_token_file = /t\n" + role("s").split("\n", 1)[1]) + role("r", "s"),
        True,
    ),
}


@pytest.mark.parametrize("source", SOURCES)
def test_a_role_of_a_session_lasts_an_hour(source: str) -> None:
    """A role assumed with a session lasts an hour; with a key, it lasts as long as requested."""
    text, session = SOURCES[source]
    made = planned(text, "r", stored="", options=TWO_HOURS)
    assert made.steps[-1].duration == (3600 if session else 7200)
    assert made.steps[-1].request is not None
    assert made.steps[-1].request.duration == made.steps[-1].duration
    assert bool(made.notes) == session
    assert made.notes in ((), (capping(7200),))


SESSION_NAME = "sts.GetSessionToken,cGxhaW4,,1795341504"
"""A session with aws-vault's name."""


def test_a_session_of_aws_vault_is_not_used(world: World, store: Path, aws_config: Path) -> None:
    """The session's name does not say how it was made. `clear --aws-vault` removes it and nothing else."""
    put(store, SESSION_NAME, world.alice.id, world.alice.secret)
    aws_config.write_text(f"[profile r]\nsource_profile = {SESSION_NAME}\n")
    for profile in (SESSION_NAME, "r"):
        done = run("env", profile, "-n")
        assert (done.returncode, done.stdout) == (1, "false\n")
        assert f"there is no profile {SESSION_NAME}" in done.stderr
    assert SESSION_NAME not in run("list", "--credentials").stdout
    assert run("clear", "--aws-vault").returncode == 0
    left = sorted(path.stem for path in (store / "aws-vault").iterdir())
    assert left == ["alice", "bob"]


REFUSALS = {
    "denied": faults.error("AccessDenied", "User is not authorized to perform: sts:GetSessionToken", 403),
    "unknown key": faults.error(
        "InvalidClientTokenId", "The security token included in the request is invalid.", 403
    ),
    "region": faults.error("RegionDisabledException", "STS is not activated in this region", 403),
    "parameter": faults.error("ValidationError", "1 validation error detected", 400),
    "lost": faults.lost(),
    "garbage": faults.garbage(),
}


@pytest.mark.parametrize("refusal", REFUSALS)
def test_only_a_wrong_code_leads_to_a_second_prompt(
    refusal: str, world: World, aws_config: Path, tmp_path: Path
) -> None:
    """Another refusal uses no second code and does not prompt."""
    count = tmp_path / "count"
    count.touch()
    aws_config.write_text(
        f"[profile alice]\nmfa_serial = {world.device.serial}\n"
        f"mfa_process = echo x >> {count}; echo {world.device.code()}\n"
    )
    world.fake.fault("GetSessionToken", REFUSALS[refusal], times=9)
    done = run("env", "alice")
    assert done.returncode == 1
    assert count.read_text() == "x\n"
    assert world.fake.actions() == ["GetSessionToken"]


@pytest.mark.parametrize("key", ["\x03", "\x04"], ids=["interrupt", "end of file"])
def test_a_cancelled_prompt_is_not_repeated(key: str, world: World, aws_config: Path) -> None:
    """One prompt and one cancel give exit 130, no call and no second prompt."""
    aws_config.write_text(f"[profile alice]\nmfa_serial = {world.device.serial}\n")
    asking = pexpect.spawn(
        sys.executable,
        ["-I", "-S", str(MAIN), "env", "alice"],
        env=dict(os.environ),
        timeout=30,
        encoding="utf-8",
    )
    asking.expect("MFA code for")
    asking.send(key)
    asking.expect(pexpect.EOF)
    asking.close()
    assert "MFA code for" not in (asking.before or "")
    assert asking.exitstatus == 130
    assert world.fake.calls == []
