"""`login` opens the console with the right credentials, and prints the secret URL only on request."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qs, urlsplit

import pexpect
import pytest
from conftest import MAIN, put, run
from fakeaws import faults
from run_in_process import Said, say

from pass_aws.errors import DONE, FAILED, MUST_ASK, USAGE

if TYPE_CHECKING:
    from fakeaws import AccessKey, FakeAWS, MfaDevice, User

CONSOLE = "https://us-east-1.console.aws.amazon.com"
OPEN = """#!/bin/sh
echo "$*" >>"{folder}/argv"
env >"{folder}/env"
exec {python} -c 'import sys, urllib.request
page = urllib.request.urlopen(sys.argv[1]).read()
open("{folder}/page", "wb").write(page)' "$1"
"""


class World(NamedTuple):
    """User alice, the key `dev`, an MFA device, roles with and without MFA, and role chains."""

    fake: FakeAWS
    alice: User
    key: AccessKey
    device: MfaDevice
    config: Path


@pytest.fixture
def world(store: Path, fake: FakeAWS, aws_config: Path) -> World:
    alice = fake.user("alice")
    key, device = alice.key(), alice.mfa()
    role = fake.role("ro", trust=[alice.arn])
    deep = fake.role("deep", trust=[role.arn])
    put(store, "dev", key.id, key.secret)
    aws_config.write_text(
        f"[profile dev]\n[profile alias]\nsource_profile = dev\n"
        f"[profile ro]\nsource_profile = dev\nrole_arn = {role.arn}\n"
        f"[profile deep]\nsource_profile = ro\nrole_arn = {deep.arn}\n"
        f"[profile user]\nsource_profile = dev\nmfa_serial = {device.serial}\n"
        f"[profile mfa]\nsource_profile = user\nrole_arn = {role.arn}\nmfa_serial = {device.serial}\n"
    )
    return World(fake, alice, key, device, aws_config)


def login(capsys: pytest.CaptureFixture[str], *argv: str, **env: str) -> Said:
    return say(capsys, "login", *argv, **{**os.environ, **env})


def signed_in(said: Said) -> dict[str, str]:
    """The query of the printed URL, which is alone on stdout."""
    assert said.status == DONE, said.err
    assert said.out.count("\n") == 1
    return {name: one for name, (one,) in parse_qs(urlsplit(said.out.strip()).query).items()}


def lasts(world: World, token: str) -> int:
    """How many seconds the console session of a sign-in token lasts."""
    return world.fake.world.sign_in_tokens[token][1]


# Which credentials.


def test_a_role_signs_in_with_its_session(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """A role's session signs in for the requested hour; secrets are sent in a body, never in a URL."""
    query = signed_in(login(capsys, "ro", "--stdout"))
    assert query["Action"] == "login"
    assert query["Destination"] == f"{CONSOLE}/console/home?region=us-east-1"
    assert world.fake.actions() == ["AssumeRole", "getSigninToken"]
    (call,) = world.fake.called("getSigninToken")
    assert (call.method, call.path, call.outcome) == ("POST", "/federation", "ok")
    assert call.caller.startswith("arn:aws:sts::")
    assert call.parameters["SessionDuration"] == "3600"


@pytest.mark.parametrize(("words", "wanted"), [("-d 12h", 43200), ("-d 15m", 900), ("", 3600)])
def test_the_duration_of_a_role_s_console_session(
    words: str, wanted: int, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """The role is assumed for at most an hour; the longer duration is passed to the console."""
    query = signed_in(login(capsys, "ro", "--stdout", *words.split()))
    (role,) = world.fake.called("AssumeRole")
    assert int(role.parameters["DurationSeconds"] or 0) == min(wanted, 3600)
    assert lasts(world, query["SigninToken"]) == wanted


def test_a_chained_role_sends_no_duration(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """AWS accepts no duration for a chained role or MFA; the console session ends with the role's session."""
    signed_in(login(capsys, "deep", "--stdout"))
    signed_in(login(capsys, "mfa", "--stdout", "-t", world.device.code()))
    calls = world.fake.called("getSigninToken")
    assert [(call.outcome, call.parameters.get("SessionDuration")) for call in calls] == [("ok", None)] * 2


def test_a_long_role_with_mfa(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """`-d 8h` assumes the role with the key and its code, so that AWS allows eight hours."""
    query = signed_in(login(capsys, "mfa", "--stdout", "-d", "8h", "-t", world.device.code()))
    assert world.fake.actions() == ["AssumeRole", "getSigninToken"]
    assert lasts(world, query["SigninToken"]) == 8 * 3600


@pytest.mark.parametrize("name", ["dev", "alias"])
def test_a_plain_key_signs_in_with_a_federation_token(
    name: str, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """A plain key signs in with a federation token, never with a GetSessionToken session."""
    signed_in(login(capsys, name, "--stdout"))
    assert world.fake.actions() == ["GetCallerIdentity", "GetFederationToken", "getSigninToken"]
    call = world.fake.called("GetFederationToken")[0]
    assert (call.parameters["Name"], call.parameters["DurationSeconds"]) == ("alice", "3600")
    assert '"Action":"*"' in (call.parameters["Policy"] or "")
    assert "SessionDuration" not in world.fake.called("getSigninToken")[0].parameters


@pytest.mark.parametrize(
    ("words", "env", "seconds"),
    [
        ("-d 36h", {}, "129600"),
        ("", {"AWS_FEDERATION_TOKEN_TTL": "2h"}, "7200"),
        ("", {"AWS_VAULT_DURATION": "3h", "AWS_FEDERATION_TOKEN_TTL": "2h"}, "10800"),
        ("-d 15m", {"AWS_FEDERATION_TOKEN_TTL": "2h"}, "900"),
    ],
)
def test_the_duration_of_a_plain_key_s_console_session(
    words: str, env: dict[str, str], seconds: str, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """The option sets the duration, then the variables, aws-vault's included."""
    signed_in(login(capsys, "dev", "--stdout", *words.split(), **env))
    assert world.fake.called("GetFederationToken")[0].parameters["DurationSeconds"] == seconds


@pytest.mark.parametrize(
    ("env", "words"),
    [
        ({"AWS_FEDERATION_TOKEN_TTL": "5m"}, []),
        ({"AWS_FEDERATION_TOKEN_TTL": "soon"}, []),
        ({}, ["-d", "37h"]),
    ],
)
def test_an_invalid_duration_is_refused(
    env: dict[str, str], words: list[str], world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """An invalid duration is refused before any call."""
    said = login(capsys, "dev", "--stdout", *words, **env)
    assert said.error.startswith(("AWS_FED", "--duration"))
    assert said.hint == ("correct it, or omit it" if words else "give 15m to 36h; a role allows 12h at most")
    assert world.fake.calls == []


@pytest.mark.parametrize(
    ("words", "policy", "arns"),
    [
        (["--read-only"], None, ["arn:aws:iam::aws:policy/ReadOnlyAccess"]),
        (["--policy-arn", "arn:aws:iam::aws:policy/X"], None, ["arn:aws:iam::aws:policy/X"]),
        (["--policy-file", "p.json"], '{"Version":"2012-10-17","Statement":[]}', []),
    ],
)
def test_session_policies_limit_a_plain_key(
    *,
    words: list[str],
    policy: str | None,
    arns: list[str],
    world: World,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Session policies limit the federation token, and nothing extends it again."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "p.json").write_text('{"Version":"2012-10-17","Statement":[]}')
    signed_in(login(capsys, "dev", "--stdout", *words))
    given = world.fake.called("GetFederationToken")[0].parameters
    assert given.get("Policy") == policy
    assert [value for name, value in given.items() if name.startswith("PolicyArns")] == arns


def test_a_plain_key_signs_in_without_mfa(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """GetFederationToken accepts no code, so the program does not ask for one, and warns that the console session has no MFA."""
    said = login(capsys, "user", "--stdout")
    signed_in(said)
    assert any("has no MFA" in line for line in said.lines)


def test_a_cached_session_signs_in(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """A role's cached session signs in again, since the request is the same."""
    for _ in range(2):
        signed_in(login(capsys, "ro", "--stdout"))
    assert world.fake.actions().count("AssumeRole") == 1


# The environment's credentials.


def test_credentials_of_the_environment_sign_in(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a profile, the credentials that `exec` has set sign in."""
    out = say(capsys, "env", "ro", "--format", "json", **os.environ).out
    found = dict(re.findall(r'"(\w+)": "([^"]*)"', out))
    env = {
        "AWS_ACCESS_KEY_ID": found["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": found["SecretAccessKey"],
        "AWS_SESSION_TOKEN": found["SessionToken"],
    }
    world.fake.clear_calls()
    signed_in(login(capsys, "--stdout", **env))
    assert world.fake.actions() == ["GetCallerIdentity", "getSigninToken"]
    said = login(capsys, "--stdout", "--read-only", **env)
    assert "a policy cannot limit" in said.error
    assert login(capsys, "ro", "--stdout", **env, AWS_PROFILE="nothing").status == DONE


def test_a_key_in_the_environment(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """A long-lived key in the environment gets a federation token, as a stored key does."""
    env = {"AWS_ACCESS_KEY_ID": world.key.id, "AWS_SECRET_ACCESS_KEY": world.key.secret}
    signed_in(login(capsys, "--stdout", "--read-only", **env))
    assert world.fake.actions() == ["GetCallerIdentity", "GetFederationToken", "getSigninToken"]


def test_a_get_session_token_session_in_the_environment(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """The console refuses such a session; the error tells what works."""
    out = say(capsys, "env", "dev", "--format", "json", **os.environ).out
    found = dict(re.findall(r'"(\w+)": "([^"]*)"', out))
    said = login(
        capsys, "--stdout", AWS_ACCESS_KEY_ID=found["AccessKeyId"],
        AWS_SECRET_ACCESS_KEY=found["SecretAccessKey"], AWS_SESSION_TOKEN=found["SessionToken"],
    )  # fmt: skip
    assert "the console accepts credentials of a role" in said.error
    assert "getSigninToken" not in world.fake.actions()


# Pages and the browser.


@pytest.mark.parametrize(
    ("words", "page"),
    [
        ("--service s3", "/s3/home?region=us-east-1"),
        ("--path ec2/home#Instances:", "/ec2/home?region=us-east-1#Instances:"),
    ],
)
def test_the_first_page(words: str, page: str, world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """The sign-in ends at the page that --service or --path names."""
    assert signed_in(login(capsys, "ro", "-s", *words.split()))["Destination"] == CONSOLE + page


def test_another_region(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """--region chooses the console's region."""
    query = signed_in(login(capsys, "ro", "-s", "--region", "eu-west-1"))
    assert query["Destination"].startswith("https://eu-west-1.console.aws.amazon.com/")


def test_two_pages_are_wrong_usage(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """Two pages, or a page on another host, are wrong usage, reported before any call."""
    assert login(capsys, "ro", "-s", "--service", "s3", "--path", "x").status == USAGE
    assert login(capsys, "ro", "-s", "--path", "https://evil.example/").status == USAGE
    assert world.fake.calls == []


def test_logout_first(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """With --logout-first the sign-in follows a sign-out; aws-vault's flag and variables mean the same."""
    for words, env in ((["-a", "-s"], {}), (["--auto-logout"], {"AWS_VAULT_STDOUT": "true"})):
        query = signed_in(login(capsys, "ro", *words, **env))
        assert query["Action"] == "logout"
        assert "Action=login" in query["redirect_uri"]
    assert signed_in(login(capsys, "ro", "-s", AWS_VAULT_AUTO_LOGOUT="1"))["Action"] == "logout"


@pytest.fixture
def browser(programs: Path, tmp_path: Path) -> Path:
    """A browser that opens its URL and keeps the page."""
    (tmp_path / "seen").mkdir()
    path = programs / "surf"
    path.write_text(OPEN.format(folder=tmp_path / "seen", python=sys.executable))
    path.chmod(0o755)
    return tmp_path / "seen"


def test_the_browser_opens_the_console(world: World, browser: Path) -> None:
    """The browser gets the page; its argv has no token, its environment no credentials, stdout is empty."""
    os.mkfifo(browser / "page")
    done = run("login", "ro", BROWSER="surf", AWS_SECRET_ACCESS_KEY="x", AWS_ACCESS_KEY_ID="y")
    assert (done.returncode, done.stdout) == (DONE, ""), done.stderr
    assert (
        (browser / "page").read_text().startswith("signed in for 3600 s, going to https://us-east-1.console")
    )
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/[\w-]{32}\n", (browser / "argv").read_text())
    assert "AWS_SECRET_ACCESS_KEY" not in (browser / "env").read_text()


def test_the_browser_option(world: World, browser: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--browser names the command, which may contain the profile's name."""
    said = login(capsys, "ro", "--browser", "surf {url} --profile={profile}")
    assert said.status == DONE, said.err
    assert (browser / "argv").read_text().endswith(" --profile=ro\n")


def test_no_browser(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a browser the program exits with 4 before any call; the hint works as printed."""
    said = login(capsys, "ro", "--service", "s3")
    assert (said.status, said.error) == (MUST_ASK, "cannot open a browser: there is no display")
    assert said.hint == "run pass aws login ro --stdout --service s3, and open the URL that it prints"
    assert world.fake.calls == []


def test_over_ssh(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """On a terminal over SSH the URL is printed; without a terminal the program exits with 4."""
    env = {**os.environ, "SSH_CONNECTION": "192.0.2.1 1 192.0.2.2 22", "TERM": "dumb"}
    child = pexpect.spawn(
        sys.executable, ["-I", "-S", str(MAIN), "login", "ro"], env=env, timeout=60, encoding="utf-8",
        dimensions=(24, 4000),
    )  # fmt: skip
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == DONE, child.before
    assert re.search(
        r"open this URL in your browser within 15 minutes\r\nhttp\S+SigninToken=\S+\r\n$", child.before or ""
    )
    assert login(capsys, "ro", SSH_CONNECTION="192.0.2.1 1 192.0.2.2 22").status == MUST_ASK


# Refusals of AWS.


def test_a_duration_that_aws_refuses(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """The request is repeated without the duration, and a note reports this."""
    world.fake.fault("getSigninToken", faults.error("InvalidDuration", "no", 400))
    said = login(capsys, "ro", "-s", "-d", "12h")
    signed_in(said)
    assert any("ends with the role's session" in line for line in said.lines)
    durations = [call.parameters.get("SessionDuration") for call in world.fake.called("getSigninToken")]
    assert durations == ["43200", None]


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (faults.error("InvalidSession", "no", 400), "the console does not accept these credentials"),
        (faults.error("InternalFailure", "no", 500), "answered with HTTP status 500"),
        (faults.error("Moved", "no", 302), "answered with HTTP status 302"),
    ],
)
def test_a_refusal_shows_no_secret(
    fault: faults.Fault, error: str, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """The error is one line without any part of the request or the answer."""
    world.fake.fault("getSigninToken", fault, times=9)
    said = login(capsys, "ro", "-s")
    assert (said.status, said.out) == (FAILED, "")
    assert error in said.error


def test_an_unreachable_endpoint(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """The error names the host, and contains no secret."""
    said = login(capsys, "ro", "-s", AWS_ENDPOINT_URL_SIGNIN="http://127.0.0.1:1")
    assert said.status == FAILED
    assert "127.0.0.1:1" in said.error
    assert not any(session.secret in said.err for session in world.fake.world.sessions.values())


def test_a_partition_without_a_public_console(
    store: Path, fake: FakeAWS, aws_config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A partition without a public console is reported before any decryption or call."""
    aws_config.write_text("[profile dev]\nregion = us-iso-east-1\n")
    put(store, "dev", "AKIAEXAMPLEEXAMPLE00", "x" * 40)
    said = login(capsys, "dev", "-s", AWS_REGION="us-iso-east-1")
    assert "is not public" in said.error
    assert fake.calls == []
