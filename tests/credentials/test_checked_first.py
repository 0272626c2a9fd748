"""Every setting of the table, and the environment, is checked before any decryption, prompt or call."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from conftest import put, run
from run_in_process import say

from pass_aws.config import setting_keys
from pass_aws.credentials.sources import sts_call
from pass_aws.system import file_lock

if TYPE_CHECKING:
    from fakeaws import FakeAWS, MfaDevice

ROLE = "role_arn = arn:aws:iam::123456789012:role/r\n"
WRONG = {
    "role_arn": "arn:aws:iam::1:role/r",
    "credential_source": "environment",
    "external_id": "a b",
    "source_identity": "a b",
    "session_tags": "a=1,a=2",
    "transitive_session_tags": ",".join(f"k{number}" for number in range(60)),
    "sso_account_id": "12",
    "sso_start_url": "http://x.awsapps.com/start",
    "sso_region": "Mars",
    "sso_role_name": "a b",
    "sso_registration_scopes": "a b;c",
    "login_session": "alice",
    "aws_account_id": "12",
    "region": "Mars",
    "mfa_serial": "m",
    "role_session_name": "a b",
    "sts_regional_endpoints": "global",
    "use_fips_endpoint": "yes",
    "use_dualstack_endpoint": "yes",
    "no_session": "yes",
    "allow_http_endpoint": "yes",
    "ignore_configured_endpoint_urls": "yes",
    "ec2_metadata_service_endpoint": "169.254.169.254",
    "ec2_metadata_service_endpoint_mode": "ipv5",
    "imds_use_ipv6": "yes",
    "ec2_metadata_v1_disabled": "yes",
    "metadata_service_timeout": "0",
    "metadata_service_num_attempts": "many",
    "duration_seconds": "13h",
    "session_token_ttl": "37h",
    "chained_session_token_ttl": "soon",
    "policy": "{}",
    "policy_arns": "ReadOnlyAccess",
}
"""For each key with a check, a value that AWS would refuse."""
CHECKED = {key.name: key for key in setting_keys.ALL if key.check is not str} | {
    key.name: key for key in setting_keys.DURATIONS
}


def places(name: str) -> list[str]:
    """Where a setting may be set: in the file, in each of its variables, in its option."""
    key = CHECKED[name]
    options = {"role_arn": "--role-arn", "region": "--region", "policy": "--policy-file"}
    options |= {"policy_arns": "--policy-arn", "duration_seconds": "--duration"}
    return [
        *(["file"] if key.in_files else []),
        *key.env,
        *key.target_env,
        *([options[name]] if name in options else []),
    ]


def test_the_table_is_complete() -> None:
    """Each setting with a check has a wrong value in the table."""
    assert set(WRONG) == set(CHECKED)


def profile(name: str, own: str) -> str:
    """A profile that is correct except for one line, and for which a wrong key is stored."""
    if name.startswith("sso_"):
        return "".join(line for line in SSO if not line.startswith(name)) + own
    if name == "role_arn":
        return f"source_profile = u\n{own}"
    if name == "credential_source":
        return ROLE + own
    instance = name in {key.name for key in setting_keys.INSTANCE}
    return ROLE + ("credential_source = Ec2InstanceMetadata\n" if instance else "source_profile = u\n") + own


SSO = (
    "sso_start_url = https://x.awsapps.com/start\n",
    "sso_region = us-east-1\n",
    "sso_account_id = 123456789012\n",
    "sso_role_name = r\n",
)


@pytest.mark.parametrize(("name", "place"), [(name, place) for name in WRONG for place in places(name)])
def test_a_wrong_value_is_refused_before_anything_happens(
    name: str, place: str, aws_config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The error names the setting, the variable or the option, and no gpg is started."""
    value = str(tmp_path / "policy") if place == "--policy-file" else WRONG[name]
    (tmp_path / "policy").write_text(WRONG[name])
    own = f"{name} = {value}\n" if place == "file" else ""
    aws_config.write_text(f"[profile u]\n[profile x]\n{profile(name, own)}")
    entry = tmp_path / "store" / "aws-vault" / "u.gpg"
    entry.parent.mkdir(parents=True)
    entry.write_text("cannot be decrypted")
    env = {"HOME": os.environ["HOME"], "PASSWORD_STORE_DIR": str(tmp_path / "store")}
    env |= {place: value} if place.isupper() else {}
    words = [place, value] if place.startswith("--") else []
    said = say(capsys, "env", "x", "--format", "json", *words, **env)
    assert said.status == 1, said.err
    named = f": {name}: " if place == "file" else place
    assert named in said.error, said.error
    assert said.hint
    assert "gpg" not in said.err


@pytest.mark.parametrize("template", ["{user}@{host}", "{host}-{time}", "x" * 64, "{user}{user}{user}"])
def test_session_names_are_shortened(template: str) -> None:
    """AWS allows 64 characters of a small set; names of users and hosts are made to fit."""
    name = sts_call.session_name(template, user="u" * 40 + "é", host="host.example." * 9, now=1_800_000_000)
    assert 2 <= len(name) <= 64
    assert set(name) <= sts_call.NAME_CHARACTERS
    assert name.startswith(("u" * 40, "host.example.", "x" * 64))


@pytest.fixture
def device(fake: FakeAWS, store: Path, aws_config: Path) -> MfaDevice:
    alice = fake.user("alice")
    key, device = alice.key(), alice.mfa("alice")
    put(store, "u", key.id, key.secret)
    aws_config.write_text(f"[profile u]\nmfa_serial = {device.serial}\n[profile plain]\nsource_profile = u\n")
    return device


@pytest.mark.parametrize("value", ["1", "true", "yes"])
@pytest.mark.usefixtures("device")
def test_the_no_input_variable(value: str, fake: FakeAWS) -> None:
    """Any value except empty and 0 forbids prompts: exit 4, with the command to run."""
    done = run("env", "u", PASS_AWS_NO_INPUT=value)
    assert done.returncode == 4
    assert "pass aws exec u" in done.stderr.splitlines()[-1]
    assert fake.calls == []


@pytest.mark.usefixtures("device")
def test_an_empty_umask_variable_is_ignored(tmp_path: Path) -> None:
    """An empty PASS_AWS_UMASK keeps the caller's umask."""
    os.umask(0o027)
    try:
        done = run("exec", "u", "-n", "--", "sh", "-c", "umask", PASS_AWS_UMASK="")
    finally:
        os.umask(0o022)
    assert (done.returncode, done.stdout.strip()[-3:]) == (0, "027")


@pytest.mark.root  # only root can change a file's owner
@pytest.mark.usefixtures("device")
def test_a_lock_file_of_another_user(home: Path) -> None:
    """A lock file of another user costs one warning at most, not the command."""
    path = Path(file_lock.path(str(home / ".local/state/pass-aws"), "gpg"))
    path.parent.mkdir(parents=True, mode=0o700)
    path.touch(mode=0o600)
    os.chown(path, 65534, 65534)
    done = run("env", "plain", "-n")
    assert done.returncode == 0, done.stderr
    assert len([line for line in done.stderr.splitlines() if "lock" in line]) <= 1
