"""`configure` writes, checks and removes lines that every SDK reads alike, and changes nothing else."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from typing import TYPE_CHECKING

import pytest
from botocore.session import Session
from conftest import put, run
from hypothesis import given
from hypothesis import strategies as st
from run_in_process import Said, say

from pass_aws.config import process_line
from pass_aws.config.profiles import profiles
from pass_aws.errors import DONE, FAILED, NOT_FOUND, USAGE, UserError

if TYPE_CHECKING:
    from pathlib import Path

    from fakeaws import FakeAWS

TEXT = "# mine\n[profile dev]\nregion = eu-west-1\n\n[profile ro]\nrole_arn = arn:aws:iam::111111111111:role/ro\nsource_profile = dev\n"


@pytest.fixture
def config(store: Path, fake: FakeAWS, aws_config: Path) -> Path:
    alice = fake.user("alice")
    key = alice.key()
    for name in ("dev", "team/it's mine"):
        put(store, name, key.id, key.secret)
    fake.role("ro", trust=[alice.arn])
    aws_config.write_text(TEXT)
    return aws_config


def configure(capsys: pytest.CaptureFixture[str], *argv: str, **env: str) -> Said:
    return say(capsys, "configure", *argv, **{**os.environ, **env})


def line(config: Path, name: str = "dev") -> str:
    section = profiles(config.read_text(), "c").profile(name)
    assert section is not None
    return section.values["credential_process"].text


def test_a_line_is_written_and_used(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The line has an absolute path, the rest of the file is unchanged, and botocore uses it."""
    assert configure(capsys, "dev").status == DONE
    program = shlex.split(line(config))[0]
    assert os.path.isabs(program)
    assert config.read_text() == TEXT.replace(
        "[profile dev]\n", f"[profile dev]\ncredential_process = {line(config)}\n"
    )
    os.environ["PATH"] = "/usr/bin:/bin"
    credentials = Session(profile="dev").get_credentials()
    assert credentials.get_frozen_credentials().access_key.startswith("ASIA")


def test_a_second_run_changes_nothing(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--check confirms the lines, and reports a program that was moved."""
    configure(capsys, "dev")
    before = config.read_text(), config.stat().st_ino
    assert configure(capsys, "dev").status == DONE
    assert (config.read_text(), config.stat().st_ino) == before
    assert configure(capsys, "dev", "--check").out == "dev: correct\n"
    config.write_text(before[0].replace(shlex.split(line(config))[0], "/gone/pass-aws"))
    said = configure(capsys, "dev", "--check")
    assert (said.status, said.out) == (
        FAILED,
        "dev: its line names /gone/pass-aws, which cannot be executed\n",
    )
    assert configure(capsys, "dev").status == DONE
    assert config.read_text() == before[0]


def test_lines_are_removed(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Lines are removed byte for byte, by name or all; a line of another program is kept."""
    for words in (["dev"], ["--all"]):
        configure(capsys, "dev")
        assert configure(capsys, "--remove", *words).status == DONE
        assert config.read_text() == TEXT
    other = "[profile dev]\ncredential_process = other\n"
    config.write_text(other)
    assert configure(capsys, "--remove", "--all").status == DONE
    assert configure(capsys, "--remove", "dev").status == FAILED
    assert config.read_text() == other


def test_all_stored_keys(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--all writes a line for every stored key, also for one without a section, and for no other profile."""
    assert configure(capsys, "--all").status == DONE
    read = profiles(config.read_text(), "c")
    assert read.names == ("dev", "ro", "team/it's mine")
    ro = read.profile("ro")
    assert ro is not None
    assert "credential_process" not in ro.values
    assert shlex.split(line(config, "team/it's mine"))[1:] == ["credential-process", "team/it's mine"]


def test_a_role_is_skipped(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """SDKs ignore the line in a role profile, so it is skipped with a message; --as writes one that works."""
    said = configure(capsys, "ro")
    assert (said.status, config.read_text()) == (FAILED, TEXT)
    assert "SDKs assume its role themselves; pass aws configure ro --as NAME" in said.err
    assert configure(capsys, "ro", "--as", "ro-sdk").status == DONE
    session = Session(profile="ro-sdk")
    assert session.get_config_variable("region") == "us-east-1"
    assert session.get_credentials().get_frozen_credentials().access_key.startswith("ASIA")


@pytest.mark.parametrize(
    ("own", "credentials", "why"),
    [
        ("sso_start_url = https://x.awsapps.com/start\n", "", "SSO"),
        ("login_session = arn:aws:iam::111111111111:user/a\n", "", "login_session"),
        ("", "[dev]\naws_access_key_id = AKIA\naws_secret_access_key = x\n", "credentials file"),
        ("credential_process = other\n", "", "another program"),
    ],
)
def test_a_profile_with_other_credentials_is_skipped(
    own: str, credentials: str, why: str, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No line is written where it has no effect, or over the line of another program."""
    config.write_text(f"[profile dev]\n{own}")
    (config.parent / "credentials").write_text(credentials)
    said = configure(capsys, "dev")
    assert (said.status, config.read_text()) == (FAILED, f"[profile dev]\n{own}")
    assert why in said.err


def test_dry_run(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--dry-run prints the difference to stdout, and does not change the file."""
    said = configure(capsys, "--all", "--dry-run")
    assert "+credential_process = /" in said.out
    assert said.err == ""
    assert config.read_text() == TEXT


def test_nothing_to_change_is_said(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A run that changes nothing says so, with --dry-run, too."""
    assert configure(capsys, "--all", "--remove").err == "pass aws: nothing to change\n"
    configure(capsys, "dev")
    before = config.read_text()
    for words in (["dev"], ["dev", "--dry-run"]):
        assert configure(capsys, *words).err == "pass aws: nothing to change\n"
    said = configure(capsys, "dev", "--remove", "--dry-run")
    assert "-credential_process = /" in said.out
    assert (said.err, config.read_text()) == ("", before)


def test_the_store_is_written_into_the_line(
    config: Path, store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An SDK runs the line without our environment, so it contains --pass-dir and --pass-prefix."""
    configure(capsys, "dev", "--pass-dir", str(store), "--pass-prefix", "aws-vault")
    assert shlex.split(line(config))[3:] == [f"--pass-dir={store}", "--pass-prefix=aws-vault"]
    del os.environ["PASSWORD_STORE_DIR"]
    assert Session(profile="dev").get_credentials().get_frozen_credentials().access_key.startswith("ASIA")


@pytest.mark.parametrize(
    "words", [[], ["dev", "--all"], ["dev", "--check", "--remove"], ["a", "b", "--as", "c"]]
)
def test_wrong_usage(words: list[str], config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Wrong usage writes nothing."""
    assert configure(capsys, *words).status == USAGE
    assert config.read_text() == TEXT


def test_a_profile_without_credentials(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A mistyped name gets no line, since SDKs could not use it."""
    said = configure(capsys, "dve")
    assert (said.status, config.read_text()) == (FAILED, TEXT)
    assert said.hint == "did you mean dev"


def test_without_an_installed_program(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A line needs an installed program."""
    said = configure(capsys, "dev", PATH="/usr/bin:/bin")
    assert (said.status, config.read_text()) == (NOT_FOUND, TEXT)


def test_our_own_line_is_not_run(config: Path, fake: FakeAWS, capsys: pytest.CaptureFixture[str]) -> None:
    """A profile with our line is answered from the store, also through an SDK.

    Without a key it is an error.
    """
    configure(capsys, "dev")
    answer = json.loads(run("credential-process", "dev", AWS_PROFILE="dev").stdout)
    assert answer["AccessKeyId"].startswith("ASIA")
    config.write_text(
        config.read_text() + f"[profile gone]\ncredential_process = {line(config).replace(' dev', ' gone')}\n"
    )
    done = run("credential-process", "gone", AWS_PROFILE="gone")
    assert done.returncode == FAILED
    assert done.stderr.startswith("pass aws: error: no credentials for profile gone")


WORD = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\u2028\u2029\x85"),
    min_size=1,
    max_size=12,
)


@given(WORD)
def test_shlex_reads_the_line(name: str) -> None:
    """botocore's shlex finds our words; none contains ` #` or ` ;`, where Go and JavaScript cut the line."""
    text = process_line.written("/opt/a b/pass-aws", name)
    assert shlex.split(text) == ["/opt/a b/pass-aws", "credential-process", name]
    assert " #" not in text
    assert " ;" not in text
    assert text[0] == "/"


@pytest.mark.parametrize(
    "name",
    ["dev", "it's", 'a "b"', "$HOME", "`id`", "a;b #c", "*", "~", "a\\b", "é ü", "(x)&|<>", "{a,b}", "!x"],
)
def test_a_shell_reads_the_line(name: str) -> None:
    """Go and JavaScript run the line with /bin/sh, which finds our words."""
    text = process_line.written("/usr/bin/printf", name)
    done = subprocess.run(
        ["/bin/sh", "-c", text.replace(" credential-process ", " '%s\\n' ")], capture_output=True, check=True
    )
    assert done.stdout.decode() == f"{name}\n"


def test_control_characters_are_refused() -> None:
    """A control character would end the line."""
    with pytest.raises(UserError):
        process_line.written("/x/pass-aws", "a\nb")
