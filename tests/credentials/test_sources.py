"""Every source of credentials, with a role, a role with MFA, and a chain of roles."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from canned_http import Answer, Asked, Canned
from conftest import put, run
from fakeaws.client import sts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from fakeaws import AccessKey, FakeAWS, MfaDevice

ROLE = "arn:aws:iam::222222222222:role/{}"


class World(NamedTuple):
    """User alice, her device, the identity of a machine, and what each source needs."""

    fake: FakeAWS
    key: AccessKey
    device: MfaDevice
    session: dict[str, Any]
    machine: dict[str, Any]
    folder: Path
    store: Path
    server: Canned

    def given(self, source: str) -> tuple[str, dict[str, str], str]:
        """A source's profile `s`, the environment that it needs, and the line of a role that names it."""
        make: dict[str, Callable[[], tuple[str, dict[str, str]]]] = {
            "store": self._stored,
            "static key": lambda: (ini(self.named(session=False)), {}),
            "static session": lambda: (ini(self.named(session=True)), {}),
            "process key": lambda: (self._process(self.named(session=False)), {}),
            "process session": lambda: (self._process(self.named(session=True)), {}),
            "web identity": self._web,
            "environment key": lambda: ("", {n.upper(): v for n, v in self.named(session=False).items()}),
            "environment session": lambda: ("", {n.upper(): v for n, v in self.named(session=True).items()}),
            "container": lambda: ("", {"AWS_CONTAINER_CREDENTIALS_FULL_URI": self.server.url}),
            "instance": lambda: (f"ec2_metadata_service_endpoint = {self.server.url}\n", {}),
        }
        text, env = make[source]()
        kind = {"environment": "Environment", "container": "EcsContainer", "instance": "Ec2InstanceMetadata"}
        if word := kind.get(source.split(maxsplit=1)[0]):
            return "", env, f"credential_source = {word}\n{text}"
        return f"[profile s]\n{text}", env, "source_profile = s\n"

    def named(self, *, session: bool) -> dict[str, str]:
        """alice's key, or a session of it, with the names of the AWS files."""
        if not session:
            return {"aws_access_key_id": self.key.id, "aws_secret_access_key": self.key.secret}
        fields = {"access_key_id": "AccessKeyId", "secret_access_key": "SecretAccessKey"}
        fields["session_token"] = "SessionToken"
        return {f"aws_{name}": str(self.session[field]) for name, field in fields.items()}

    def _stored(self) -> tuple[str, dict[str, str]]:
        put(self.store, "s", self.key.id, self.key.secret)
        return "", {}

    def _process(self, named: dict[str, str]) -> str:
        fields = {
            "AccessKeyId": named["aws_access_key_id"],
            "SecretAccessKey": named["aws_secret_access_key"],
        }
        if "aws_session_token" in named:
            fields["SessionToken"] = named["aws_session_token"]
            fields["Expiration"] = self.session["Expiration"].isoformat()
        (self.folder / "answer").write_text(json.dumps({"Version": 1, **fields}))
        return f"credential_process = cat {self.folder}/answer\n"

    def _web(self) -> tuple[str, dict[str, str]]:
        token = self.fake.web_token()
        role = self.fake.role("web", trust=[token.issuer])
        (self.folder / "token").write_text(token.token)
        return f"role_arn = {role.arn}\nweb_identity_token_file = {self.folder}/token\n", {}


def ini(values: dict[str, str]) -> str:
    return "".join(f"{name} = {value}\n" for name, value in values.items())


@pytest.fixture
def world(fake: FakeAWS, store: Path, tmp_path: Path) -> Iterator[World]:
    alice = fake.user("alice")
    key, device = alice.key(), alice.mfa("alice")
    machine = fake.role("machine", trust=[alice.arn])
    for name in ("r1", "r2"):
        trust = [alice.arn, machine.arn, "arn:aws:iam::111111111111:role/web", ROLE.format("r1")]
        fake.role(name, "222222222222", trust=trust)
    session = sts(fake, key).get_session_token()["Credentials"]
    role = sts(fake, key).assume_role(RoleArn=machine.arn, RoleSessionName="i-1")["Credentials"]
    fake.clear_calls()

    def answer(asked: Asked) -> Answer:
        """Answers as IMDS version 2, and as any container's server."""
        if asked.method == "PUT":
            return Answer(b"token", kind="text/plain")
        if asked.path.endswith("/security-credentials/"):
            return Answer(b"machine", kind="text/plain")
        fields = {"AccessKeyId": role["AccessKeyId"], "SecretAccessKey": role["SecretAccessKey"]}
        fields |= {"Token": role["SessionToken"], "Expiration": role["Expiration"].isoformat()}
        return Answer(json.dumps({"Code": "Success", **fields}).encode(), kind="application/json")

    with Canned(answer) as server:
        yield World(fake, key, device, session, role, tmp_path, store, server)


SOURCES = (
    "store", "static key", "static session", "process key", "process session", "web identity",
    "environment key", "environment session", "container", "instance",
)  # fmt: skip
MACHINES = ("web identity", "container", "instance")
"""Role sessions, with which AWS accepts no MFA code."""


def calls(world: World) -> list[tuple[str, str, bool]]:
    """For each call its action, its role, and whether a code was sent."""
    assert [call.outcome for call in world.fake.calls if call.outcome != "ok"] == []
    return [
        (call.action, call.parameters.get("RoleArn", "")[-2:], "TokenCode" in call.parameters)
        for call in world.fake.calls
        if call.action != "AssumeRoleWithWebIdentity"
    ]


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("mfa", [False, True], ids=["plain", "mfa"])
@pytest.mark.parametrize("chain", [False, True], ids=["role", "chain"])
def test_a_role_of_every_source(source: str, mfa: bool, chain: bool, world: World, aws_config: Path) -> None:
    """Each source can assume a role, with a code if one is needed.

    A code with the credentials of a role session is refused.
    """
    text, env, named = world.given(source)
    serial = f"mfa_serial = {world.device.serial}\n" if mfa else ""
    aws_config.write_text(
        f"{text}[profile r1]\nrole_arn = {ROLE.format('r1')}\n{named}{serial}"
        f"[profile r2]\nrole_arn = {ROLE.format('r2')}\nsource_profile = r1\n"
    )
    target = "r2" if chain else "r1"
    words = ["env", target, "--format", "json", *(["-t", world.device.code()] if mfa else [])]
    done = run(*words, **env)
    if mfa and source in MACHINES:
        assert done.returncode == 1
        assert "AWS does not accept" in done.stderr
        assert "hint: " in done.stderr
        assert world.fake.calls == []
        return
    assert done.returncode == 0, done.stderr
    roles = [("AssumeRole", "r1", mfa), ("AssumeRole", "r2", False)]
    assert calls(world) == (roles if chain else roles[:1])
    assert json.loads(done.stdout)["SessionToken"]
    world.fake.clear_calls()
    again = run("env", target, "--format", "json", **env)
    assert again.stdout == done.stdout, again.stderr
    assert world.fake.calls == [], "the role's session is cached, whatever its source"


@pytest.mark.parametrize("source", SOURCES)
def test_a_source_without_a_role(source: str, world: World, aws_config: Path) -> None:
    """The source's credentials are delivered, or a session of its key if it has a long-lived one."""
    text, env, named = world.given(source)
    aws_config.write_text(text or f"[profile s]\n{named}")
    done = run("env", "s", "--format", "json", **env)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    expected = {"process key": world.key.id, "container": world.machine["AccessKeyId"]}
    expected["instance"] = world.machine["AccessKeyId"]
    expected |= dict.fromkeys(
        ("static session", "process session", "environment session"), world.session["AccessKeyId"]
    )
    made = [call.action for call in world.fake.calls]
    if source in expected:
        assert (answer["AccessKeyId"], made) == (expected[source], [])
    else:
        assert answer["SessionToken"]
        assert made == ["AssumeRoleWithWebIdentity" if source == "web identity" else "GetSessionToken"]


def test_a_credential_process_runs_each_time(world: World, aws_config: Path) -> None:
    """Its answer may depend on anything, so another environment may give another account."""
    bob = world.fake.user("bob")
    keys = {"alice": world.key, "bob": bob.key()}
    for name, key in keys.items():
        answer = {"Version": 1, "AccessKeyId": key.id, "SecretAccessKey": key.secret}
        (world.folder / name).write_text(json.dumps(answer))
    world.fake.role("r3", "222222222222", trust=["111111111111"])
    aws_config.write_text(
        f"[profile s]\ncredential_process = sh -c 'cat \"{world.folder}/$ACCOUNT\"'\n"
        f"[profile r]\nsource_profile = s\nrole_arn = {ROLE.format('r3')}\n"
    )
    for profile in ("s", "r"):
        answers = [run("env", profile, "--format", "json", ACCOUNT=name).stdout for name in (*keys, *keys)]
        assert answers[:2] == answers[2:]
        assert answers[0] != answers[1]
    assert [call.key_id for call in world.fake.calls] == [key.id for key in keys.values()]


@pytest.mark.parametrize("how", ["file", "process"])
def test_a_changed_web_identity_token_is_another_identity(how: str, world: World, aws_config: Path) -> None:
    """A session belongs to the token's content, so another content at the same path does not match."""
    place = world.folder / "token"
    tokens = [world.fake.web_token(subject=subject) for subject in ("repo:a", "repo:b")]
    role = world.fake.role("web", trust=[tokens[0].issuer])
    value = str(place) if how == "file" else f"cat {place}"
    aws_config.write_text(f"[profile w]\nrole_arn = {role.arn}\nweb_identity_token_{how} = {value}\n")
    answers = []
    for token in (*tokens, *tokens):
        place.write_text(token.token)
        answers.append(run("env", "w", "--format", "json").stdout)
    assert answers[:2] == answers[2:]
    assert answers[0] != answers[1]
    assert world.fake.actions() == ["AssumeRoleWithWebIdentity"] * 2


WRONG = {
    "open quote": ("credential_process = prog 'a", "credential_process of profile s has an unclosed quote"),
    "not there": (
        "credential_process = cp-not-there a",
        "credential_process of profile s names a program that does not exist: cp-not-there",
    ),
    "no JSON": (
        "credential_process = echo hello",
        "credential_process of profile s cannot be used: it is no",
    ),
    "fails": ("credential_process = false", "credential_process of profile s failed with exit status 1"),
    "token file": (
        "role_arn = arn:aws:iam::111111111111:role/web\nweb_identity_token_file = /proc/nonexistent/token",
        "web_identity_token_file /proc/nonexistent/token of profile s cannot be read",
    ),
    "token program": (
        "role_arn = arn:aws:iam::111111111111:role/web\nweb_identity_token_process = false",
        "web_identity_token_process of profile s failed with exit status 1",
    ),
}


@pytest.mark.parametrize("case", WRONG)
@pytest.mark.parametrize("target", ["s", "r1"])
def test_an_error_of_a_source_names_profile_and_setting(
    case: str, target: str, world: World, aws_config: Path
) -> None:
    """The error has two lines, for the profile itself and for a role with this source."""
    text, message = WRONG[case]
    aws_config.write_text(
        f"[profile s]\n{text}\n[profile r1]\nsource_profile = s\nrole_arn = {ROLE.format('r1')}\n"
    )
    done = run("env", target, "--format", "json")
    lines = done.stderr.splitlines()
    assert (done.returncode, len(lines)) == (1, 2), done.stderr
    assert message in lines[0]
    assert lines[1].startswith("pass aws: hint: ")
    assert world.fake.calls == []


@pytest.mark.parametrize("source", ["environment key", "container", "instance"])
def test_a_credential_source_without_credentials(source: str, world: World, aws_config: Path) -> None:
    """The error has two lines if neither variables nor servers give credentials."""
    _, _, named = world.given(source)
    named = named.replace(world.server.url, "http://127.0.0.1:1")
    aws_config.write_text(f"[profile r1]\nrole_arn = {ROLE.format('r1')}\n{named}")
    done = run("env", "r1", "--format", "json")
    lines = done.stderr.splitlines()
    assert (done.returncode, len(lines)) == (1, 2), done.stderr
    assert named.split()[2] in lines[0]
    assert lines[1].startswith("pass aws: hint: ")


@pytest.mark.parametrize("line", ["~/bin/give", "give | cat", "$HOME/bin/give"])
def test_a_credential_process_written_for_a_shell(
    line: str, world: World, aws_config: Path, home: Path
) -> None:
    """The error says that no shell runs the line, and the suggested line works."""
    (home / "bin").mkdir()
    give = home / "bin" / "give"
    answer = {"Version": 1, "AccessKeyId": world.key.id, "SecretAccessKey": world.key.secret}
    give.write_text(f"#!/bin/sh\n[ $# = 0 ] || exit 1\necho '{json.dumps(answer)}'\n")
    give.chmod(0o755)
    aws_config.write_text(f"[profile s]\ncredential_process = {line}\n")
    path = f"{home}/bin:/usr/bin:/bin"
    done = run("env", "s", "--format", "json", PATH=path)
    assert done.returncode == 1
    assert "credential_process of profile s" in done.stderr
    offered = re.search(r"hint: it does not run in a shell.*: write (.*)\n", done.stderr)
    assert offered, done.stderr
    aws_config.write_text(f"[profile s]\ncredential_process = {offered[1]}\n")
    mended = run("env", "s", "--format", "json", PATH=path)
    assert json.loads(mended.stdout)["AccessKeyId"] == world.key.id, mended.stderr


def test_a_value_assigned_in_a_credential_process_is_not_shown(aws_config: Path) -> None:
    """Such a value may be a password, so neither the error nor its hint repeats it."""
    aws_config.write_text("[profile s]\ncredential_process = PASSWORD=hunter2 give\n")
    done = run("env", "s", "--format", "json")
    assert done.returncode == 1
    assert "a program that does not exist: PASSWORD=\n" in done.stderr
    assert "hint: it does not run in a shell: put the whole line into sh -c" in done.stderr
    assert "hunter2" not in done.stderr
