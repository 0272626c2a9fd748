"""After a request: no ticket unless it was plain, and no variable of its options for the command."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest
import sso_world
from conftest import put, run
from run_in_process import say_at

from pass_aws.command_line.catalogue import VERBS
from pass_aws.command_line.parser import parser_of

if TYPE_CHECKING:
    from pathlib import Path

    from fakeaws import FakeAWS, MfaDevice

ROLE = "arn:aws:iam::222222222222:role/{}"
POLICY = "arn:aws:iam::aws:policy/ReadOnlyAccess"


@pytest.fixture
def device(fake: FakeAWS, store: Path, aws_config: Path) -> MfaDevice:
    """A user `u`, and its role `r`, both without MFA; alice's device."""
    alice = fake.user("alice")
    key, device = alice.key(), alice.mfa("alice")
    put(store, "u", key.id, key.secret)
    for name in ("r", "r2"):
        fake.role(name, "222222222222", trust=[alice.arn])
    aws_config.write_text(f"[profile u]\n[profile r]\nsource_profile = u\nrole_arn = {ROLE.format('r')}\n")
    return device


def options() -> list[str]:
    """Every option of a request for credentials, as the parser has them."""
    groups = parser_of(VERBS["env"])._action_groups
    (group,) = (group for group in groups if group.title == "credentials")
    return [action.option_strings[-1] for action in group._group_actions]


def words(option: str, folder: Path, device: MfaDevice) -> list[str]:
    """The option with a value."""
    (folder / "policy").write_text(json.dumps({"Version": "2012-10-17", "Statement": []}))
    values = {
        "--duration": "30m", "--min-ttl": "10m", "--mfa-token": device.code(), "--prompt": "terminal",
        "--region": "eu-west-1", "--role-arn": ROLE.format("r2"), "--policy-arn": POLICY,
        "--policy-file": str(folder / "policy"),
    }  # fmt: skip
    switches = ("--fresh", "--no-session", "--no-input", "--read-only")
    assert (option in values) != (option in switches), "a new option needs a row in this table"
    return [option, values[option]] if option in values else [option]


def tickets(home: Path) -> list[Path]:
    return list(home.glob(".cache/pass-aws/tickets/**/*.gpg"))


@pytest.mark.parametrize("option", options())
def test_a_request_with_an_option_leaves_no_ticket(  # noqa: PLR0917 - fixtures
    option: str,
    device: MfaDevice,
    fake: FakeAWS,
    home: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """With an option the answer differs from that of the plain request, which the front gives."""
    given = words(option, tmp_path, device)
    said = say_at(capsys, fake.clock.now, os.environ, "env", "r", "--format", "json", *given)
    assert said.status == 0, said.err
    assert tickets(home) == []
    assert say_at(capsys, fake.clock.now, os.environ, "env", "r", "--format", "json").status == 0
    assert len(tickets(home)) == 1


def test_a_request_that_signs_in_leaves_a_ticket(  # noqa: PLR0917 - fixtures
    fake: FakeAWS,
    store: Path,
    home: Path,
    tmp_path: Path,
    aws_config: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The file of the sign-in did not exist when the run began, but the front answers the next request."""
    sso_world.built(fake, store, tmp_path, aws_config, monkeypatch)
    said = say_at(capsys, fake.clock.now, os.environ, "env", "dev", "--format", "json")
    assert said.status == 0, said.err
    assert "GetRoleCredentials" in fake.actions()
    assert len(tickets(home)) == 1


@pytest.mark.usefixtures("device")
@pytest.mark.parametrize("profile", ["u", "r"])
def test_options_never_reach_the_command(profile: str, store: Path) -> None:
    """`--no-input`, `--pass-dir` and `--pass-prefix` are ours: the command sees no variable for them."""
    before = {name for name in os.environ if "PASS" in name}
    done = run(
        "exec", profile, "--no-input", "--pass-dir", str(store), "--pass-prefix", "aws-vault", "--", "env", "-0",
        PASS_AWS_MIN_TTL="10m",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    names = {item.partition("=")[0] for item in done.stdout.split("\0")}
    assert {name for name in names if "PASS" in name} == before | {"PASS_AWS_MIN_TTL"}


@pytest.mark.usefixtures("device")
def test_unknown_internal_variables_are_ignored() -> None:
    """A variable that looks like one of our internal ones has no effect and is not passed on."""
    done = run("exec", "u", "--", "env", "-0", _PASS_AWS_TURN="5 /etc/passwd", _PASS_AWS_NONSENSE="x")
    assert done.returncode == 0, done.stderr
    assert "_PASS_AWS_TURN" not in done.stdout
    assert "_PASS_AWS_NONSENSE" not in done.stdout


def test_the_programs_of_a_profile_get_the_options(
    device: MfaDevice, fake: FakeAWS, store: Path, aws_config: Path, tmp_path: Path
) -> None:
    """All three kinds behave alike: a nested pass-aws does not prompt and uses the same store.

    None gets our messages, nor the endpoints that an earlier profile exported; only mfa_process, which does not
    need them, does not get the caller's credentials.
    """
    token = fake.web_token()
    web = fake.role("web", trust=[token.issuer])
    answer = json.dumps({"Version": 1, "AccessKeyId": "AKIAIOSFODNN7EXAMPLE", "SecretAccessKey": "s"})
    (tmp_path / "answer").write_text(answer)
    (tmp_path / "token").write_text(token.token)
    (tmp_path / "code").write_text(device.code())

    def command(kind: str, printed: str) -> str:
        return f"sh -c 'env > {tmp_path}/{kind}; cat {tmp_path}/{printed}'"

    aws_config.write_text(
        f"[profile process]\ncredential_process = {command('process', 'answer')}\n"
        f"[profile web]\nrole_arn = {web.arn}\nweb_identity_token_process = {command('web', 'token')}\n"
        f"[profile u]\nmfa_serial = {device.serial}\nmfa_process = {command('u', 'code')}\n"
    )
    mine = {
        "AWS_SECRET_ACCESS_KEY": "the-callers",
        "AWS_CA_BUNDLE": "/old",
        "_PASS_AWS_SETTINGS": "AWS_CA_BUNDLE=/old",
    }
    for kind in ("process", "web", "u"):
        done = run("env", kind, "--format", "json", "--no-input", "--pass-dir", str(store), **mine)
        assert done.returncode == 0, done.stderr
        lines = (tmp_path / kind).read_text().splitlines()
        assert "PASS_AWS_NO_INPUT=1" in lines
        assert f"AWS_VAULT_PASS_PASSWORD_STORE_DIR={store}" in lines
        assert [line for line in lines if line.startswith(("_PASS_AWS", "AWS_CA_BUNDLE"))] == []
        assert ("AWS_SECRET_ACCESS_KEY=the-callers" in lines) == (kind != "u")


def test_helpers_get_no_secret_of_the_caller(store: Path, programs: Path, tmp_path: Path) -> None:
    """gpg does not get the caller's AWS credentials."""
    put(store, "u", "AKIAIOSFODNN7EXAMPLE", "secret")
    (programs / "gpg").write_text(f'#!/bin/sh\nenv >> {tmp_path}/seen\nPATH=/usr/bin:/bin exec gpg "$@"\n')
    (programs / "gpg").chmod(0o755)
    done = run("env", "u", "-n", AWS_SECRET_ACCESS_KEY="the-callers", AWS_SESSION_TOKEN="the-callers")
    assert done.returncode == 0, done.stderr
    seen = (tmp_path / "seen").read_text()
    assert "PATH=" in seen
    assert "the-callers" not in seen
