"""From profile to credentials with the real program, against the strict fake of AWS."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

import pexpect
import pytest
from canned_http import Answer, Canned
from conftest import MAIN, put, run
from fakeaws import AccessKey, FakeAWS, MfaDevice, User, faults
from run_in_process import say
from test_plan import ROWS

from pass_aws.config.precedence import Options

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("store")


class World(NamedTuple):
    """A user with the key and device of test_plan's profiles, and another device."""

    fake: FakeAWS
    user: User
    key: AccessKey
    device: MfaDevice
    other: MfaDevice


@pytest.fixture
def world(fake: FakeAWS, store: Path) -> World:
    alice = fake.user("alice")
    made = World(fake, alice, alice.key(), alice.mfa("alice"), alice.mfa("other"))
    put(store, "u", made.key.id, made.key.secret)
    for name in ("r", "r1", "r2", "u"):
        arns = [f"arn:aws:iam::222222222222:role/{other}" for other in ("r", "r1", "r2", "u")]
        fake.role(name, "222222222222", trust=[alice.arn, *arns], max_session=7200)
    return made


def arguments(options: Options | None, world: World, text: str) -> list[str]:
    asked = options or Options()
    words = ["-d", str(asked.duration)] if asked.duration else []
    if asked.no_session:
        words.append("--no-session")
    if "mfa_serial" in text:
        device = world.other if "mfa/other" in text else world.device
        words += ["-t", device.code()]
    return words


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("team", "team is an sso-session: run pass aws sso login --sso-session team, or pass aws sso sync "),
        ("lost", "the store has lost: run pass mv lost aws-vault/lost"),
        ("porduction", "did you mean production"),
        ("x9", "run pass aws list, or pass aws add x9"),
    ],
)
def test_the_hint_for_a_profile_that_does_not_exist(
    name: str, hint: str, store: Path, aws_config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The hint says where the name was found, or which name is similar, or how to add a key."""
    (store / "lost.gpg").write_bytes(b"x")
    aws_config.write_text("[profile production]\n[sso-session team]\n")
    said = say(capsys, "env", name, **os.environ)
    assert (said.status, said.error) == (1, f"there is no profile {name}")
    assert said.hint.startswith(hint)


@pytest.mark.parametrize("row", ROWS)
def test_calls_of_the_table(row: str, world: World, aws_config: Path) -> None:
    """Each row of aws-vault's table makes its calls with their durations and codes, and AWS accepts them."""
    text, target, options, expected = ROWS[row]
    aws_config.write_text(text)
    words = arguments(options, world, text)
    done = run("env", target, "--format", "json", *words)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    names = {"GST": "GetSessionToken", "AR": "AssumeRole"}
    made = [
        (call.action, call.parameters["DurationSeconds"], "TokenCode" in call.parameters)
        for call in world.fake.calls
    ]
    wanted = [line.split() for line in expected]
    assert made == [
        (names[call], str(round(float(life[:-1]) * 3600)), bool(code)) for call, _, life, *code in wanted
    ]
    assert bool(answer.get("SessionToken")) == bool(expected)
    if not expected:
        assert answer["AccessKeyId"] == world.key.id
        return
    assert all(call.outcome == "ok" for call in world.fake.calls)
    world.fake.clear_calls()
    without_code = words[: words.index("-t")] if "-t" in words else words
    again = run("env", target, "--format", "json", *without_code)
    assert again.stdout == done.stdout, again.stderr
    assert world.fake.calls == [], "every result of a call is cached"


def test_one_code_serves_all_roles(world: World, aws_config: Path) -> None:
    """Roles, regions and durations up to the limit share the session of one code."""
    serial = f"mfa_serial = {world.device.serial}\n"
    aws_config.write_text(
        f"[profile u]\n{serial}"
        + "".join(
            f"[profile {n}]\nsource_profile = u\n{serial}role_arn = arn:aws:iam::222222222222:role/{n}\n"
            for n in ("r1", "r2")
        )
    )
    assert run("env", "r1", "-t", world.device.code()).returncode == 0
    for words in (["r2"], ["r1", "--region", "eu-west-1"], ["r1", "-d", "15m"], ["u"]):
        done = run("env", *words, "--no-input")
        assert done.returncode == 0, done.stderr
    assert [call.action for call in world.fake.calls].count("GetSessionToken") == 1


def test_changed_profile_is_a_miss(world: World, aws_config: Path) -> None:
    """After a role, an external id or a tag was changed in the file, the old session is never used."""
    text = "[profile u]\n[profile r]\nsource_profile = u\nrole_arn = arn:aws:iam::222222222222:role/{}\n{}"
    answers = set()
    for role, more in (
        ("r1", ""),
        ("r2", ""),
        ("r2", "session_tags = a=b\n"),
        ("r2", "source_identity = me\n"),
    ):
        aws_config.write_text(text.format(role, more))
        done = run("env", "r", "--format", "json")
        assert done.returncode == 0, done.stderr
        answers.add(done.stdout)
    assert len(answers) == 4


def test_fresh_makes_a_new_session(world: World, aws_config: Path) -> None:
    """--fresh calls AWS, whatever is cached."""
    aws_config.write_text("[profile u]\n")
    first = run("env", "u").stdout
    assert run("env", "u").stdout == first
    assert run("env", "u", "--fresh").stdout != first
    assert world.fake.actions() == ["GetSessionToken"] * 2


def test_cache_none_keeps_nothing(world: World, aws_config: Path, home: Path) -> None:
    """PASS_AWS_SESSION_CACHE=none: every run calls AWS, and the cache is empty."""
    aws_config.write_text("[profile u]\n")
    for _ in range(2):
        assert run("env", "u", PASS_AWS_SESSION_CACHE="none").returncode == 0
    assert world.fake.actions() == ["GetSessionToken"] * 2
    assert not list(home.glob(".cache/pass-aws/**/*.gpg"))


def test_expiring_session_is_renewed(world: World, aws_config: Path) -> None:
    """A session with less life than --min-ttl is not used, but half of its whole life is always enough."""
    aws_config.write_text("[profile u]\n")
    assert run("env", "u", "-d", "15m").returncode == 0
    assert run("env", "u", "-d", "15m", "--min-ttl", "14m").returncode == 0
    assert world.fake.actions() == ["GetSessionToken"]


def test_an_expiring_session_is_served_if_aws_is_unreachable(world: World, aws_config: Path) -> None:
    """If AWS cannot be reached, a session that lives for more than a minute is served with a warning."""
    aws_config.write_text("[profile u]\n")
    first = run("env", "u", "-d", "1h")
    assert first.returncode == 0
    world.fake.stop()
    try:
        again = run("env", "u", "-d", "1h", "--min-ttl", "2h")
    finally:
        world.fake.__init__()  # type: ignore[misc]  # so that the fixture can stop something
        world.fake.start()
    assert again.returncode == 0
    assert again.stdout == first.stdout


def test_a_wrong_code_runs_the_driver_again(world: World, aws_config: Path, tmp_path: Path) -> None:
    """After a refused code, the program is run for another one, once."""
    count, wrong = tmp_path / "count", world.device.wrong_code()[:5]
    aws_config.write_text(
        f"[profile u]\nmfa_serial = {world.device.serial}\n"
        f"mfa_process = echo x >> {count}; printf '{wrong}%s' $(wc -l <{count})\n"
    )
    done = run("env", "u")
    assert done.returncode == 1
    assert [call.parameters["TokenCode"] for call in world.fake.calls] == [f"{wrong}1", f"{wrong}2"]
    assert count.read_text() == "x\n" * 2


def test_credential_source_environment(world: World, aws_config: Path) -> None:
    """credential_source = Environment uses the keys of the environment."""
    aws_config.write_text(
        "[profile r]\ncredential_source = Environment\nrole_arn = arn:aws:iam::222222222222:role/r\n"
    )
    done = run("env", "r", AWS_ACCESS_KEY_ID=world.key.id, AWS_SECRET_ACCESS_KEY=world.key.secret)
    assert done.returncode == 0, done.stderr
    assert [call.key_id for call in world.fake.calls] == [world.key.id]


@pytest.mark.parametrize("name", ["AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"])
def test_a_session_of_the_environment_is_used_as_it_is(name: str, world: World, aws_config: Path) -> None:
    """No session is made from a session, whichever variable has its token."""
    aws_config.write_text("[profile e]\ncredential_source = Environment\n")
    keys = {"AWS_ACCESS_KEY_ID": "ASIA1", "AWS_SECRET_ACCESS_KEY": "s", name: "the-token"}
    done = run("env", "e", "--format", "json", **keys)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["SessionToken"] == "the-token"
    assert world.fake.calls == []


def test_web_identity_source(world: World, aws_config: Path, tmp_path: Path) -> None:
    """A web identity profile sends its token, read each time, and caches the session."""
    token = world.fake.web_token()
    role = world.fake.role("web", trust=[token.issuer])
    (tmp_path / "token").write_text(token.token + "\n")
    unused = "external_id = x1\nsource_identity = me\nsession_tags = a=b\ntransitive_session_tags = a\n"
    aws_config.write_text(
        f"[profile w]\nrole_arn = {role.arn}\nweb_identity_token_file = {tmp_path}/token\n{unused}"
    )
    for _ in range(2):
        done = run("env", "w", "--format", "json")
        assert done.returncode == 0, done.stderr
    (call,) = world.fake.calls
    assert call.action == "AssumeRoleWithWebIdentity"
    assert not [
        name for name in call.parameters if name.startswith(("ExternalId", "Source", "Tag", "Transitive"))
    ]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("[profile x]\nsource_profile = y\n[profile y]\nsource_profile = x\n", "x → y → x"),
        ("[profile x]\nsource_profile = nowhere\nrole_arn = arn:aws:iam::222222222222:role/r\n", "nowhere"),
        (
            "[profile x]\nduration_seconds = soon\nrole_arn = nonsense\nsource_profile = u\n",
            "duration_seconds",
        ),
    ],
)
def test_contradictions_are_refused_before_anything_happens(
    text: str, names: str, world: World, aws_config: Path, tmp_path: Path
) -> None:
    """Loops, missing sources and invalid values are refused before any prompt, decryption or call."""
    calls = tmp_path / "gpg-calls"
    fake_gpg = tmp_path / "bin" / "gpg"
    fake_gpg.parent.mkdir()
    fake_gpg.write_text(f'#!/bin/sh\necho "$@" >> {calls}\nexit 2\n')
    fake_gpg.chmod(0o755)
    aws_config.write_text(text)
    done = run("env", "x", PATH=f"{fake_gpg.parent}:{os.environ['PATH']}")
    assert done.returncode == 1
    assert names in done.stderr
    assert done.stdout == "false\n"
    assert world.fake.calls == []
    assert not calls.exists()


def test_pass_aws_and_pass_aws_are_the_same_program(world: World, aws_config: Path) -> None:
    """`pass aws` and `pass-aws` are the same program."""
    aws_config.write_text("[profile u]\n")
    done = subprocess.run(
        ["pass", "aws", "env", "u"], env=pass_env(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == run("env", "u").stdout


def pass_env() -> dict[str, str]:
    top = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    return {
        **os.environ,
        "PASSWORD_STORE_ENABLE_EXTENSIONS": "true",
        "PASSWORD_STORE_EXTENSIONS_DIR": f"{top}/extensions",
    }


def test_a_session_that_aws_calls_expired_is_renewed(world: World, aws_config: Path) -> None:
    """If AWS says that a cached session has expired, it is made again, once."""
    role = "[profile {0}]\nsource_profile = {1}\nrole_arn = arn:aws:iam::222222222222:role/{0}\n"
    aws_config.write_text("[profile u]\n" + role.format("r1", "u") + role.format("r2", "r1"))
    assert run("env", "r1").returncode == 0
    world.fake.clock.advance(2 * 3600)
    world.fake.clear_calls()
    done = run("env", "r2")
    assert done.returncode == 0, done.stderr
    assert [(call.action, call.outcome) for call in world.fake.calls] == [
        ("AssumeRole", "ExpiredToken"), ("AssumeRole", "ok"), ("AssumeRole", "ok"),
    ]  # fmt: skip


def test_no_input_waits_for_a_call(world: World, aws_config: Path) -> None:
    """After the code is typed, --no-input waits for AWS's answer, which takes seconds, and shares it."""
    aws_config.write_text(f"[profile u]\nmfa_serial = {world.device.serial}\n")
    world.fake.fault("GetSessionToken", faults.slow(60))
    asking = pexpect.spawn(
        sys.executable, ["-I", "-S", str(MAIN), "env", "u", "--format", "json"], timeout=30, encoding="utf-8"
    )
    asking.expect("code")
    asking.sendline(world.device.code())
    world.fake.wait_for_calls(1)
    waiting = pexpect.spawn(
        sys.executable,
        ["-I", "-S", str(MAIN), "env", "u", "--format", "json", "--no-input"],
        timeout=30,
        encoding="utf-8",
    )
    waiting.expect(f"waiting for process {asking.pid} .*, which is calling")
    world.fake.end_waits()
    for one in (asking, waiting):
        one.expect("AccessKeyId")
        one.expect(pexpect.EOF)
        one.close()
        assert one.exitstatus == 0
    assert world.fake.actions() == ["GetSessionToken"]


def test_no_input_does_not_wait_for_a_prompt(world: World, aws_config: Path, tmp_path: Path) -> None:
    """While one process asks for the code of a role's source, --no-input for that role exits 4 at once."""
    serial = f"mfa_serial = {world.device.serial}\n"
    aws_config.write_text(
        f"[profile u]\n{serial}[profile r]\nsource_profile = u\n{serial}role_arn = arn:aws:iam::222222222222:role/r\n"
    )
    asking = pexpect.spawn(
        sys.executable,
        ["-I", "-S", str(MAIN), "env", "r"],
        env=dict(os.environ),
        timeout=20,
        encoding="utf-8",
    )
    asking.expect("code")
    done = run("env", "r", "--no-input")
    assert done.returncode == 4, done.stderr
    assert "is already asking" in done.stderr
    asking.sendline(world.device.code())
    asking.expect(pexpect.EOF)
    asking.close()
    assert asking.exitstatus == 0
    assert run("env", "r", "--no-input").returncode == 0


def test_a_role_that_requires_the_device_of_its_source(world: World, aws_config: Path) -> None:
    """If AWS denies a role and the source has a device, the hint is the line to add, and it works."""
    world.fake.role("strict", "222222222222", trust=[world.user.arn], mfa=True)
    serial = f"mfa_serial = {world.device.serial}"
    text = f"[profile u]\n{serial}\n[profile x]\nsource_profile = u\nrole_arn = arn:aws:iam::222222222222:role/strict\n"
    aws_config.write_text(text)
    done = run("env", "x")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].endswith(f"if the role requires MFA, add to profile x: {serial}")
    aws_config.write_text(f"{text}{serial}\n")
    assert run("env", "x", "-t", world.device.code()).returncode == 0


@pytest.mark.parametrize("status", [400, 404, 501])
def test_a_service_without_get_session_token(status: int, store: Path, aws_config: Path) -> None:
    """MinIO and Ceph refuse the action: the hint names `-n` and the line for the profile, and both work."""
    put(store, "s3", "minioadmin", "minioadmin")
    body = b"<ErrorResponse><Error><Code>InvalidAction</Code><Message>no such action</Message></Error></ErrorResponse>"
    with Canned(lambda _: Answer(body, status)) as server:
        text = f"[profile s3]\nendpoint_url = {server.url}\n"
        aws_config.write_text(text)
        done = run("env", "s3")
        assert done.returncode == 1
        assert "use -n, or set no_session = true in profile s3" in done.stderr.splitlines()[-1]
        assert run("env", "s3", "-n").returncode == 0
        aws_config.write_text(f"{text}no_session = true\n")
        assert run("env", "s3").returncode == 0


def test_a_credential_process_line_with_a_wrong_name(world: World, aws_config: Path) -> None:
    """A wrong name in a credential_process line does not get the credentials of that line's profile."""
    line = "credential_process = pass-aws credential-process prod-kye\n"
    aws_config.write_text(f"[profile prod-ky]\n{line}[profile prod-key]\nregion = us-east-1\n")
    assert "did you mean prod-key\n" in run("credential-process", "prod-kye").stderr
    aws_config.write_text(f"[profile prod-ky]\n{line}")
    assert "did you mean" not in run("credential-process", "prod-kye").stderr
    assert world.fake.calls == []
