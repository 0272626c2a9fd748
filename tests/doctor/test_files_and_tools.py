"""The doctor on AWS files, plain-text keys, other tools and the clock: each problem is found and fixed."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from clinic import Clinic

if TYPE_CHECKING:
    from fakeaws import FakeAWS

BASE = "[profile dev]\nregion = eu-west-1\n"
ROLE = "arn:aws:iam::123456789012:role/reader"


@pytest.fixture
def clinic(home: Path, store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Clinic:
    """The doctor, and a store with the key `dev`."""
    assert home.is_dir()
    (store / "aws-vault").mkdir(mode=0o700)
    (store / "aws-vault" / "dev.gpg").write_bytes(b"")
    (store / "aws-vault" / "dev.gpg").chmod(0o600)
    return Clinic(tmp_path, capsys, os.environ)


def editor(clinic: Clinic, script: str) -> None:
    """An editor that runs one script on the line at which it is opened."""
    path = clinic.folder / "editor"
    path.write_text(f'#!/bin/sh\nexec sed -i "${{1#+}}{script}" "$2"\n')
    path.chmod(0o755)
    clinic.env["EDITOR"] = str(path)


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines()


# The AWS files.


def test_valid_files_have_no_finding(clinic: Clinic, aws_config: Path) -> None:
    """Role chains, settings of the AWS CLI and the SDKs, nested blocks, a profile with only a region."""
    aws_config.write_text(
        f"[default]\nregion = eu-west-1\noutput = json\ncli_pager =\n{BASE}s3 =\n  max_queue_size = 1\n"
        f"[profile ro]\nrole_arn = {ROLE}\nsource_profile = dev\nretry_mode = standard\n[profile bare]\nregion = eu-west-1\n"
    )
    found = [one for one in clinic.look() if one["subject"] == "AWS files"]
    assert [one["status"] for one in found] == ["ok"] * len(found)
    assert len(found) == 5


@pytest.mark.parametrize("wrong", ["[Profile ro]", "[ro]", "[profiles ro]"])
def test_an_invalid_header(clinic: Clinic, aws_config: Path, wrong: str) -> None:
    """The fix replaces the header by the valid one."""
    aws_config.write_text(f"{BASE}{wrong}\nrole_arn = {ROLE}\nsource_profile = dev\n")
    clinic.fixes("config-file", "warn")
    assert lines(aws_config)[2] == "[profile ro]"


def test_a_header_of_the_config_file_in_the_credentials_file(clinic: Clinic, aws_config: Path) -> None:
    """In the credentials file, a header is the profile's name alone."""
    credentials = aws_config.parent / "credentials"
    credentials.write_text("[profile a&b/c]\nregion = eu-west-1\n")
    credentials.chmod(0o600)
    clinic.fixes("config-file", "warn")
    assert lines(credentials)[0] == "[a&b/c]"


def test_a_duplicate_section(clinic: Clinic, aws_config: Path) -> None:
    """Only the user knows which one is right, so the fix opens the editor at its line."""
    aws_config.write_text(f"{BASE}{BASE}")
    editor(clinic, "s/dev/dev2/")
    assert f"{aws_config}:3" in clinic.fixes("config-file", "fail")


def test_a_misspelt_setting(clinic: Clinic, aws_config: Path) -> None:
    """The fix replaces it by the nearest known setting, changes nothing else, and keeps a symlink."""
    real = aws_config.parent / "dotfiles"
    real.write_text(f"[profile ro]\nRole_Arm= {ROLE}\nsource_profle = dev # mine\n  \nmy_own_key = 1\n")
    aws_config.symlink_to(real)
    for _ in range(2):
        clinic.type(clinic.wrong("config-key")[0]["fix"])
    assert clinic.wrong("config-key") == []
    assert lines(real)[1:3] == [f"role_arn= {ROLE}", "source_profile = dev # mine"]
    assert aws_config.is_symlink()


def test_a_loop_of_profiles(clinic: Clinic, aws_config: Path) -> None:
    """A loop is reported once with all its profiles. A profile that leads into it is not part of it."""
    rows = [("a", "b"), ("b", "c"), ("c", "b"), ("d", "a")]
    aws_config.write_text(
        "".join(f"[profile {n}]\nrole_arn = {ROLE}\nsource_profile = {s}\n" for n, s in rows)
    )
    editor(clinic, "s/= .*/= dev/")
    assert clinic.wrong("profile") == []
    assert clinic.fixes("config-source", "fail").endswith("b → c → b")


def test_a_missing_source_profile(clinic: Clinic, aws_config: Path) -> None:
    """The fix uses a profile with a similar name; without one, it stores a key."""
    aws_config.write_text(
        f"{BASE}[profile developer]\n[profile ro]\nrole_arn = {ROLE}\nsource_profile = develper\n"
    )
    assert "no profile develper" in clinic.fixes("config-source", "fail")
    assert lines(aws_config)[-1] == "source_profile = developer"
    aws_config.write_text(f"[profile ro]\nrole_arn = {ROLE}\nsource_profile = it's\n")
    assert clinic.wrong("config-source")[0]["fix"] == """pass aws add 'it'"'"'s'"""


def test_a_stored_key_is_a_valid_source(clinic: Clinic, aws_config: Path) -> None:
    """A source profile with a stored key needs no section, and ends a loop."""
    aws_config.write_text(
        f"[profile ro]\nrole_arn = {ROLE}\nsource_profile = dev\n[profile dev]\nsource_profile = ro\n"
    )
    assert clinic.wrong("config-source") == []


def test_a_role_without_source_credentials(clinic: Clinic, aws_config: Path) -> None:
    """The doctor reports for every profile what `explain` refuses."""
    aws_config.write_text(f"[profile ro]\nrole_arn = {ROLE}\n")
    editor(clinic, "a source_profile = dev")
    assert clinic.fixes("profile", "fail").startswith("profile ro: ")


def test_a_source_without_a_key(clinic: Clinic, aws_config: Path) -> None:
    """A missing key is reported once for all profiles that need it; a profile with only settings is fine."""
    roles = "".join(f"[profile r{n}]\nrole_arn = {ROLE}\nsource_profile = base\n" for n in range(9))
    aws_config.write_text(f"[profile base]\nregion = eu-west-1\n{roles}")
    assert [one["fix"] for one in clinic.wrong("profile")] == ["pass aws add base"]
    assert [one["fix"] for one in clinic.wrong("profile", "base")] == ["pass aws add base"]
    assert [one["fix"] for one in clinic.wrong("profile", "nobody")] == ["pass aws add nobody"]


def test_ten_thousand_profiles(clinic: Clinic, aws_config: Path) -> None:
    """All profiles are read and their sources followed, without a complete plan for each one."""
    texts = [f"[profile p{n}]\nrole_arn = {ROLE}\nsource_profile = p{n - 1}\n" for n in range(1, 10_000)]
    aws_config.write_text(f"[profile p0]\nsource_profile = dev\n{''.join(texts)}regoin = x\n")
    found = clinic.look()
    assert [one["fix"] for one in found if one["check"] == "config-key" and one["status"] == "warn"]
    assert [one["status"] for one in found if one["check"] == "config-source"] == ["ok"]
    assert ["name a profile" in one["found"] for one in found if one["check"] == "profile"] == [True]


def test_a_config_file_that_others_can_write(clinic: Clinic, aws_config: Path) -> None:
    """Other users could add a line that runs a program as the file's owner. It is reported once."""
    aws_config.write_text(BASE)
    aws_config.chmod(0o666)
    assert "can write" not in clinic.run()[2]
    clinic.fixes("config-permissions", "fail")
    aws_config.parent.chmod(0o770)
    clinic.fixes("config-permissions", "warn")
    credentials = aws_config.parent / "credentials"
    credentials.write_text("")
    credentials.chmod(0o644)
    clinic.fixes("config-permissions", "warn")


def test_an_unreadable_config_file(clinic: Clinic, aws_config: Path) -> None:
    """The other checks continue."""
    aws_config.mkdir()
    found = clinic.look()
    assert [one["status"] for one in found if one["check"] == "config-file"] == ["fail"]
    assert {one["subject"] for one in found} >= {"gpg", "store", "installation"}


# Plain-text keys.


def test_keys_in_the_credentials_file(clinic: Clinic, store: Path, fake: FakeAWS, home: Path) -> None:
    """One command imports the keys and removes them from the file; a session there is not a problem."""
    (store / "aws-vault" / "dev.gpg").unlink()
    key = fake.user("carol").key()
    (home / ".aws").mkdir(mode=0o700)
    credentials = home / ".aws" / "credentials"
    text = f"[dev]\naws_access_key_id = {key.id}\naws_secret_access_key = {key.secret}\n"
    credentials.write_text(
        f"{text}[short]\naws_access_key_id = ASIA\naws_secret_access_key = s\naws_session_token = t\n"
    )
    credentials.chmod(0o600)
    clinic.env |= os.environ
    assert key.secret not in json.dumps(clinic.look())
    assert "the key of profile dev" in clinic.fixes("plain-keys", "warn")
    assert key.secret not in credentials.read_text()
    assert (store / "aws-vault" / "dev.gpg").exists()


def test_keys_in_the_config_file(clinic: Clinic, aws_config: Path) -> None:
    """Keys in the config file are reported like keys in the credentials file."""
    aws_config.write_text("[profile x]\naws_access_key_id = AKIA\naws_secret_access_key = canary\n")
    found = clinic.wrong("plain-keys")[0]
    assert found["fix"].startswith("pass aws add x --force && ")
    assert "canary" not in json.dumps(found)


@pytest.mark.parametrize(
    ("folder", "text"),
    [
        (".aws/sso/cache", '{"accessToken": "canary", "expiresAt": "2044-01-01T00:00:00Z"}'),
        (".aws/cli/cache", '{"Credentials": {"SecretAccessKey": "canary"}}'),
        (".aws/login/cache", '{"refreshToken": "canary"}'),
        (".awsume/cache", '{"SecretAccessKey": "canary"}'),
    ],
)
def test_plain_text_sessions_of_other_tools(clinic: Clinic, home: Path, folder: str, text: str) -> None:
    """The fix removes the files; a file without a secret is not reported."""
    cache = home / folder
    cache.mkdir(parents=True)
    (cache / "a b.json").write_text('{"region": "eu-west-1"}')
    assert clinic.wrong("plain-caches") == []
    (cache / "c'd.json").write_text(text)
    assert "canary" not in json.dumps(clinic.look())
    assert str(cache) in clinic.fixes("plain-caches", "warn")


@pytest.mark.parametrize("name", [".bashrc", ".zshrc", ".config/fish/config.fish"])
def test_variables_in_a_startup_file(clinic: Clinic, home: Path, name: str) -> None:
    """The fix removes each line that sets a secret, and no other line."""
    sets = "set -gx {} {}\n" if "fish" in name else "export {}={}\n"
    bad = [sets.format("AWS_VAULT", "prod"), sets.format("AWS_SECRET_ACCESS_KEY", "canary")]
    good = ["# export AWS_VAULT=x\n", "alias v='AWS_VAULT= aws-vault exec'\n", sets.format("AWS_VAULT_BACKEND", "pass"),
            sets.format("AWS_REGION", "eu-west-1")]  # fmt: skip
    path = home / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(good[0] + bad[0] + good[1] + good[2] + bad[1] + good[3])
    assert "canary" not in json.dumps(clinic.look())
    assert "AWS_VAULT, AWS_SECRET_ACCESS_KEY" in clinic.fixes("startup-files", "warn")
    assert path.read_text() == "".join(good)


def test_a_long_lived_key_in_the_environment(clinic: Clinic) -> None:
    """Every program would get the key; a session, or what `exec` has set, is not reported."""
    clinic.env |= {"AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": "canary"}
    clinic.env["AWS_SESSION_TOKEN"] = "x"
    assert clinic.wrong("environment") == []
    del clinic.env["AWS_SESSION_TOKEN"]
    assert "canary" not in json.dumps(clinic.look())
    clinic.fixes("environment", "warn")


# Other tools.


def test_sessions_of_aws_vault_in_the_store(
    aws_vault_store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Sessions in a store that the real aws-vault has written are found and removed."""
    assert aws_vault_store.is_dir()
    clinic = Clinic(tmp_path, capsys, os.environ)
    clinic.fixes("aws-vault", "warn")


def test_other_backends_of_aws_vault(clinic: Clinic, home: Path) -> None:
    """The fix imports keys that aws-vault stores in another backend."""
    clinic.env["AWS_VAULT_BACKEND"] = "pass"
    assert clinic.wrong("aws-vault") == []
    clinic.env["AWS_VAULT_BACKEND"] = "kwallet"
    assert clinic.wrong("aws-vault")[0]["fix"] == "pass aws import --aws-vault kwallet"
    del clinic.env["AWS_VAULT_BACKEND"]
    (home / ".awsvault" / "keys").mkdir(parents=True)
    (home / ".awsvault" / "keys" / "dev").write_text("x")
    assert clinic.wrong("aws-vault")[0]["fix"] == "pass aws import --aws-vault file"


def test_settings_that_only_granted_reads(clinic: Clinic, aws_config: Path) -> None:
    """The fix renames Granted's settings to those that all tools know."""
    names = ("start_url", "region", "account_id", "role_name")
    values = ("https://d-1.awsapps.com/start", "eu-west-1", "123456789012", "Reader")
    rows = "".join(f"granted_sso_{name} = {value}\n" for name, value in zip(names, values, strict=True))
    aws_config.write_text(f"[profile team]\n{rows}")
    clinic.fixes("granted", "warn")
    assert lines(aws_config)[1] == "sso_start_url = https://d-1.awsapps.com/start"


# The clock and the network.


@pytest.mark.parametrize(("skew", "status"), [(0, "ok"), (-120, "warn"), (4000, "fail")])
def test_the_clock(clinic: Clinic, fake: FakeAWS, skew: int, status: str) -> None:
    """Only with `--online`, one unsigned call to AWS shows the difference."""
    clinic.env |= os.environ
    fake.clock.skew = skew
    assert [one for one in clinic.look() if one["check"] == "clock"] == []
    assert fake.calls == []
    found = [one for one in clinic.look("--online") if one["check"] == "clock"]
    assert [one["status"] for one in found] == [status]
    assert len(fake.calls) == 1


def test_aws_is_unreachable(clinic: Clinic) -> None:
    """The reason is printed, with a command that shows more."""
    clinic.env["AWS_ENDPOINT_URL"] = "http://127.0.0.1:9"
    found = clinic.wrong("clock", "--online")[0]
    assert (found["status"], found["fix"]) == ("fail", "curl -sSI http://127.0.0.1:9")


# The output.


def test_the_output(clinic: Clinic, aws_config: Path) -> None:
    """One line for what is fine, two for a problem, grouped by subject, and a summary line.

    Foreign names are escaped.
    """
    aws_config.write_text(f"[profile \x1b[31m]\nrole_arn = {ROLE}\nsource_profile = \x1b]0;x\x07y\n")
    status, out, err = clinic.run()
    rows = out.splitlines()
    assert (status, err) == (1, "")
    assert rows[0] == "gpg"
    assert all(row.isprintable() for row in rows)
    problems = [at for at, row in enumerate(rows) if row.startswith(("  warn  ", "  FAIL  "))]
    assert problems
    assert all(rows[at + 1].startswith("        run: ") for at in problems)
    assert sum(row.startswith("        ") for row in rows) == len(problems)
    assert rows[-2] == ""
    assert rows[-1].endswith(" ok")


def test_a_warning_does_not_change_the_exit_status(clinic: Clinic) -> None:
    """The exit status is 1 only if something does not work."""
    put_aside = {"PASSWORD_STORE_ENABLE_EXTENSIONS", "PASSWORD_STORE_EXTENSIONS_DIR"}
    assert put_aside <= clinic.env.keys()
    clinic.whole = True
    clinic.env |= {"AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": "canary"}
    status, out, _ = clinic.run()
    assert (status, "FAIL" in out, "  warn  static" in out) == (0, False, True), out
