"""Changing tools means changing a name: each flag and variable of aws-vault works here, or is refused in one line."""

from __future__ import annotations

import json
import os
import re
import sys
from typing import TYPE_CHECKING, NamedTuple

import pexpect
import pytest
from conftest import MAIN, put, run
from run_in_process import say

from pass_aws.command_line.catalogue import VERBS
from pass_aws.command_line.parser import parser_of
from pass_aws.errors import DONE, MUST_ASK, USAGE

if TYPE_CHECKING:
    from pathlib import Path

    from fakeaws import AccessKey, FakeAWS, MfaDevice, Role

ROLE_TTL = "AWS_ASSUME_ROLE_TTL"
BACKENDS = (
    "--keychain=x", "--secret-service-collection=x", "--file-dir=x", "--op-timeout=15s", "--op-vault-id=x",
    "--op-item-title-prefix=x", "--op-item-tag=x", "--op-connect-host=x", "--op-desktop-account-id=x",
    "--proton-pass-share-id=x", "--proton-pass-item-title-prefix=x", "--proton-pass-api-base=x",
    "--proton-pass-timeout=5s", "--biometrics", "--backend=file", "--backend=keyctl",
)  # fmt: skip
REFUSED = {
    "list": [
        *BACKENDS, "--pass-cmd=gopass", "--help-long", "--help-man",
        "--completion-bash", "--completion-script-bash", "--completion-script-zsh",
    ],
    "exec": ["--stdout", "--profile-env"],
    "export": ["--stdout"],
}  # fmt: skip
"""Flags that have no meaning here, with a value if they take one; those of `list` stand for every command."""
TAKEN = {
    "": "--debug --no-debug --backend=pass --prompt=terminal --pass-dir=/x --pass-prefix=p --no-biometrics",
    "add": "--env --no-env --add-config --no-add-config",
    "remove": "-f --force --no-force -s --sessions-only --no-sessions-only",
    "list": "--profiles --no-profiles --sessions --no-sessions --credentials --no-credentials",
    "exec": "-d1h -nd=1h --duration=1h30m -n --no-session --no-no-session --region=x -t=1 --mfa-token=1 -j --json"
    " --no-json -s --server --ecs-server --ec2-server --lazy --no-server --no-ecs-server --no-ec2-server --no-lazy --no-stdout --no-profile-env",
    "export": "-d1h --duration=1h -n --no-session --no-no-session --region=x -t=1 --mfa-token=1 --format=env"
    " --format=export-env --format=json --format=ini --no-stdout",
    "rotate": "-n --no-session --no-no-session",
    "login": "-d1h --duration=1h -n --no-session --no-no-session -a --auto-logout --no-auto-logout -t=1"
    " --mfa-token=1 --path=x --region=x -s --stdout --no-stdout",
    "clear": "",
    "version": "",
    "help": "",
}
"""Flags with the same meaning here; those in the first line belong to every command."""
GONE = {"proxy": "pass aws exec --server",
        "server": "pass aws serve", "migrate-backend": "used as they are"}  # fmt: skip


# Flags.


@pytest.mark.parametrize(("verb", "flag"), [(verb, flag) for verb in REFUSED for flag in REFUSED[verb]])
def test_an_unsupported_flag_is_refused(verb: str, flag: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The refusal names the flag and the reason, wherever the flag and its value are placed."""
    name, _, value = flag.partition("=")
    shapes = [[verb, flag], [verb, *([name, value] if value else [name])]]
    shapes += [[*words[1:], verb] for words in shapes if name.startswith("--")]
    for argv in shapes:
        said = say(capsys, *argv)
        assert (said.status, said.out) == (USAGE, ""), argv
        assert said.error.startswith(f"{name} "), argv


@pytest.mark.parametrize("verb", TAKEN)
def test_a_supported_flag_is_accepted(verb: str) -> None:
    """Each flag is accepted by its command, and the common ones by all commands."""
    for name in [verb] if verb else filter(None, TAKEN):
        parser = parser_of(VERBS[name])
        required = ["x" for action in parser._actions if action.required]
        for flag in TAKEN[verb].split():
            parser.parse([flag, *required])


@pytest.mark.parametrize("word", GONE)
def test_an_unsupported_command_is_refused(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The refusal names the replacement, if there is one; the command's flags make no difference."""
    for argv in ([word], [word, "-n", "dev"], ["--debug", word], ["help", word]):
        said = say(capsys, *argv)
        assert said.status == USAGE
        assert said.error.startswith(f"{word} is not ")
        assert GONE[word] in said.err


class World(NamedTuple):
    """A user with a key `dev` and an MFA device, and the role profile `ro`, which also has a device."""

    fake: FakeAWS
    key: AccessKey
    device: MfaDevice
    role: Role
    config: Path

    def parameters(self, name: str) -> list[str | None]:
        """What the calls so far sent under a parameter name."""
        return [call.parameters.get(name) for call in self.fake.calls]


@pytest.fixture
def world(store: Path, fake: FakeAWS, aws_config: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    alice = fake.user("alice")
    made = World(
        fake, alice.key(), alice.mfa(), fake.role("ro", trust=[alice.arn], max_session=43200), aws_config
    )
    put(store, "dev", made.key.id, made.key.secret)
    aws_config.write_text(f"[profile dev]\n[profile ro]\nsource_profile = dev\nrole_arn = {made.role.arn}\n")
    monkeypatch.delenv("AWS_REGION")
    return made


def export(capsys: pytest.CaptureFixture[str], *argv: str, **env: str) -> dict[str, str]:
    """The output of aws-vault's `export`, as variables."""
    said = say(capsys, "export", *argv, **{**os.environ, **env})
    assert said.status == DONE, said.err
    return dict(line.split("=", 1) for line in said.out.splitlines())


MOMENT = r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ"
VALUE = "[A-Za-z0-9/+=_-]+"
FORMATS = {
    "env": rf"AWS_ACCESS_KEY_ID=ASIA\w+\nAWS_SECRET_ACCESS_KEY={VALUE}\nAWS_SESSION_TOKEN={VALUE}\n"
    rf"AWS_CREDENTIAL_EXPIRATION={MOMENT}\nAWS_REGION=eu-west-1\nAWS_DEFAULT_REGION=eu-west-1\n",
    "json": rf'{{\n  "Version": 1,\n  "AccessKeyId": "ASIA\w+",\n  "SecretAccessKey": "{VALUE}",\n'
    rf'  "SessionToken": "{VALUE}",\n  "Expiration": "{MOMENT}"\n}}\n',
    "ini": rf"\[ro\]\naws_access_key_id=ASIA\w+\naws_secret_access_key={VALUE}\naws_session_token={VALUE}\n"
    rf"aws_credential_expiration={MOMENT}\nregion=eu-west-1\n",
}
FORMATS["export-env"] = "".join(f"export {line}\\n" for line in FORMATS["env"].split("\\n") if line)


@pytest.mark.usefixtures("world")
def test_export(capsys: pytest.CaptureFixture[str]) -> None:
    """The four formats byte for byte; `env` is the default; `exec --json` and `-j` print the JSON one."""
    words = ["ro", "--region", "eu-west-1"]
    said = {form: say(capsys, "export", *words, "--format", form, **os.environ).out for form in FORMATS}
    for form, pattern in FORMATS.items():
        assert re.fullmatch(pattern, said[form]), said[form]
    assert say(capsys, "export", *words, **os.environ).out == said["env"]
    for flag in ("-j", "--json"):
        assert say(capsys, "exec", *words, flag, AWS_VAULT="outer", **os.environ).out == said["json"]


def test_no_session_exports_the_stored_key(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """With -n the stored key is exported, without token and expiry."""
    assert export(capsys, "dev", "-n") == {
        "AWS_ACCESS_KEY_ID": world.key.id,
        "AWS_SECRET_ACCESS_KEY": world.key.secret,
    }
    answer = json.loads(say(capsys, "export", "dev", "-n", "--format", "json", **os.environ).out)
    assert list(answer) == ["Version", "AccessKeyId", "SecretAccessKey"]
    assert world.fake.calls == []


def test_the_duration_and_code_flags(
    world: World, aws_config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """-d and -t work in all their spellings; a duration may have a unit."""
    for words in (["-d", "1h30m"], ["-d5400"], ["--duration", "90m"], ["--duration=5400s"]):
        export(capsys, "ro", "-n", "--fresh", *words)
    assert world.parameters("DurationSeconds") == ["5400"] * 4
    aws_config.write_text(f"[profile dev]\nmfa_serial = {world.device.serial}\n")
    world.fake.clear_calls()
    code = world.device.code()
    export(capsys, "dev", "--mfa-token", code)
    assert world.parameters("TokenCode") == [code]


def test_add(world: World, store: Path, aws_config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--env reads the two variables; --no-add-config does not change the config file, --add-config does."""
    given = {"AWS_ACCESS_KEY_ID": world.key.id, "AWS_SECRET_ACCESS_KEY": world.key.secret}
    before = aws_config.read_text()
    for name, flag, more in (("a", "--no-add-config", ""), ("b", "--add-config", "\n[profile b]\n")):
        assert say(capsys, "add", "--env", flag, name, **os.environ, **given).status == DONE
        assert aws_config.read_text() == before + more
    assert (store / "aws-vault" / "a.gpg").exists()


@pytest.mark.usefixtures("world")
def test_remove_and_list(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`rm -s` keeps the key, `rm -f` does not ask; `ls` has the three plain lists."""
    export(capsys, "ro")
    lists = [
        say(capsys, "ls", f"--{what}", **os.environ).out for what in ("profiles", "credentials", "sessions")
    ]
    assert lists == ["dev\nro\n", "dev\n", "ro\n"]
    assert say(capsys, "rm", "-s", "dev", **os.environ).status == DONE
    assert say(capsys, "ls", "--sessions", **os.environ).out == ""
    assert say(capsys, "rm", "-f", "dev", **os.environ).status == DONE
    assert not list(store.rglob("*.gpg"))


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(("flag", "variable"), [("--pass-dir", "AWS_VAULT_PASS_PASSWORD_STORE_DIR")])
def test_the_store_directory(
    flag: str, variable: str, store: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The flag and the variable override pass's own; `~/` is the home directory."""
    (home / "keys").symlink_to(store)
    env = {**os.environ, "PASSWORD_STORE_DIR": "/proc/nonexistent"}
    for place in (str(store), "~/keys"):
        assert say(capsys, flag, place, "ls", "--credentials", **env).out == "dev\n"
        assert say(capsys, "ls", "--credentials", **env, **{variable: place}).out == "dev\n"


@pytest.mark.usefixtures("world")
def test_the_pass_prefix(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--pass-prefix and its variable; an empty value means the root, as in aws-vault."""
    (store / "team").mkdir()
    (store / "aws-vault" / "dev.gpg").rename(store / "team" / "dev.gpg")
    for prefix, names in (("team", "dev\n"), ("", "team/dev\n")):
        assert say(capsys, "ls", "--credentials", "--pass-prefix", prefix, **os.environ).out == names
        assert say(capsys, "ls", "--credentials", AWS_VAULT_PASS_PREFIX=prefix, **os.environ).out == names


# Variables.


def test_a_nested_session_is_allowed(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """A set AWS_VAULT is not an error, unlike in aws-vault."""
    assert export(capsys, "ro", AWS_VAULT="dev")
    assert world.fake.actions() == ["AssumeRole"]
    done = run("exec", "dev", "--", "sh", "-c", "echo $AWS_VAULT", AWS_VAULT="ro")
    assert done.stdout == "dev\n", done.stderr


@pytest.mark.usefixtures("world")
def test_profile_and_region(capsys: pytest.CaptureFixture[str]) -> None:
    """AWS_PROFILE is the profile; AWS_REGION overrides AWS_DEFAULT_REGION, --region overrides both."""
    assert export(capsys, AWS_PROFILE="ro", AWS_DEFAULT_REGION="eu-west-3")["AWS_REGION"] == "eu-west-3"
    both = {"AWS_REGION": "eu-west-2", "AWS_DEFAULT_REGION": "eu-west-3"}
    assert export(capsys, "ro", **both)["AWS_DEFAULT_REGION"] == "eu-west-2"
    assert export(capsys, "ro", "--region", "eu-west-1", **both)["AWS_REGION"] == "eu-west-1"


@pytest.mark.parametrize(
    ("words", "env", "seconds"),
    [
        ("ro", {"AWS_VAULT_DURATION": "30m"}, ["1800"]),
        ("ro", {ROLE_TTL: "1h30m"}, ["5400"]),
        ("ro", {"AWS_VAULT_DURATION": "30m", ROLE_TTL: "2h"}, ["1800"]),
        ("ro -d 15m", {"AWS_VAULT_DURATION": "30m", ROLE_TTL: "2h"}, ["900"]),
        ("dev", {"AWS_SESSION_TOKEN_TTL": "2h"}, ["7200"]),
        ("dev", {"AWS_VAULT_DURATION": "3h", "AWS_SESSION_TOKEN_TTL": "2h"}, ["10800"]),
        ("mfa", {"AWS_CHAINED_SESSION_TOKEN_TTL": "3h"}, ["10800", "3600"]),
        ("dev", {"AWS_FEDERATION_TOKEN_TTL": "2h"}, ["3600"]),
    ],
)
def test_durations(
    words: str, env: dict[str, str], seconds: list[str], world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each duration applies to its own call, and the flag overrides it.

    That of a federation token has no effect on these calls.
    """
    serial = f"mfa_serial = {world.device.serial}\n"
    text = f"[profile dev]\n[profile user]\nsource_profile = dev\n{serial}"
    for name, source, more in (("ro", "dev", ""), ("mfa", "user", serial)):
        text += f"[profile {name}]\nsource_profile = {source}\nrole_arn = {world.role.arn}\n{more}"
    world.config.write_text(text)
    code = ["-t", world.device.code()] if words == "mfa" else []
    export(capsys, *words.split(), *code, **env)
    assert world.parameters("DurationSeconds") == seconds


def test_the_minimum_remaining_lifetime(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """AWS_MIN_TTL is read like --min-ttl.

    It must be a duration, and applies up to half of a session's lifetime.
    """
    for life in ("1h", "29m", "0", "0s"):
        export(capsys, "ro", AWS_MIN_TTL=life)
    assert world.fake.actions() == ["AssumeRole"]
    said = say(capsys, "export", "ro", **os.environ, AWS_MIN_TTL="soon")
    assert said.error.startswith("AWS_MIN_TTL: soon is not a duration")


def test_the_parameters_of_assume_role(
    world: World, aws_config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Variables set the role, session name, tags and source identity of the profile on the command line."""
    aws_config.write_text("[profile dev]\n[profile ro]\nsource_profile = dev\n")
    env = {
        "AWS_ROLE_ARN": world.role.arn, "AWS_ROLE_SESSION_NAME": "me", "AWS_SOURCE_IDENTITY": "alice",
        "AWS_SESSION_TAGS": "team=a,cost=b", "AWS_TRANSITIVE_TAGS": "team",
    }  # fmt: skip
    export(capsys, "ro", **env)
    (call,) = world.fake.called("AssumeRole")
    assert call.parameters.items() >= {
        "RoleArn": world.role.arn, "RoleSessionName": "me", "SourceIdentity": "alice",
        "Tags.member.1.Key": "team", "Tags.member.2.Value": "b", "TransitiveTagKeys.member.1": "team",
    }.items()  # fmt: skip


def test_the_mfa_device(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """AWS_MFA_SERIAL sets the device of every profile in the chain."""
    export(capsys, "ro", "-t", world.device.code(), AWS_MFA_SERIAL=world.device.serial)
    assert world.parameters("SerialNumber")[0] == world.device.serial


@pytest.mark.usefixtures("world")
def test_the_endpoint_variables(capsys: pytest.CaptureFixture[str]) -> None:
    """AWS_STS_REGIONAL_ENDPOINTS and AWS_ENDPOINT_URL have their effect, as explain shows."""
    said = say(capsys, "explain", "ro", "--json", AWS_STS_REGIONAL_ENDPOINTS="legacy", **os.environ)
    settings = json.loads(said.out)["settings"]
    assert settings["sts_regional_endpoints"] == {"value": "legacy", "from": "AWS_STS_REGIONAL_ENDPOINTS"}
    assert settings["endpoint_url"]["from"] == "AWS_ENDPOINT_URL"


YKMAN = '#!/bin/sh\necho "$@" >"{record}"\necho {code}\n'


@pytest.mark.parametrize("how", ["AWS_VAULT_PROMPT", "--prompt"])
def test_the_prompt_driver(
    how: str, world: World, programs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The flag and the variable choose the prompt driver.

    ykman's own three variables work as in aws-vault.
    """
    (programs / "ykman").write_text(YKMAN.format(record=tmp_path / "asked", code=world.device.code()))
    (programs / "ykman").chmod(0o755)
    env = {
        "AWS_MFA_SERIAL": world.device.serial, "YKMAN_OATH_CREDENTIAL_NAME": "aws:me",
        "YKMAN_OATH_DEVICE_SERIAL": "123", "AWS_VAULT_YKMAN_VERSION": "4",
    }  # fmt: skip
    if how.startswith("-"):
        export(capsys, "ro", how, "ykman", **env)
    else:
        export(capsys, "ro", **env, **{how: "ykman"})
    assert (tmp_path / "asked").read_text() == "--device 123 oath accounts code --single aws:me\n"


@pytest.mark.parametrize(
    ("driver", "error", "hint"),
    [("pass", "driver pass is not available", "mfa_process"), ("osascript", "driver osascript is not available", "pinentry"),
     ("wincredui", "driver wincredui is not available", "pinentry"), ("carrier-pigeon", "unknown driver", "terminal")],
)  # fmt: skip
def test_an_unsupported_prompt_driver_is_refused(
    driver: str, error: str, hint: str, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """The refusal names our replacement, before any prompt."""
    env = {**os.environ, "AWS_MFA_SERIAL": world.device.serial}
    named = say(capsys, "export", "dev", "--prompt", driver, **env)
    meant = say(capsys, "export", "dev", AWS_VAULT_PROMPT=driver, **env)
    assert (named.status, meant.status) == (USAGE, USAGE)
    assert named.error.startswith(f"--prompt: {error}")
    assert meant.error.startswith(f"AWS_VAULT_PROMPT: {error}")
    assert hint in named.hint
    assert hint in meant.hint
    assert world.fake.calls == []


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(
    ("name", "value", "meant"),
    [
        ("AWS_VAULT_BACKEND", "file", "pass"),
        ("AWS_VAULT_PASS_CMD", "gopass", "pass"),
        ("AWS_VAULT_PROFILE_ENV", "true", "false"),
    ],
)
def test_an_unsupported_variable_gives_a_warning(
    name: str, value: str, meant: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The warning is printed once, in one line, and the command runs; a value without effect gives no warning."""
    said = say(capsys, "export", "dev", **{**os.environ, name: value})
    assert said.status == DONE
    assert [line for line in said.lines if name in line] == [said.lines[0]]
    assert said.lines[0].startswith(f"pass aws: {name}={value} ")
    assert name not in say(capsys, "export", "dev", **{**os.environ, name: meant}).err


OTHERS = (
    "AWS_VAULT_KEYCHAIN_NAME", "AWS_VAULT_SECRET_SERVICE_COLLECTION_NAME", "AWS_VAULT_FILE_DIR",
    "AWS_VAULT_FILE_PASSPHRASE", "AWS_VAULT_OP_TIMEOUT", "AWS_VAULT_OP_VAULT_ID", "AWS_VAULT_OP_CONNECT_TOKEN",
    "AWS_VAULT_OP_SERVICE_ACCOUNT_TOKEN", "AWS_VAULT_PROTON_PASS_SHARE_ID", "PROTON_PASS_PERSONAL_ACCESS_TOKEN",
    "AWS_VAULT_BIOMETRICS", "DISABLE_KWALLET", "AWS_VAULT_STDOUT", "AWS_VAULT_AUTO_LOGOUT",
    "AWS_FEDERATION_TOKEN_TTL",
)  # fmt: skip


@pytest.mark.usefixtures("world")
def test_variables_of_other_backends_are_ignored(capsys: pytest.CaptureFixture[str]) -> None:
    """With its pass backend, aws-vault's exec and export ignore these variables, too."""
    export(capsys, "ro")
    plain = say(capsys, "export", "ro", **os.environ)
    assert say(capsys, "export", "ro", **os.environ, **dict.fromkeys(OTHERS, "1")) == plain


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(
    ("value", "words"), [("", ["starting /bin/sh for profile ro; type exit to leave"]), ("1", [])]
)
def test_the_message_about_the_subshell(value: str, words: list[str]) -> None:
    """The message is shown on a terminal, unless AWS_VAULT_DISABLE_HELP_MESSAGE is 1."""
    env = {**os.environ, "SHELL": "/bin/sh", "AWS_VAULT_DISABLE_HELP_MESSAGE": value, "PS1": "READY> "}
    child = pexpect.spawn(
        sys.executable, ["-I", "-S", str(MAIN), "exec", "ro"], env=env, timeout=60, encoding="utf-8"
    )
    child.expect_exact("READY> ")
    shown = str(child.before)
    child.close(force=True)
    assert re.findall(r"starting .* leave", shown) == words


@pytest.mark.usefixtures("world")
def test_without_a_terminal_nothing_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    """Where aws-vault would open a picker or a terminal, one error line is printed."""
    said = say(capsys, "export", PASS_AWS_NO_INPUT="1", **os.environ)
    assert said.status in (USAGE, MUST_ASK)
    assert "dev, ro" in said.err
