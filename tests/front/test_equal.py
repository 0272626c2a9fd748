"""The front sourced, the front executed and the full program agree: same ticket, same bytes, same refusals."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from attacks import same_time, shifted
from conftest import MAIN, TOP, put
from consulted import CONSULTED
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from world import SIDES, World

from pass_aws.cache import ticket
from pass_aws.command_line import options
from pass_aws.command_line.catalogue import VERBS
from pass_aws.command_line.parser import parser_of
from pass_aws.context import Context
from pass_aws.credentials import formats
from pass_aws.credentials.deliver import deliver
from pass_aws.system import child_environment

if TYPE_CHECKING:
    from collections.abc import Callable

    from fakeaws import FakeAWS

PASS = ["pass", "aws"]
DIRECT = [sys.executable, "-I", "-S", str(MAIN)]
"""The full program, which does not use tickets."""

BASHS = {"_", "SHLVL", "PWD", "OLDPWD"}
"""Variables that every bash sets for its children."""


@pytest.fixture
def ro(store: Path, fake: FakeAWS, aws_config: Path, monkeypatch: pytest.MonkeyPatch) -> FakeAWS:
    """A role profile `ro` of the key `dev`, and the extension of this checkout."""
    monkeypatch.setenv("PASSWORD_STORE_ENABLE_EXTENSIONS", "true")
    monkeypatch.setenv("PASSWORD_STORE_EXTENSIONS_DIR", str(TOP / "extensions"))
    alice = fake.user("alice")
    key, device = alice.key(), alice.mfa()
    put(store, "dev", key.id, key.secret)
    role, _ = (fake.role(name, trust=[alice.arn], mfa=True) for name in ("ro", "other"))
    (aws_config.parent / "code").write_text(device.code())
    aws_config.write_text(
        f"[profile dev]\nmfa_serial = {device.serial}\nmfa_process = cat {aws_config.parent}/code\n"
        f"[profile ro]\nsource_profile = dev\nrole_arn = {role.arn}\nregion = eu-west-1\n"
        f"mfa_serial = {device.serial}\n"
    )
    monkeypatch.delenv("AWS_REGION")
    return fake


def output(start: list[str], *argv: str, **env: str) -> str:
    """The output of one way to start the program; an error fails the test."""
    done = subprocess.run(
        [*start, *argv], env={**os.environ, **env}, stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    return os.fsdecode(done.stdout)


def environment(start: list[str], **env: str) -> dict[str, str]:
    """The environment of a wrapped command that is started in this way."""
    items = output(start, "exec", "ro", "--", "env", "-0", **env).split("\0")
    pairs = (item.partition("=") for item in items if item)
    return {name: value for name, _, value in pairs if name not in BASHS}


def ticket_of(home: Path) -> Path:
    (path,) = (home / ".cache/pass-aws/tickets/ro").iterdir()
    return path


# The same answers.

VALUE = st.sampled_from(["x", "a b", "", "'\"\\", "two\nlines", "é", "\t", "$HOME", "=", "*"])
WISHES = ("AWS_REGION", "AWS_DEFAULT_REGION", "_PASS_AWS_REGION")
CALLERS = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(WISHES, st.sampled_from(["eu-west-1", "us-east-2"])),
        **{
            name: VALUE
            for name in (*child_environment.REMOVED, "AWS_CONTAINER_X")
            if name not in (*WISHES, "AWS_ROLE_ARN", "AWS_ROLE_SESSION_NAME", "AWS_SESSION_TOKEN")
        },
        **dict.fromkeys(("EDITOR", "AWS_PAGER", "config", "GIT_DIR", "LD_X", "PREFIX", "GPG_TTY_X"), VALUE),
    },
)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(caller=CALLERS)
def test_same_environment(ro: FakeAWS, front: str, caller: dict[str, str]) -> None:
    """The command's environment does not depend on the way it is started, whatever the caller exports."""
    full = environment(DIRECT, **caller)
    assert environment([front], **caller) == full
    assert environment(PASS, **caller) == full
    assert set(ro.actions()) == {"GetSessionToken", "AssumeRole"}


@pytest.mark.usefixtures("ro")
@pytest.mark.parametrize("verb", ["env", "credential-process"])
def test_local_variables_that_inherit_values(verb: str) -> None:
    """bash's option `localvar_inherit` in the environment does not bring the caller's values into the answer."""
    caller = {"BASHOPTS": "localvar_inherit", "AWS_SECURITY_TOKEN": "x", "AWS_ACCOUNT_ID": "999999999999"}
    full = output(DIRECT, verb, "ro", **caller)
    assert output(PASS, verb, "ro", **caller) == full


VISIBLE = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1)
"""Characters that text/answers accepts from AWS."""
ANY = st.text(st.characters(exclude_characters="\n\0", codec="utf-8"), min_size=1)
"""Characters that a ticket may contain."""


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(values=st.lists(VISIBLE, min_size=3, max_size=3))
@example(values=["$(>x)`>x`", "'\"\\;#!~", "*?[a]{b,c}"])
@example(values=[": =", "AWS_VAULT:", "end"])
def test_any_credentials_reach_the_command(
    tmp_path: Path, keyring: Path, fingerprint: str, values: list[str]
) -> None:
    """Any credentials of AWS reach the command, and every shell that evaluates our output."""
    world, exports = holding(tmp_path, keyring, fingerprint, values)
    for world.side in SIDES:
        assert world.ask().env.items() >= dict(exports).items()
        text = world.ask(("env", "ro")).out
        shell = subprocess.run(
            ["sh", "-c", 'eval "$1" && exec env -0', "sh", text],
            env=world.env, cwd=world.here(""), capture_output=True, check=True,
        )  # fmt: skip
        assert {f"{name}={value}".encode() for name, value in exports} <= set(shell.stdout.split(b"\0"))
        assert not world.here("x").exists()


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(values=st.lists(ANY, min_size=3, max_size=3))
@example(values=["'", "''x'", "\\'&"])
@example(values=["\x7f", "\x01\t", "\udcff\udc80"])
@example(values=['"', "\\", "é"])
def test_the_same_text_for_any_value(
    tmp_path: Path, keyring: Path, fingerprint: str, values: list[str]
) -> None:
    """Every byte that a ticket may contain is printed as in formats.text, or left to the full program."""
    world, exports = holding(tmp_path, keyring, fingerprint, values)
    for world.side in SIDES:
        assert world.ask(("env", "ro")).out == formats.text("sh", exports, profile="ro")
        answer = world.ask(("credential-process", "ro"))
        assert answer.full or answer.out == formats.text("process", exports, profile="ro")
        if all(formats.PLAIN.issuperset(value) for _, value in exports):
            assert not answer.full


def holding(
    tmp_path: Path, keyring: Path, fingerprint: str, values: list[str]
) -> tuple[World, list[tuple[str, str]]]:
    """A world with a ticket that has these values for key id, secret and token."""
    shutil.rmtree(tmp_path / "w", ignore_errors=True)
    (tmp_path / "w").mkdir()
    world = World(tmp_path / "w", keyring, fingerprint)
    made = world.made()
    names = [name for name, _ in made.exports]
    exports = [*zip(names[:3], values, strict=True), *made.exports[3:]]
    world.plant(ticket.Ticket(made.profile, made.expires, made.given, made.entry, exports))
    return world, exports


@pytest.mark.usefixtures("ro")
@pytest.mark.parametrize("argv", [("env", "ro"), ("credential-process", "ro")], ids=["env", "process"])
def test_same_text(front: str, argv: tuple[str, ...]) -> None:
    """The output is the same byte for byte, for a shell and for an SDK."""
    full = output(DIRECT, *argv)
    assert output([front], *argv) == full
    assert output(PASS, *argv) == full


@pytest.mark.usefixtures("ro")
@pytest.mark.parametrize("form", ["sh", "fish", "pwsh", "dotenv", "json", "ini", "process"])
def test_other_formats_come_from_the_full_program(front: str, form: str) -> None:
    """With a format option, the full program prints the answer."""
    assert output([front], "env", "ro", "--format", form) == output(DIRECT, "env", "ro", "--format", form)


@pytest.mark.usefixtures("ro")
@pytest.mark.parametrize("way", ["pass", "front", "direct"])
def test_secrets_on_a_terminal_give_a_warning(front: str, way: str) -> None:
    """The warning about secrets on the terminal is printed with a ticket, too."""
    environment(PASS)
    terminal, end = os.openpty()
    command = {"pass": PASS, "front": [front], "direct": DIRECT}[way]
    done = subprocess.run([*command, "env", "ro"], stdout=end, stderr=subprocess.PIPE, check=True, text=True)
    os.close(end)
    shown = os.read(terminal, 100)
    os.close(terminal)
    assert shown.startswith(b"eval unset ")
    assert 'eval "$(pass aws env ro)"' in done.stderr


# The same refusals.


def changed(name: str, value: str) -> Callable[[World], dict[str, str]]:
    return lambda _: {name: value}


def config_older(world: World) -> dict[str, str]:
    shifted(world.config, -5)
    return {}


def config_newer(world: World) -> dict[str, str]:
    shifted(world.config, 5)
    return {}


def credentials_there(world: World) -> dict[str, str]:
    world.credentials.write_text("[x]\n")
    same_time(world.config, world.credentials)
    return {}


def entry_gone(world: World) -> dict[str, str]:
    world.entry.unlink(missing_ok=True)
    return {}


def nanosecond(world: World) -> dict[str, str]:
    at = world.config.stat().st_mtime_ns + 1
    os.utime(world.config, ns=(at, at))
    return {}


CHANGES: dict[str, Callable[[World], dict[str, str]]] = {
    "config older": config_older,
    "config newer": config_newer,
    "config a nanosecond newer": nanosecond,
    "credentials as old": credentials_there,
    "entry gone": entry_gone,
    **{
        f"{name}={value!r}": changed(name, value)
        for name in (*ticket.GIVEN, *ticket.UNTICKETED, "_PASS_AWS_REGION", "EDITOR", "AWS_PROFILE")
        for value in ("", "eu-west-1", "/x\ty")
        if name not in ("HOME", "GNUPGHOME")
    },
    "region of ours": lambda _: {"_PASS_AWS_REGION": "x", "AWS_REGION": "x", "AWS_DEFAULT_REGION": "x"},
    "our region and a user setting": lambda _: {
        "_PASS_AWS_REGION": "x",
        "AWS_REGION": "x",
        "AWS_DEFAULT_REGION": "y",
    },
}


@pytest.mark.parametrize("name", CHANGES)
def test_same_refusals(tmp_path: Path, keyring: Path, fingerprint: str, name: str) -> None:
    """After a change both sides use the ticket, with the same environment, or neither does."""
    world = World(tmp_path, keyring, fingerprint)
    world.plant()
    env = CHANGES[name](world)
    sourced = world.ask(env=env)
    world.side = "executed"
    executed = world.ask(env=env)
    assert sourced.full == executed.full
    if not sourced.full:
        ours = {"PASSWORD_STORE_ENABLE_EXTENSIONS", "PASSWORD_STORE_EXTENSIONS_DIR"}
        assert {name: value for name, value in sourced.env.items() if name not in ours} == executed.env


def test_some_changes_keep_the_ticket(tmp_path: Path, keyring: Path, fingerprint: str) -> None:
    """The test of refusals covers both outcomes: some changes keep the ticket, others do not."""
    world = World(tmp_path, keyring, fingerprint)
    world.plant()
    assert not world.ask(env=CHANGES["region of ours"](world)).full
    assert not world.ask(env=CHANGES["EDITOR='eu-west-1'"](world)).full
    assert world.ask(env=CHANGES["our region and a user setting"](world)).full
    assert world.ask(env=CHANGES["config a nanosecond newer"](world)).full


# When a ticket is replaced or invalid.


def test_an_unrelated_edit_costs_one_full_run(ro: FakeAWS, home: Path, front: str, aws_config: Path) -> None:
    """After an unrelated edit of a file, one full run without a call makes the same ticket valid again."""
    before = environment(PASS)
    ro.clear_calls()
    first = ticket_of(home).read_bytes()
    aws_config.write_text(aws_config.read_text() + "# nothing\n")
    assert environment(PASS) == before
    assert ticket_of(home).read_bytes() == first
    assert redeemed(front)
    assert ro.actions() == []


def redeemed(front: str) -> bool:
    """Whether a request for `ro` is answered without the full program."""
    baked = Path(front).read_text()
    alone = Path(front).with_name("alone")
    alone.write_text("\n".join(line for line in baked.split("\n") if not line.startswith("pass_aws_core=")))
    alone.chmod(0o755)
    env = {**os.environ, "PATH": "/usr/bin:/bin"}
    done = subprocess.run([alone, "exec", "ro", "--", "true"], env=env, capture_output=True, check=False)
    assert done.returncode in {0, 127}
    return done.returncode == 0


def test_a_changed_profile_is_a_miss(ro: FakeAWS, front: str, aws_config: Path) -> None:
    """After a change of the profile, the old role is never served, in any way."""
    before = environment(PASS)
    ro.clear_calls()
    aws_config.write_text(aws_config.read_text().replace(":role/ro", ":role/other"))
    for way in (PASS, [front], DIRECT):
        assert environment(way)["AWS_ACCESS_KEY_ID"] != before["AWS_ACCESS_KEY_ID"]
    assert ro.actions() == ["AssumeRole"]


@pytest.mark.usefixtures("ro")
def test_a_broken_ticket_is_replaced(home: Path, front: str) -> None:
    """The run that finds a broken ticket replaces it, and the next one uses the new ticket."""
    before = environment(PASS)
    assert redeemed(front)
    ticket_of(home).write_bytes(b"garbage")
    assert not redeemed(front)
    assert environment(PASS) == before
    assert redeemed(front)


@pytest.mark.usefixtures("ro")
def test_a_directory_with_the_name_of_a_ticket_is_replaced(home: Path, front: str) -> None:
    """A directory with the ticket's exact name is removed, and a ticket is made."""
    before = environment([front])
    path = ticket_of(home)
    path.unlink()
    path.mkdir()
    (path / "junk").touch()
    assert environment([front]) == before
    assert redeemed(front)


@pytest.mark.usefixtures("ro")
def test_a_removed_key_ends_its_ticket(front: str) -> None:
    """A ticket is not valid after pass itself, which does not know tickets, has removed the key."""
    environment(PASS)
    subprocess.run(["pass", "rm", "-f", "aws-vault/dev"], check=True, capture_output=True)
    for way in (PASS, [front], DIRECT):
        done = subprocess.run(
            [*way, "exec", "ro", "--", "true"], env=dict(os.environ), capture_output=True, check=False
        )
        assert done.returncode == 1


def test_a_key_replaced_by_other_tools_ends_its_ticket(
    ro: FakeAWS, store: Path, front: str, aws_config: Path
) -> None:
    """After `pass insert -f`, `git pull` or aws-vault, the next request gets the new key's session."""
    before = environment([front])
    bob = ro.user("bob")
    key, device = bob.key(), bob.mfa()
    ro.role("ro", trust=[bob.arn])
    put(store, "dev", key.id, key.secret)
    (aws_config.parent / "code").write_text(device.code())
    text, time = aws_config.read_text(), aws_config.stat().st_mtime_ns
    aws_config.write_text("".join(line for line in text.splitlines(True) if "mfa" not in line))
    os.utime(aws_config, ns=(time, time))  # only the entry shows the change
    assert environment([front])["AWS_ACCESS_KEY_ID"] != before["AWS_ACCESS_KEY_ID"]


ENDINGS: dict[str, list[list[str]]] = {
    "clear": [["clear"]],
    "clear of the profile": [["clear", "ro"]],
    "add": [["add", "dev", "--force", "--stdin", "--no-verify"]],
    "remove": [["remove", "dev", "-f"]],
    "the sessions": [["remove", "dev", "-s"]],
    "move": [["move", "dev", "dev2"], ["move", "dev2", "dev"]],
}
"""Commands after which no older ticket may be used."""


@pytest.mark.usefixtures("ro")
@pytest.mark.parametrize("name", ENDINGS)
def test_a_restored_ticket_is_not_valid(home: Path, front: str, store: Path, name: str) -> None:
    """A process that can write to the cache saves an old ticket, and restores it with all its times."""
    environment([front])
    assert redeemed(front)
    cache, saved = home / ".cache", home / "saved"
    entry = store / "aws-vault/dev.gpg"
    shutil.copytree(cache, saved)
    shutil.copy2(entry, home / "entry")
    for command in ENDINGS[name]:
        key = b"AKIAIOSFODNN7EXAMPLE\nwJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n"
        done = subprocess.run(
            [front, *command], input=key, env=dict(os.environ), capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr
    shutil.rmtree(cache, ignore_errors=True)
    saved.rename(cache)
    entry.parent.mkdir(exist_ok=True)
    shutil.copy2(home / "entry", entry)  # even this time is the old one
    assert not redeemed(front)


@pytest.mark.usefixtures("ro")
def test_a_restored_ticket_of_another_role_is_not_valid(home: Path, front: str, aws_config: Path) -> None:
    """After a change of role and a new ticket, the old one is not valid."""
    before = environment([front])
    cache, saved = home / ".cache", home / "saved"
    shutil.copytree(cache, saved)
    aws_config.write_text(aws_config.read_text().replace(":role/ro", ":role/other"))
    changed = environment([front])["AWS_ACCESS_KEY_ID"]
    old = next((saved / "pass-aws/tickets/ro").iterdir())
    new = ticket_of(home)
    shutil.copy2(old, new)
    assert not redeemed(front)
    assert environment([front])["AWS_ACCESS_KEY_ID"] == changed != before["AWS_ACCESS_KEY_ID"]


# What the `given` line contains.


class Recorder(dict[str, str]):
    """An environment that records the requested names."""

    def __init__(self, env: dict[str, str]) -> None:
        super().__init__(env)
        self.asked: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:  # noqa: ANN401 - as in dict
        self.asked.add(name)
        return super().get(name, default)

    def __getitem__(self, name: str) -> str:
        self.asked.add(name)
        return super().__getitem__(name)

    def __contains__(self, name: object) -> bool:
        self.asked.add(str(name))
        return super().__contains__(name)


VALUES_IN_GIVEN = {"AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "PASSWORD_STORE_DIR"}
"""The paths that result from them are in the line."""

NO_INFLUENCE = {
    "_PASS_AWS_REGION": "names the region that is not a user setting",
    "_PASS_AWS_SETTINGS": "names the endpoints that are not user settings",
    "PASS_AWS_DEPTH": "counts how often we have started ourselves",
    "PATH": "programs are found there",
    "GPG_AGENT_INFO": "gpg's own options",
    "GPG_TTY": "is where we prompt",
    "DISPLAY": "is where we prompt",
    "WAYLAND_DISPLAY": "is where we prompt",
    "USER": "is in a session's name, and digests cover only its template",
    "LOGNAME": "is in a session's name, and digests cover only its template",
    "PASS_AWS_PROMPT": "is how we prompt",
    "PASS_AWS_MFA_PREFIX": "is where codes are stored",
    "YKMAN_OATH_CREDENTIAL_NAME": "is where codes are stored",
    "YKMAN_OATH_DEVICE_SERIAL": "is where codes are stored",
    "AWS_VAULT_BACKEND": "causes a warning",
    "AWS_VAULT_PASS_CMD": "causes a warning",
    "AWS_VAULT_PROFILE_ENV": "causes a warning",
    **dict.fromkeys(
        ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"), "affects the connection, not the answer"
    ),
    **dict.fromkeys(
        ("http_proxy", "https_proxy", "all_proxy", "no_proxy"), "affects the connection, not the answer"
    ),
    "AWS_VAULT_PROMPT": "is how we prompt",
    "XDG_CACHE_HOME": "is where the ticket is stored",
    "XDG_STATE_HOME": "is where the seal is stored",
    "PASS_AWS_ALLOW_HTTP_ENDPOINT": "allows a call, and does not change the answer",
    "REQUESTS_CA_BUNDLE": "affects the connection, not the answer",
    "AWS_SESSION_TOKEN": "of a credential_source, which gets no ticket",
    "AWS_SECURITY_TOKEN": "of a credential_source, which gets no ticket",
    **dict.fromkeys(
        (
            "AWS_EC2_METADATA_SERVICE_ENDPOINT",
            "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
            "AWS_IMDS_USE_IPV6",
            "AWS_EC2_METADATA_V1_DISABLED",
            "AWS_METADATA_SERVICE_TIMEOUT",
            "AWS_METADATA_SERVICE_NUM_ATTEMPTS",
        ),
        "of a credential_source, which gets no ticket",
    ),
    **dict.fromkeys(
        (f"AWS_ENDPOINT_URL_{service}" for service in ("IAM", "SSO", "SSO_OIDC", "SIGNIN")),
        "another service's",
    ),
}
COVERED = {*ticket.GIVEN, *ticket.UNTICKETED, *VALUES_IN_GIVEN, *NO_INFLUENCE}


def test_every_variable_of_settings_is_covered() -> None:
    """A variable that can change a setting is in the given line, or has a reason not to be."""
    assert set(CONSULTED) <= COVERED


@pytest.mark.usefixtures("ro")
def test_a_real_run_reads_only_covered_variables() -> None:
    """A real run, from the profile's name to the ticket, reads no other variable."""
    args = parser_of(VERBS["env"]).parse(["ro"])
    context = Context(dict(os.environ), args, options.read)
    context.env, context.parent = Recorder(context.env), Recorder(context.parent)
    assert deliver("ro", context).credentials.session_token
    assert (context.env.asked | context.parent.asked) - COVERED == set()
    assert {"HOME", "PASS_AWS_PREFIX"} <= context.env.asked
