"""Console sign-in (`aws login`) as a source of credentials: tested, refreshed, stored encrypted."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import urllib.request
from typing import TYPE_CHECKING, NamedTuple

import pexpect
import pytest
import sso_world
from botocore.session import Session
from conftest import MAIN, run
from fakeaws import faults
from fakeaws.client import sts

from pass_aws.sso import dpop

if TYPE_CHECKING:
    from pathlib import Path

    from fakeaws import FakeAWS, User

FIRST = ["Authorize", "CreateOAuth2Token"]


class Person(NamedTuple):
    """The identity that signs in, and where its token is stored."""

    fake: FakeAWS
    user: User
    config: Path
    tokens: Path


@pytest.fixture
def person(  # noqa: PLR0917 - fixtures are arguments
    fake: FakeAWS, store: Path, tmp_path: Path, home: Path, aws_config: Path, monkeypatch: pytest.MonkeyPatch
) -> Person:
    """A console user with a browser, and a profile `me` with that identity."""
    fake.signin.person = user = fake.user("ada")
    role = fake.role("deploy", trust=[user.arn], max_session=43200)
    aws_config.write_text(
        f"[profile me]\nlogin_session = {user.arn}\nregion = us-east-1\n"
        f"[profile deploy]\nsource_profile = me\nrole_arn = {role.arn}\nduration_seconds = 7200\n"
    )
    monkeypatch.setenv("BROWSER", str(sso_world.browser(tmp_path)))
    return Person(fake, user, aws_config, home / ".cache/pass-aws/tokens")


def credentials(profile: str, **env: str) -> dict[str, str]:
    """The output of `env --format json`."""
    done = run("env", "--format", "json", profile, **env)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_a_profile_signs_in_on_demand(person: Person) -> None:
    """One sign-in gives stored credentials; a role assumed with them is limited, cached and explained."""
    found = credentials("me")
    assert sts(person.fake, found).get_caller_identity()["Arn"] == person.user.arn
    assert person.fake.actions()[:2] == FIRST
    person.fake.clear_calls()
    assert credentials("me") == found
    assert person.fake.actions() == []
    done = run("env", "deploy")
    assert "7200 s reduced to 3600 s" in done.stderr
    assert person.fake.actions() == ["AssumeRole"]
    credentials("deploy")
    assert person.fake.actions() == ["AssumeRole"]
    steps = json.loads(run("explain", "deploy", "--json").stdout)["steps"]
    assert steps[0] == {"call": "Login", "profile": "me", "login_session": person.user.arn}
    assert f"Login: console sign-in of {person.user.arn}" in run("explain", "me").stdout


def test_a_refresh_is_repeated_if_its_answer_is_lost(person: Person) -> None:
    """With less than five minutes left, the credentials are refreshed.

    The same refresh token may be sent again, with a new proof.
    """
    person.fake.signin.seconds = 200
    credentials("me")
    (token,) = person.tokens.glob("*.gpg")
    before = token.read_bytes()
    person.fake.clear_calls()
    person.fake.fault("CreateOAuth2Token", faults.lost())
    credentials("me")
    assert person.fake.actions() == ["CreateOAuth2Token"] * 2
    asked = [call.parameters["refreshToken"] for call in person.fake.calls]
    assert asked[0] == asked[1]
    assert token.read_bytes() != before
    assert len(person.fake.signin.proofs) == 3


def test_an_expired_login_leads_to_a_sign_in(person: Person) -> None:
    """A login ends after twelve hours, or when the password changes."""
    person.fake.signin.seconds = 30
    credentials("me")
    for login in person.fake.signin.logins.values():
        login.changed = True
    person.fake.clear_calls()
    credentials("me")
    assert person.fake.actions() == ["CreateOAuth2Token", *FIRST]


def test_an_error_of_aws_does_not_force_a_sign_in(person: Person) -> None:
    """After an HTTP 500 the refresh token is kept, and the user is not asked."""
    person.fake.signin.seconds = 30
    credentials("me")
    person.fake.clear_calls()
    person.fake.fault("CreateOAuth2Token", faults.internal(), times=2)
    assert run("env", "me").returncode == 1
    assert person.fake.actions() == ["CreateOAuth2Token"] * 2
    credentials("me")
    assert person.fake.actions() == ["CreateOAuth2Token"] * 3


def test_missing_permissions_name_the_policy(person: Person) -> None:
    """Terminal and browser name the missing policy."""
    person.fake.signin.permitted = False
    done = run("signin", "me")
    assert done.returncode == 1
    assert "hint: attach the policy SignInLocalDevelopmentAccess to the user" in done.stderr


def test_another_identity_is_refused(person: Person) -> None:
    """The error names both; the profile decides, whatever identity the browser has."""
    person.fake.signin.person = other = person.fake.user("eve")
    done = run("signin", "me")
    assert done.returncode == 1
    assert f"{other.arn} signed in, but login_session is {person.user.arn}" in done.stderr
    assert not list(person.tokens.glob("*"))


def test_a_new_profile_gets_the_identity(person: Person) -> None:
    """login_session and region are written, every other byte is kept; SDKs then know the profile."""
    before = person.config.read_text()
    done = run("signin", "new", "--region", "eu-west-1")
    assert done.returncode == 0, done.stderr
    after = person.config.read_text()
    assert after.startswith(before)
    section = after.removeprefix(before).strip().splitlines()
    assert section[0] == "[profile new]"
    assert sorted(section[1:]) == [f"login_session = {person.user.arn}", "region = eu-west-1"]
    person.fake.clear_calls()
    credentials("new")
    assert person.fake.actions() == []


@pytest.mark.parametrize(
    ("lines", "count"),
    [
        ("[default]\nregion = eu-west-1\n", 2),
        ("[profile base]\nregion = eu-west-1\n[profile new]\ninclude_profile = base\n", 2),
        ("[profile new]\nregion = eu-west-1\n", 1),
    ],
    ids=["default", "included", "own"],
)
def test_a_new_profile_has_a_region_of_its_own(
    person: Person, monkeypatch: pytest.MonkeyPatch, lines: str, count: int
) -> None:
    """The region is written, since SDKs inherit none from [default] or include_profile, unless the profile has it."""
    monkeypatch.delenv("AWS_REGION")
    person.config.write_text(lines)
    assert run("signin", "new").returncode == 0
    after = person.config.read_text().splitlines()
    assert sorted(set(after) - set(lines.splitlines()) - {"", "[profile new]"}) == [
        f"login_session = {person.user.arn}"
    ]
    assert after.count("region = eu-west-1") == count
    assert Session(profile="new").get_config_variable("region") == "eu-west-1"


@pytest.mark.parametrize(
    "lines", ["credential_process = cat x\n", "aws_access_key_id = AKIA\naws_secret_access_key = s\n"]
)
def test_a_profile_with_other_credentials_is_not_changed(person: Person, lines: str) -> None:
    """The error names both sources; the program does not prompt or write."""
    person.config.write_text(f"[profile x]\n{lines}")
    done = run("signin", "x")
    assert done.returncode == 1
    assert f"profile x already has other credentials: {lines.partition(' ')[0]}" in done.stderr
    assert person.fake.actions() == []
    assert person.config.read_text() == f"[profile x]\n{lines}"


def test_a_sign_in_that_could_not_be_stored_does_not_begin(person: Person) -> None:
    """Nothing says that it worked, and the config file is not changed."""
    before = person.config.read_bytes()
    done = run("signin", "new", PASS_AWS_SESSION_CACHE="none")
    assert (done.returncode, person.fake.actions()) == (1, [])
    assert "unset PASS_AWS_SESSION_CACHE" in done.stderr
    assert person.config.read_bytes() == before


def test_without_a_way_to_sign_in(person: Person) -> None:
    """Without browser and terminal, or with --no-input: exit 4, and the hint names the command."""
    for args, env in (("--no-input", {}), ("--fresh", {"BROWSER": ""})):
        done = run("env", "me", args, **env)
        assert done.returncode == 4
        assert "hint: run pass aws signin me" in done.stderr
    assert person.fake.actions() == []


WITHOUT = f"import runpy, sys; sys.modules['cryptography'] = None; runpy.run_path({str(MAIN)!r}, run_name='__main__')"
"""The program without an installed package: Python then finds no module with this name."""


@pytest.mark.parametrize("words", ["signin me", "env me", "exec deploy -- true"])
def test_without_cryptography_there_is_no_sign_in(person: Person, words: str) -> None:
    """Exit status 1, a hint that installs the library for the program's Python, no browser and no call."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", WITHOUT, *words.split()],
        capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    error, hint = done.stderr.splitlines()[-2:]
    assert error == "pass aws: error: console sign-in needs the Python package cryptography"
    assert hint == f"pass aws: hint: run {dpop.adding(sys.executable)}"
    assert person.fake.actions() == []


def test_the_command_that_installs_the_library() -> None:
    """pipx for what pipx has installed; else the program's own Python gets a pip, as Debian's may lack one."""
    piped = dpop.adding("/h/.local/share/pipx/venvs/pass-aws/bin/python3.13")
    assert piped == "pipx inject pass-aws cryptography"
    assert dpop.adding("/h/x y/bin/python3") == (
        "'/h/x y/bin/python3' -I -m ensurepip && '/h/x y/bin/python3' -I -m pip install cryptography"
    )
    ours = "sudo /usr/local/lib/pass-aws/bin/python -I -m"
    assert dpop.adding("/usr/local/lib/pass-aws/bin/python") == (
        f"{ours} ensurepip && {ours} pip install cryptography"
    )


def test_sign_in_on_another_device(person: Person) -> None:
    """The terminal shows the URL, the pasted code is checked; after a wrong text the prompt comes again."""
    env = {**os.environ, "BROWSER": "", "TERM": "xterm"}
    child = pexpect.spawn(
        sys.executable, ["-I", "-S", str(MAIN), "signin", "me", "--remote"],
        env=env, dimensions=(40, 3000), encoding="utf-8", timeout=60,
    )  # fmt: skip
    child.expect(r"(http://127\.0\.0\.1:\d+/v1/authorize\S+)")
    found = child.match
    assert isinstance(found, re.Match)
    url = found.group(1)
    child.expect("paste the code")
    child.sendline("nonsense")
    child.expect("this is not the code that the page shows")
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - the fake's URL
        page = answer.read().decode()
    found = re.search(r"<p>([A-Za-z0-9+/=]+)</p>", page)
    assert found
    child.sendline(found[1])
    child.expect("signed in as")
    child.expect(pexpect.EOF)
    child.wait()
    assert child.exitstatus == 0
    clients = {call.parameters["clientId"] for call in person.fake.called("CreateOAuth2Token")}
    assert clients == {"arn:aws:signin:::devtools/cross-device"}


def test_signout_removes_the_sign_in_and_its_sessions(person: Person, home: Path) -> None:
    """After signout, the next use signs in again."""
    credentials("deploy")
    done = run("signout", "me")
    assert (done.returncode, list(person.tokens.glob("*"))) == (0, [])
    assert not list((home / ".cache/pass-aws/sessions").iterdir())
    person.fake.clear_calls()
    credentials("me")
    assert person.fake.actions() == FIRST


def test_no_key_and_no_token_is_in_plain_text(person: Person, home: Path) -> None:
    """No file has the refresh token or a private key in plain text."""
    credentials("me")
    for path in home.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not any(token.encode() in content for token in person.fake.signin.logins), path
            assert b"PRIVATE KEY" not in content
