"""`explain` shows what a profile would do, and `whoami` its identity."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from conftest import put, run
from fakeaws import FakeAWS, MfaDevice

ROLE = "arn:aws:iam::222222222222:role/r"


@pytest.fixture
def device(fake: FakeAWS, store: Path, aws_config: Path, monkeypatch: pytest.MonkeyPatch) -> MfaDevice:
    """A role profile `ro` with MFA, and a region in the environment."""
    alice = fake.user("alice")
    key, device = alice.key(), alice.mfa()
    put(store, "dev", key.id, key.secret)
    fake.role("r", "222222222222", trust=[alice.arn])
    serial = f"mfa_serial = {device.serial}\n"
    aws_config.write_text(
        f"[profile dev]\nregion = us-east-1\n{serial}"
        f"[profile ro]\nsource_profile = dev\nrole_arn = {ROLE}\nregion = eu-west-1\n{serial}"
    )
    monkeypatch.setenv("AWS_REGION", "us-east-2")
    return device


def explained(*words: str) -> dict[str, object]:
    done = run("explain", "--json", *words)
    assert done.returncode == 0, done.stderr
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


def test_the_json(device: MfaDevice, fake: FakeAWS) -> None:
    """The JSON has profile, region, settings with their origin, steps, notes and the cached session."""
    answer = explained("ro")
    assert answer["profile"] == "ro"
    assert answer["region"] == "us-east-2"
    settings = answer["settings"]
    assert isinstance(settings, dict)
    assert settings["role_arn"] == {"value": ROLE, "from": "[profile ro]"}
    assert settings["region"] == {"value": "us-east-2", "from": "AWS_REGION"}
    assert answer["steps"] == [
        {"call": "store", "profile": "dev"},
        {"call": "GetSessionToken", "profile": "dev", "duration": 28800, "mfa_serial": device.serial},
        {"call": "AssumeRole", "profile": "ro", "role_arn": ROLE, "duration": 3600, "mfa_serial": None},
    ]
    assert answer["cached"] is None
    assert fake.calls == []


@pytest.mark.usefixtures("device")
def test_options_and_their_notes() -> None:
    """The effect of an option is shown with its origin; a reduced duration is noted."""
    answer = explained("ro", "--region", "sa-east-1", "-d", "2h")
    settings = answer["settings"]
    assert isinstance(settings, dict)
    assert settings["region"] == {"value": "sa-east-1", "from": "--region"}
    assert answer["steps"] == [
        {"call": "store", "profile": "dev"},
        {"call": "AssumeRole", "profile": "ro", "role_arn": ROLE, "duration": 7200, "mfa_serial": settings["mfa_serial"]["value"]},
    ]  # fmt: skip


def test_the_cached_session(device: MfaDevice) -> None:
    """After a run the expiry of the session is shown, from its file name."""
    assert run("env", "ro", "-t", device.code()).returncode == 0
    cached = explained("ro", "--region", "sa-east-1")["cached"]
    assert isinstance(cached, dict)
    assert str(cached["expires"]).endswith("Z")
    for words in (["-d", "2h"], ["--fresh"], ["--read-only"]):
        assert explained("ro", *words)["cached"] is None, "it would not be used"


@pytest.mark.usefixtures("device")
def test_session_policies() -> None:
    """Policies are shown with the call that they limit."""
    arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    steps = explained("ro", "--read-only")["steps"]
    assert isinstance(steps, list)
    assert [step.get("policy_arns") for step in steps] == [None, None, [arn]]
    assert "as profile ro, limited by policies" in run("explain", "ro", "--read-only").stdout


@pytest.mark.usefixtures("device")
def test_explain_does_nothing(tmp_path: Path, fake: FakeAWS) -> None:
    """explain runs no gpg, prompts for nothing, makes no call and creates no file."""
    calls = tmp_path / "calls"
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "gpg").write_text(f"#!/bin/sh\necho x >> {calls}\nexit 2\n")
    (tmp_path / "bin" / "gpg").chmod(0o755)
    home = Path(os.environ["HOME"])
    before = sorted(home.rglob("*"))
    assert run("explain", "ro", PATH=f"{tmp_path}/bin:{os.environ['PATH']}").returncode == 0
    assert not calls.exists()
    assert fake.calls == []
    assert sorted(home.rglob("*")) == before


def test_the_text_output(device: MfaDevice) -> None:
    """The text names every step in order, and each setting's origin."""
    text = run("explain", "ro").stdout
    positions = [text.index(part) for part in ("from the store", "GetSessionToken", f"AssumeRole {ROLE}")]
    assert positions == sorted(positions)
    assert f"with a code of {device.serial}" in text
    assert "(AWS_REGION)" in text


@pytest.mark.usefixtures("device")
def test_secrets_of_the_files_are_hidden(home: Path) -> None:
    """Static keys are used with a warning, and never shown."""
    (home / ".aws" / "credentials").write_text(
        "[static]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = hushhush\n"
        "aws_session_token = hush2\n"
    )
    done = run("explain", "static", "--debug")
    assert done.returncode == 0, done.stderr
    assert "hush" not in done.stdout + done.stderr
    used = run("env", "static")
    assert "pass aws add static stores them encrypted" in used.stderr


def test_static_keys_are_a_source(fake: FakeAWS, home: Path) -> None:
    """A long-lived key in the AWS files gives a session, as a stored one does."""
    key = next(iter(fake.world.users.values())).key() if fake.world.users else fake.user("bob").key()
    (home / ".aws").mkdir()
    (home / ".aws" / "credentials").write_text(
        f"[static]\naws_access_key_id = {key.id}\naws_secret_access_key = {key.secret}\n"
    )
    done = run("env", "static", "--format", "json", PASS_AWS_SESSION_CACHE="none")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["SessionToken"]
    assert fake.actions() == ["GetSessionToken"]


def test_whoami(device: MfaDevice) -> None:
    """whoami prints account, ARN and user id of the profile's credentials."""
    done = run("whoami", "ro", "--json", "-t", device.code())
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["Account"] == "222222222222"
    assert answer["Arn"].startswith("arn:aws:sts::222222222222:assumed-role/r/pass-aws-")
    assert answer["Arn"] in run("whoami", "ro").stdout


@pytest.mark.usefixtures("device")
def test_without_a_terminal() -> None:
    """Without terminal, display or source of codes: exit 4 at once, a command to run, empty stdout."""
    for words in (
        ["exec", "ro", "--", "true"],
        ["env", "ro", "--format", "json"],
        ["credential-process", "ro"],
    ):
        for more in ([], ["--no-input"]):
            done = run(words[0], words[1], *more, *words[2:])
            assert done.returncode == 4, done.stderr
            assert "pass aws exec" in done.stderr
            assert done.stdout == ""
