"""TAB offers what `sso list` and `sso sync` have listed, without network, until the sign-out."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
import sso_world
from conftest import run
from sso_world import FAR, SsoWorld

if TYPE_CHECKING:
    from pathlib import Path

    from fakeaws import FakeAWS

LISTED = {FAR: "team-dev", "444444444444": "$(touch pwned) \u2713"}
EXEC = ("exec", "--sso-session", "team")


@pytest.fixture
def world(
    fake: FakeAWS, store: Path, tmp_path: Path, aws_config: Path, monkeypatch: pytest.MonkeyPatch
) -> SsoWorld:
    """A user whose config file names no account and no role."""
    made = sso_world.built(fake, store, tmp_path, aws_config, monkeypatch)
    aws_config.write_text(
        "".join(
            f"[sso-session {name}]\nsso_start_url = {fake.center.start_url}\nsso_region = us-east-1\n{more}"
            for name, more in (("team", ""), ("other", "sso_registration_scopes = a:b\n"))
        )
    )
    fake.center.account("444444444444", LISTED["444444444444"], "Billing")
    return made


def offered(*words: str) -> dict[str, str]:
    """The candidates of a TAB after these words, with their descriptions."""
    done = run(*words, "", _ARGCOMPLETE="1", _ARGCOMPLETE_SHELL="fish")
    assert done.stderr == ""
    return dict(line.split("\t") for line in done.stdout.splitlines())


def listings(world: SsoWorld) -> list[Path]:
    return sorted((world.folder / "home/.cache/pass-aws/listings").glob("*"))


@pytest.mark.parametrize("words", [("list",), ("sync", "--dry-run"), ("list", "--json")])
def test_listed_accounts_and_roles_are_offered(words: tuple[str, ...], world: SsoWorld) -> None:
    """Accounts with their names, and the roles of the account, each only for its session; no call to AWS."""
    assert offered(*EXEC, "--account") == {}
    assert run("sso", *words, "--sso-session", "team").returncode == 0
    world.fake.clear_calls()
    assert offered(*EXEC, "--account") == LISTED
    assert offered(*EXEC, "--account", FAR, "--role") == {"Admin": "", "ReadOnly": ""}
    assert offered(*EXEC, "--account", "444444444444", "--role") == {"Billing": ""}
    assert offered(*EXEC, "--role").keys() == {"Admin", "ReadOnly", "Billing"}
    assert offered("exec", "--account") == LISTED
    assert offered("exec", "--sso-session", "other", "--account") == {}
    assert world.fake.actions() == []
    (path,) = listings(world)
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_a_new_listing_replaces_the_old_one(world: SsoWorld) -> None:
    """A role that was removed is no longer offered."""
    assert run("sso", "list", "--sso-session", "team").returncode == 0
    del world.fake.center.accounts["444444444444"]
    assert run("sso", "list", "--sso-session", "team").returncode == 0
    assert offered(*EXEC, "--account") == {FAR: "team-dev"}


@pytest.mark.parametrize(
    "words",
    [("clear",), ("sso", "logout"), ("sso", "logout", "--all"), ("sso", "logout", "--sso-session", "team")],
)
def test_a_listing_is_removed_with_the_sign_in(words: tuple[str, ...], world: SsoWorld) -> None:
    """`clear` and `sso logout` remove it, even after the token is gone."""
    for token in (True, False):
        assert run("sso", "list", "--sso-session", "team").returncode == 0
        for path in world.tokens if not token and words != ("sso", "logout") else ():
            path.unlink()
        assert listings(world)
        done = run(*words)
        assert done.returncode == 0, done.stderr
        assert listings(world) == []


def test_without_a_cache_no_listing_is_stored(world: SsoWorld) -> None:
    """PASS_AWS_SESSION_CACHE=none stores no listing, and reads none."""
    none = {"PASS_AWS_SESSION_CACHE": "none"}
    assert run("sso", "list", "--sso-session", "team", **none).returncode == 0
    assert listings(world) == []


def test_a_damaged_listing_is_harmless(world: SsoWorld) -> None:
    """Control characters, a truncated row, invalid bytes, a FIFO or a symlink: nothing of it is offered."""
    assert run("sso", "list", "--sso-session", "team").returncode == 0
    folder = listings(world)[0].parent
    rows = b"team\n555555555555\tA\x1b[2J\tx\n666666666666\tRole\t\x9b\n777777777777\n\tB\n\n\xff\tC\tx\n"
    (folder / "forged").write_bytes(rows)
    (folder / "empty").write_bytes(b"")
    os.mkfifo(folder / "fifo")
    (folder / "link").symlink_to(world.folder / "elsewhere")
    (world.folder / "elsewhere").write_bytes(b"team\n888888888888\tD\tx\n")
    assert offered(*EXEC, "--account").keys() == LISTED.keys()
