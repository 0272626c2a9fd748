"""Every shell reads our text back as the same bytes, removes stale variables, and runs nothing in it."""

from __future__ import annotations

import configparser
import json
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pass_aws.credentials import formats
from pass_aws.errors import UserError
from pass_aws.model import Credentials
from pass_aws.system import child_environment

if TYPE_CHECKING:
    from pathlib import Path

SESSION = Credentials("ASIAEXAMPLE", "sec/ret+", "tok==", 1795341504, "123456789012")
EXPORTS = child_environment.exports(SESSION, profile="ro", region="eu-west-1")
SHELLS = {
    "dash": ("sh", ["dash", "-c", 'eval "$1"; exec env -0', "dash"]),
    "bash": ("sh", ["bash", "--norc", "-c", 'eval "$1"; exec env -0', "bash"]),
    "zsh": ("sh", ["zsh", "-f", "-c", 'eval "$1"; exec env -0', "zsh"]),
    "fish": ("fish", ["fish", "--no-config", "-c", "printf %s $argv[1] | source; exec env -0"]),
}
JOINED = "eval (printf %s $argv); exec env -0"
"""The old idiom `eval (pass aws env ro --format fish)`, in which fish joins the lines."""
WAYS = {**SHELLS, "fish, lines joined": ("fish", ["fish", "--no-config", "-c", JOINED])}
HARD = "\\\\ \\' a'b\"c\\d$HOME`id`$(id)!x\n\n;#*?[]{}~é\u2018\u2019= \t"


def evaluated(shell: str, text: str, parent: dict[str, str]) -> dict[str, str]:
    """The environment after this shell has evaluated our text."""
    program = shutil.which(WAYS[shell][1][0])
    assert program
    env = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": "/dev/null", **parent}
    argv = [program, *WAYS[shell][1][1:], text]
    done = subprocess.run(argv, env=env, capture_output=True, check=True)
    assert done.stderr == b""
    pairs = (item.decode().partition("=") for item in done.stdout.split(b"\0") if item)
    return {name: value for name, _, value in pairs}


@pytest.mark.parametrize("shell", WAYS)
def test_the_output_sets_and_removes_variables(shell: str) -> None:
    """After eval the credentials are set, and all stale variables are removed."""
    parent = {**dict.fromkeys(formats.STALE, "old"), "AWS_ENDPOINT_URL": "kept"}
    form = WAYS[shell][0]
    got = evaluated(shell, formats.text(form, EXPORTS, profile="ro"), parent)
    assert {name: got.get(name) for name in child_environment.EXPORTED} == dict(EXPORTS)
    assert not {name for name, value in got.items() if value == "old"}
    assert got["AWS_ENDPOINT_URL"] == "kept"


@pytest.mark.parametrize(
    "way", ["printf %s $argv | source", "eval (printf %s $argv)", 'eval "$(printf %s $argv)"']
)
def test_fish_shows_no_secret_of_the_default_format(way: str) -> None:
    """Without --format fish, fish reports `unset` as unknown and shows its line: without the credentials."""
    text = formats.text("sh", EXPORTS, profile="ro")
    argv = ["fish", "-N", "-c", f"{way}; exec env", text]
    done = subprocess.run(argv, capture_output=True, check=True, text=True, env={"PATH": "/usr/bin:/bin"})
    assert "AWS_SECRET_ACCESS_KEY=sec/ret+\n" in done.stdout
    assert "unset" in done.stderr  # a program for commands that are not found words this in its own way
    assert not [value for value in ("ASIAEXAMPLE", "sec/ret+", "tok==") if value in done.stderr]


@pytest.mark.parametrize("shell", SHELLS)
def test_a_key_removes_the_expiry_of_a_session(shell: str) -> None:
    """Credentials that do not expire remove the variable with an earlier expiry."""
    exports = child_environment.exports(Credentials("AKIAEXAMPLE", "s"), profile="ro", region="")
    got = evaluated(shell, formats.text(SHELLS[shell][0], exports, profile="ro"), dict(EXPORTS))
    assert {name: got[name] for name in child_environment.EXPORTED if name in got} == dict(exports)


@pytest.mark.parametrize("shell", SHELLS)
def test_unset(shell: str) -> None:
    """`--unset` removes all of our variables, succeeds twice, and changes nothing else."""
    text = formats.unset(SHELLS[shell][0], child_environment.REGIONS)
    got = evaluated(shell, text + text, {**dict(EXPORTS), "AWS_PROFILE": "x", "AWS_ENDPOINT_URL": "kept"})
    assert [name for name in got if name in formats.STALE] == []
    assert got["AWS_ENDPOINT_URL"] == "kept"


@pytest.mark.parametrize("shell", SHELLS)
def test_the_last_status_is_success(shell: str) -> None:
    """`eval "$(pass aws env x)" && aws …` continues, even if there was nothing to remove."""
    for text in (
        formats.text(SHELLS[shell][0], EXPORTS, profile="ro"),
        formats.unset(SHELLS[shell][0], child_environment.REGIONS),
    ):
        evaluated(shell, text.rstrip("\n") + " && true", {})


@pytest.mark.parametrize("shell", SHELLS)
def test_special_characters(shell: str) -> None:
    """Quotes, newlines, substitutions and blanks are passed on unchanged, and nothing runs."""
    got = evaluated(shell, formats.text(SHELLS[shell][0], [("AWS_VAULT", HARD)], profile="ro"), {})
    assert got["AWS_VAULT"] == HARD


@pytest.mark.parametrize("shell", SHELLS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    values=st.lists(
        st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), min_size=9, max_size=9
    )
)
def test_any_value(shell: str, values: list[str]) -> None:
    """Any text in any of the nine variables is read back unchanged by the shell."""
    exports = [(name, f"x{value}x") for name, value in zip(child_environment.EXPORTED, values, strict=True)]
    got = evaluated(shell, formats.text(SHELLS[shell][0], exports, profile="ro"), {})
    assert {name: got[name] for name in child_environment.EXPORTED} == dict(exports)


def test_pwsh() -> None:
    """PowerShell treats five characters as a single quote; each is doubled."""
    text = formats.text("pwsh", [("AWS_VAULT", "a'b\u2018c\u2019d\u201ae\u201bf$x`y\"")], profile="ro")
    assert (
        text.splitlines()[1]
        == "$Env:AWS_VAULT = 'a''b\u2018\u2018c\u2019\u2019d\u201a\u201ae\u201b\u201bf$x`y\"'"
    )
    assert text.startswith("Remove-Item -ErrorAction Ignore -Path Env:AWS_ACCESS_KEY_ID,")
    assert "Env:AWS_VAULT," not in text
    assert "Env:AWS_VAULT," in formats.unset("pwsh", [])


def test_dotenv() -> None:
    """Simple values are unquoted, as docker needs them; others are in single quotes."""
    text = formats.text("dotenv", [*EXPORTS[:2], ("AWS_VAULT", "with $space")], profile="ro")
    assert text == "AWS_ACCESS_KEY_ID=ASIAEXAMPLE\nAWS_SECRET_ACCESS_KEY=sec/ret+\nAWS_VAULT='with $space'\n"


def test_dotenv_is_read_back(tmp_path: Path) -> None:
    """A shell that sources the file gets the same values."""
    file = tmp_path / "env"
    file.write_text(formats.text("dotenv", [("AWS_VAULT", 'sp ace $HOME "q" `id`')], profile="ro"))
    argv = ["dash", "-c", 'set -a; . "$1"; exec printf %s "$AWS_VAULT"', "dash", str(file)]
    done = subprocess.run(argv, capture_output=True, check=True)
    assert done.stdout == b'sp ace $HOME "q" `id`'


@pytest.mark.parametrize(
    ("form", "value"),
    [("dotenv", "a\nb"), ("dotenv", "it's"), ("dotenv", "back\\slash"), ("env", "a\nAWS_X=y"), ("env", "a b"),
     ("export-env", "$(id)"), ("ini", "a\nregion=x")],
)  # fmt: skip
def test_a_value_that_a_format_cannot_represent_is_refused(form: str, value: str) -> None:
    """The error names the variable and never shows its value."""
    with pytest.raises(UserError, match="AWS_SECRET_ACCESS_KEY") as caught:
        formats.text(form, [("AWS_SECRET_ACCESS_KEY", value)], profile="ro")
    assert value not in str(caught.value)


@pytest.mark.parametrize("profile", ["a]b", "a\nb"])
def test_ini_refuses_a_name_with_special_characters(profile: str) -> None:
    """A profile's name must not become another section or setting."""
    with pytest.raises(UserError, match="profile"):
        formats.text("ini", EXPORTS, profile=profile)


def test_json_as_aws_vault() -> None:
    """Indented by two spaces, in aws-vault's key order, without the region."""
    assert formats.text("json", EXPORTS, profile="ro") == (
        '{\n  "Version": 1,\n  "AccessKeyId": "ASIAEXAMPLE",\n  "SecretAccessKey": "sec/ret+",\n'
        '  "SessionToken": "tok==",\n  "Expiration": "2026-11-22T09:58:24Z"\n}\n'
    )


def test_json_omits_missing_values() -> None:
    """A key has neither session token nor expiry."""
    exports = child_environment.exports(Credentials("AKIAEXAMPLE", "s"), profile="ro", region="x")
    assert list(json.loads(formats.text("json", exports, profile="ro"))) == [
        "Version",
        "AccessKeyId",
        "SecretAccessKey",
    ]


@given(st.text())
def test_json_represents_any_text(value: str) -> None:
    """A JSON parser reads any text back."""
    text = formats.text("process", [("AWS_SECRET_ACCESS_KEY", f"s{value}")], profile="ro")
    assert json.loads(text)["SecretAccessKey"] == f"s{value}"


def test_process() -> None:
    """The credential_process format is one line, with the account, from which SDKs make endpoints."""
    text = formats.text("process", EXPORTS, profile="ro")
    assert text.count("\n") == 1
    assert json.loads(text) == {
        "Version": 1, "AccessKeyId": "ASIAEXAMPLE", "SecretAccessKey": "sec/ret+", "SessionToken": "tok==",
        "Expiration": "2026-11-22T09:58:24Z", "AccountId": "123456789012",
    }  # fmt: skip


def test_ini_as_aws_vault() -> None:
    """aws-vault's settings in its order, no spaces around the equals sign; an ini parser reads it."""
    text = formats.text("ini", EXPORTS, profile="ro")
    assert text.splitlines() == [
        "[ro]", "aws_access_key_id=ASIAEXAMPLE", "aws_secret_access_key=sec/ret+", "aws_session_token=tok==",
        "aws_credential_expiration=2026-11-22T09:58:24Z", "region=eu-west-1",
    ]  # fmt: skip
    parser = configparser.RawConfigParser()
    parser.read_string(text)
    assert parser["ro"]["aws_session_token"] == "tok=="


@pytest.mark.parametrize(("form", "lead"), [("env", ""), ("export-env", "export ")])
def test_aws_vaults_formats(form: str, lead: str) -> None:
    """These formats have one NAME=value per line, and six names in aws-vault's order."""
    names = [
        line.removeprefix(lead).partition("=")[0]
        for line in formats.text(form, EXPORTS, profile="ro").splitlines()
    ]
    assert names == [
        "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_CREDENTIAL_EXPIRATION",
        "AWS_REGION", "AWS_DEFAULT_REGION",
    ]  # fmt: skip


def test_usage_quotes_the_name() -> None:
    """The command in the comment is safe to type."""
    assert formats.usage("sh", "ro") == 'eval "$(pass aws env ro)"'
    assert formats.usage("sh", "a b$(id)") == "eval \"$(pass aws env 'a b$(id)')\""
    assert formats.usage("fish", "ro") == "pass aws env ro --format fish | source"
