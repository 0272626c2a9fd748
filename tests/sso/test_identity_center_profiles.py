"""Profiles of Identity Center work like other sources: planned, explained, signed in, cached, chained."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
import sso_world
from conftest import MAIN, TOP, run
from fakeaws import faults
from fakeaws.client import by_botocore, sts
from sso_world import FAR, SsoWorld

if TYPE_CHECKING:
    from pathlib import Path

    from fakeaws import FakeAWS

WAITS = "connect,clock_nanosleep,?nanosleep,?select,pselect6,?poll,ppoll,?epoll_wait,epoll_pwait,futex,flock,wait4"
"""System calls that can wait; a name with `?` does not exist on every machine."""
SIGN_IN = ["RegisterClient", "authorize", "CreateToken"]


@pytest.fixture
def world(
    fake: FakeAWS, store: Path, tmp_path: Path, aws_config: Path, monkeypatch: pytest.MonkeyPatch
) -> SsoWorld:
    return sso_world.built(fake, store, tmp_path, aws_config, monkeypatch)


def credentials(*args: str, **env: str) -> dict[str, str]:
    """The output of `env --format json`, with STS's names."""
    done = run("env", "--format", "json", *args, **env)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_a_profile_of_identity_center_gets_its_role_by_one_sign_in(world: SsoWorld) -> None:
    """Another role of the same portal needs no second sign-in."""
    first = credentials("dev")
    who = sts(world.fake, first).get_caller_identity()["Arn"]
    assert who.startswith(f"arn:aws:sts::{FAR}:assumed-role/AWSReservedSSO_Admin_")
    assert world.fake.actions()[:4] == [*SIGN_IN, "GetRoleCredentials"]
    assert "Signed in" in world.pages
    world.fake.clear_calls()
    assert credentials("dev") == first
    assert credentials("legacy") == first
    assert world.fake.actions() == []
    credentials("ro")
    assert world.fake.actions() == ["GetRoleCredentials"]


def test_no_url_of_the_sign_in_is_in_an_argv(world: SsoWorld) -> None:
    """The browser is started with a loopback URL without any secret, and is redirected from there."""
    credentials("dev")
    (visit,) = world.visits
    assert visit.startswith("http://127.0.0.1:")
    assert "authorize" not in visit
    assert "code" not in visit


def test_botocore_gets_the_same_role(world: SsoWorld, home: Path) -> None:
    """botocore gets credentials of the same role for the same profile."""
    ours = sts(world.fake, credentials("dev")).get_caller_identity()
    done = run("sso", "login", "--sso-session", "team")
    assert done.returncode == 0
    token = next(iter(world.fake.center.access))
    path = home / ".aws/sso/cache"
    path.mkdir(parents=True)
    from hashlib import sha1

    name = sha1(b"team", usedforsecurity=False).hexdigest()
    expires = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3000))
    (path / f"{name}.json").write_text(json.dumps({"accessToken": token, "expiresAt": expires}))
    theirs = sts(world.fake, by_botocore("dev")).get_caller_identity()
    assert ours["Arn"] == theirs["Arn"]


def test_the_one_hour_cap_of_a_chain_from_identity_center(world: SsoWorld) -> None:
    """A role assumed from Identity Center's credentials lasts an hour; one message says so, and explain shows it."""
    done = run("env", "--format", "json", "chained")
    assert done.returncode == 0, done.stderr
    assert "7200 s reduced to 3600 s" in done.stderr
    world.fake.clear_calls()
    credentials("chained")
    assert world.fake.actions() == []
    plan = json.loads(run("explain", "chained", "--json").stdout)
    assert [step["call"] for step in plan["steps"]] == ["SSO", "AssumeRole"]
    assert plan["steps"][0] == {
        "call": "SSO", "profile": "dev", "sso_session": "team", "sso_start_url": world.fake.center.start_url,
        "sso_account_id": FAR, "sso_role_name": "Admin",
    }  # fmt: skip
    assert plan["notes"][-1:] == [
        "duration 7200 s reduced to 3600 s: roles assumed from a session last one hour at most"
    ]
    text = run("explain", "dev").stdout
    assert f"1. SSO: role Admin in account {FAR}, for the sign-in to team (profile dev)" in text


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("sso_session = nowhere\n", "config:2: there is no [sso-session nowhere]"),
        ("sso_session = team\nsso_account_id = 222222222222\n", "incomplete SSO settings: sso_role_name missing"),
        ("sso_start_url = http://team.awsapps.com/start\n", "config:2: sso_start_url: http://team.awsapps.com/start must be https"),
        ("sso_session = team\nsso_region = eu-west-1\n", "config:3: sso_region differs from the one in [sso-session team]"),
        ("sso_session = team\nsso_role_name = a b\n", "config:3: sso_role_name: a b is not a role"),
    ],
)  # fmt: skip
def test_incomplete_settings_are_refused_before_anything_happens(
    world: SsoWorld, aws_config: Path, lines: str, message: str
) -> None:
    """Incomplete or contradictory settings are refused with file and line, before any prompt or call."""
    session = f"[sso-session team]\nsso_start_url = {world.fake.center.start_url}\nsso_region = us-east-1\n"
    aws_config.write_text(f"[profile x]\n{lines}{session}")
    done = run("env", "x")
    assert (done.returncode, done.stdout) == (1, "false\n")
    assert message in done.stderr
    assert world.fake.actions() == []
    assert world.visits == []


@pytest.mark.parametrize("url", ["https://evil.example/start", "https://team.awsapps.com.evil.example/start"])
def test_a_foreign_start_url_is_refused_unless_the_endpoint_is_overridden(
    world: SsoWorld, aws_config: Path, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    """A profile from another person cannot send users to a page that looks like AWS's."""
    text = f"sso_start_url = {url}\nsso_region = us-east-1\nsso_account_id = {FAR}\nsso_role_name = Admin\n"
    aws_config.write_text(f"[profile x]\n{text}")
    world.fake.center.start_url = url
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    done = run("env", "x")
    assert done.returncode == 1
    assert "config:2: sso_start_url" in done.stderr
    assert "does not belong to AWS" in done.stderr
    monkeypatch.setenv("AWS_ENDPOINT_URL_SSO_OIDC", world.fake.url)
    monkeypatch.setenv("AWS_ENDPOINT_URL_SSO", world.fake.url)
    assert credentials("x")["AccessKeyId"]


def test_without_a_way_to_sign_in(world: SsoWorld) -> None:
    """With --no-input, or without browser and terminal: exit 4 at once, without a call or a wait."""
    for args, env in (("--no-input", {}), ("--fresh", {"BROWSER": ""})):
        trace = world.folder / "trace"
        done = subprocess.run(
            ["strace", "-f", "-qq", "-o", str(trace), "-e", "signal=none", "-e", f"trace={WAITS}",
             sys.executable, "-I", "-S", str(MAIN), "env", "dev", args],
            env={**os.environ, **env}, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
            start_new_session=True,
        )  # fmt: skip
        assert (done.returncode, done.stdout) == (4, "false\n")
        assert "hint: run pass aws sso login dev\n" in done.stderr
        calls = trace.read_text().splitlines()
        assert [call for call in calls if "FUTEX_WAKE" not in call and "LOCK_NB" not in call] == []
    assert world.fake.actions() == []


def test_a_token_is_refreshed_before_it_expires(world: SsoWorld) -> None:
    """A token with less than fifteen minutes left is refreshed without a browser.

    The new token is stored before it is used.
    """
    world.fake.center.access_seconds = 600
    world.signed_in()
    before = world.tokens[0].read_bytes()
    world.fake.fault("GetRoleCredentials", faults.lost(), times=3)
    assert run("env", "dev").returncode == 1
    assert world.fake.actions() == ["CreateToken", *["GetRoleCredentials"] * 3]
    assert world.tokens[0].read_bytes() != before
    world.fake.clear_calls()
    credentials("dev")
    assert world.fake.actions() == ["CreateToken", "GetRoleCredentials"]
    assert len(world.visits) == 1


def test_a_refused_refresh_keeps_a_valid_token(world: SsoWorld) -> None:
    """The token is used until it expires, and no second refresh is tried."""
    world.fake.center.access_seconds = 600
    world.signed_in()
    world.fake.center.refresh.clear()
    credentials("dev")
    assert world.fake.actions() == ["CreateToken", "GetRoleCredentials"]
    world.fake.clear_calls()
    credentials("ro")
    assert world.fake.actions() == ["GetRoleCredentials"]
    assert len(world.visits) == 1


def test_an_expired_token_that_cannot_be_refreshed_leads_to_a_sign_in(world: SsoWorld) -> None:
    """After the portal's session has ended the user signs in again, once."""
    world.fake.center.access_seconds = 30
    world.signed_in()
    world.fake.center.refresh.clear()
    world.fake.center.access_seconds = 0
    credentials("dev")
    assert world.fake.actions() == ["CreateToken", *SIGN_IN, "GetRoleCredentials"]


def test_a_lost_answer_after_rotation_is_not_repeated(world: SsoWorld) -> None:
    """The refresh is sent once; the valid token is used, and later a sign-in replaces it."""
    world.fake.center.access_seconds = 600
    world.signed_in()
    world.fake.fault("CreateToken", faults.lost())
    credentials("dev")
    assert world.fake.actions() == ["CreateToken", "GetRoleCredentials"]


def test_a_revoked_token_is_refreshed_once(world: SsoWorld) -> None:
    """After the portal's 401 the token is refreshed, whatever its expiry is; then a sign-in follows."""
    world.signed_in()
    world.fake.center.end_sessions()
    credentials("dev")
    assert world.fake.actions() == [
        "GetRoleCredentials", "CreateToken", *SIGN_IN, "GetRoleCredentials",
    ]  # fmt: skip
    world.fake.clear_calls()
    world.fake.center.access.clear()
    credentials("ro")
    assert world.fake.actions() == ["GetRoleCredentials", "CreateToken", "GetRoleCredentials"]


def test_exec_works_without_any_profile(world: SsoWorld, aws_config: Path) -> None:
    """`exec --sso-session NAME --account ID --role NAME` works.

    A part of it, or a profile with it, is refused.
    """
    three = ("--sso-session", "team", "--account", FAR, "--role", "ReadOnly")
    done = run("exec", *three, "--", "env")
    assert done.returncode == 0, done.stderr
    assert "AWS_SESSION_TOKEN=" in done.stdout
    assert f"AWS_VAULT=team:{FAR}:ReadOnly\n" in done.stdout
    world.fake.clear_calls()
    assert run("exec", *three, "--", "true").returncode == 0
    assert world.fake.actions() == []
    for wrong in (three[:4], three[2:], ("dev", *three)):
        done = run("exec", *wrong, "--", "true")
        assert done.returncode == 2, wrong
    done = run("exec", "--sso-session", "other", *three[2:], "--", "true")
    assert done.returncode == 1
    assert "there is no [sso-session other]" in done.stderr


def test_the_cache_holds_no_token_in_plain_text(world: SsoWorld, home: Path) -> None:
    """Access token, refresh token and client secret are encrypted; files are 0600 and directories 0700."""
    credentials("dev")
    center = world.fake.center
    secrets = [*center.access, *center.refresh, *(client.secret for client in center.clients.values())]
    files = [path for path in (home / ".cache").rglob("*") if path.is_file()]
    assert world.tokens
    for path in files:
        assert not any(secret.encode() in path.read_bytes() for secret in secrets)
        assert path.stat().st_mode & 0o777 == 0o600, path
    for path in (home / ".cache/pass-aws").rglob("*"):
        assert path.is_file() or path.stat().st_mode & 0o777 == 0o700
    assert not (home / ".aws/sso").exists()
    assert os.listdir(world.store) == [".gpg-id"]


def test_a_sign_in_is_listed_and_cleared(world: SsoWorld) -> None:
    """`list` shows its expiry and renewal; `clear` deletes it, `clear PROFILE` keeps it for the others."""
    credentials("dev")
    assert re.search(r"^team +Identity Center +(1h00m|59m) +automatic$", run("list").stdout, re.MULTILINE)
    assert "team" in run("list", "--sign-ins").stdout
    assert run("clear", "dev").returncode == 0
    world.fake.clear_calls()
    credentials("dev")
    assert world.fake.actions() == ["GetRoleCredentials"]
    done = run("clear")
    assert "1 session and 1 sign-in" in done.stderr
    assert world.tokens == []
    assert "team" not in run("list", "--sign-ins").stdout


def test_logout(world: SsoWorld, home: Path) -> None:
    """The token is revoked at AWS and deleted with its sessions; a failed call to AWS is reported."""
    credentials("dev")
    access = next(iter(world.fake.center.access.values()))
    world.fake.clear_calls()
    done = run("sso", "logout")
    assert (done.returncode, world.fake.actions()) == (0, ["Logout"])
    assert access.sign.over
    assert world.tokens == []
    assert not list((home / ".cache/pass-aws/sessions").iterdir())
    world.fake.clear_calls()
    credentials("dev")
    assert world.fake.actions() == [*SIGN_IN, "GetRoleCredentials"]
    world.fake.fault("Logout", faults.internal(), times=9)
    done = run("sso", "logout", "dev")
    assert done.returncode == 0
    assert "cannot revoke the sign-in to" in done.stderr
    assert world.tokens == []


def test_the_ticket_of_a_plain_exec_ends_with_the_sign_in(world: SsoWorld, programs: Path) -> None:
    """The front alone answers the next exec, but not after the sign-out."""
    assert run("exec", "dev", "--", "true").returncode == 0
    (programs / "pass-aws").write_text("#!/bin/sh\necho the full program\n")
    (programs / "pass-aws").chmod(0o755)
    enabled = {"PASSWORD_STORE_ENABLE_EXTENSIONS": "true"}
    enabled["PASSWORD_STORE_EXTENSIONS_DIR"] = str(TOP / "extensions")

    def printed() -> str:
        command = ["pass", "aws", "exec", "dev", "--", "env"]
        done = subprocess.run(
            command, env={**os.environ, **enabled}, capture_output=True, text=True, check=True
        )
        return done.stdout

    assert "\nAWS_SESSION_TOKEN=" in printed()
    assert run("sso", "logout").returncode == 0
    assert printed() == "the full program\n"


def test_without_a_cache_no_token_is_stored(world: SsoWorld) -> None:
    """PASS_AWS_SESSION_CACHE=none stores nothing, so each run signs in."""
    for _ in range(2):
        credentials("dev", PASS_AWS_SESSION_CACHE="none")
    assert world.fake.actions() == [*SIGN_IN, "GetRoleCredentials"] * 2
    assert world.tokens == []


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("[sso_session team]", "[sso_session team] is not a profile: write [sso-session team]"),
        (
            "[sso-session my team]",
            "a name with spaces needs quotes: [sso-session my team]: write [sso-session 'my team']",
        ),
        ("[sso-session team]", "incomplete SSO settings: sso_region missing"),
    ],
)
@pytest.mark.parametrize("words", [(), ("--sso-session",)], ids=" ".join)
def test_a_broken_session_is_named_with_its_line(
    world: SsoWorld, aws_config: Path, words: tuple[str, ...], header: str, message: str
) -> None:
    """A section with an error is reported with its line, not as a missing session or a wrong option."""
    aws_config.write_text(f"{header}\nsso_start_url = {world.fake.center.start_url}\n")
    name = header[len("[sso-session ") : -1]
    done = run("sso", "login", *words, *([name] if words else []))
    assert (done.returncode, world.fake.actions()) == (1, [])
    assert f"error: {aws_config}:1: {message}\n" in done.stderr
    assert f"hint: edit {aws_config}\n" in done.stderr


@pytest.mark.parametrize(
    ("env", "hint"),
    [
        ({"PASS_AWS_SESSION_CACHE": "none"}, "unset PASS_AWS_SESSION_CACHE"),
        ({"PASSWORD_STORE_DIR": "/nonexistent"}, "run pass init"),
    ],
    ids=["none", "no store"],
)
def test_a_sign_in_that_could_not_be_stored_does_not_begin(
    world: SsoWorld, env: dict[str, str], hint: str
) -> None:
    """`sso login` does nothing else, so it must not say that it worked; `exec` signs in nevertheless."""
    done = run("sso", "login", "dev", **env)
    assert (done.returncode, world.fake.actions()) == (1, [])
    assert hint in done.stderr
    assert "signed in" not in done.stderr


def test_a_token_is_never_stored_without_what_lists_it(world: SsoWorld) -> None:
    """`sso logout` finds a token by its note, so a token is stored only if its note can be written."""
    world.signed_in()
    (token,) = world.tokens
    token.unlink()
    token.with_suffix("").unlink()
    token.with_suffix("").mkdir()
    assert "the sign-in was not stored" in run("env", "dev").stderr
    assert world.tokens == []


@pytest.mark.parametrize("spoil", [lambda text: text[: len(text) // 2], lambda _: b"", lambda _: b"garbage"])
def test_an_unreadable_token_is_replaced(world: SsoWorld, spoil: object) -> None:
    """A truncated or empty file, or one that is not a gpg file, leads to a sign-in, not to a failure."""
    world.signed_in()
    path = world.tokens[0]
    path.write_bytes(spoil(path.read_bytes()))  # type: ignore[operator]
    credentials("dev")
    assert world.fake.actions() == [*SIGN_IN, "GetRoleCredentials"]
    world.fake.clear_calls()
    credentials("ro")
    assert world.fake.actions() == ["GetRoleCredentials"]
