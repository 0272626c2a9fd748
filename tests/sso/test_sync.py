"""`sso sync` writes profiles for the user's roles, changes nothing else, and removes only its own."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pytest
import sso_world
from conftest import run
from hypothesis import given
from hypothesis import strategies as st
from sso_world import FAR, SsoWorld

from pass_aws.config import marked
from pass_aws.config.profiles import profiles
from pass_aws.errors import UserError
from pass_aws.sso import sync
from pass_aws.sso.accounts import Assignment

if TYPE_CHECKING:
    from pathlib import Path

    from fakeaws import FakeAWS

TEAM = "[sso-session team]\nsso_start_url = https://team.awsapps.com/start\nsso_region = us-east-1\n"
ADMIN = Assignment(FAR, "Team Dev", "Admin")
READER = Assignment(FAR, "Team Dev", "ReadOnly")
SECTION = f"""\
# pass-aws sso sync: team {FAR} Admin
[profile Team-Dev/Admin]
sso_session = team
sso_account_id = {FAR}
sso_role_name = Admin
"""


@pytest.fixture
def world(
    fake: FakeAWS, store: Path, tmp_path: Path, aws_config: Path, monkeypatch: pytest.MonkeyPatch
) -> SsoWorld:
    return sso_world.built(fake, store, tmp_path, aws_config, monkeypatch)


def planned(text: str, *assigned: Assignment, **request: object) -> sync.Changes:
    return sync.changes(text, profiles(text, "config"), assigned, sync.Request("team", **request))  # type: ignore[arg-type]


def test_a_missing_profile_is_appended_with_its_mark() -> None:
    """The profile's name has no spaces of the account's name; a region is written on request."""
    changes = planned(TEAM, ADMIN)
    assert changes.applied(TEAM) == f"{TEAM}\n{SECTION}"
    assert changes.lines(TEAM) == [f"+{line}" for line in SECTION.splitlines()]
    assert "region = eu-west-1\n" in planned(TEAM, ADMIN, region="eu-west-1").applied(TEAM)


def test_a_second_sync_adds_nothing() -> None:
    """A role with a profile, also a hand-written one, gets no second profile."""
    once = planned(TEAM, ADMIN).applied(TEAM)
    assert planned(once, ADMIN)[:3] == ((), (), ())
    by_hand = f"{TEAM}[profile mine]\nsso_session = team\nsso_account_id = {FAR}\nsso_role_name = Admin\n"
    changes = planned(by_hand, ADMIN, READER)
    assert [one.name for one in changes.new] == ["Team-Dev/ReadOnly"]
    assert changes.present == 1


def test_clashing_names_are_left_out_and_named() -> None:
    """A name that another profile has, or that two roles would get, is reported and not written."""
    text = f"{TEAM}[profile Team-Dev/Admin]\nregion = eu-west-1\n"
    twin = Assignment("333333333333", "Team-Dev", "ReadOnly")
    changes = planned(text, ADMIN, READER, twin)
    assert changes.new == ()
    assert changes.clashes == (
        f"Team-Dev/Admin: another profile already has this name (for Admin in {FAR})",
        f"Team-Dev/ReadOnly: several roles would get this name: ReadOnly in {FAR}, ReadOnly in 333333333333",
    )
    assert len(planned(text, ADMIN, READER, twin, template="{account_id}-{role}").new) == 3


def test_only_marked_profiles_of_this_session_are_pruned() -> None:
    """Without --prune nothing is removed; hand-written profiles, other sessions' and those outside --only are kept."""
    other = SECTION.replace("sync: team", "sync: other").replace("Team-Dev", "Other")
    by_hand = "[profile mine]\nsso_session = team\nsso_account_id = 1\nsso_role_name = Gone\n"
    text = f"{TEAM}\n{SECTION}\n{other}\n{by_hand}"
    assert planned(text, READER).gone == ()
    assert planned(text, READER, prune=True, only="Other*").gone == ()
    changes = planned(text, prune=True)
    assert changes.applied(text) == f"{TEAM}\n{other}\n{by_hand}"
    assert changes.lines(text)[0] == f"-# pass-aws sso sync: team {FAR} Admin"


def test_comments_below_a_pruned_profile_belong_to_the_next() -> None:
    """Pruning removes only the mark, the header and the lines with values."""
    text = f"{SECTION}output = json\n\n# about b\n[profile b]\nregion = x\n"
    assert planned(text, prune=True).applied(text) == "# about b\n[profile b]\nregion = x\n"


@pytest.mark.parametrize("text", ["{nothing}/{role}", "{account_name}", "{role}", "{role", "{}/{role}"])
def test_an_invalid_name_template_is_refused(text: str) -> None:
    """Unknown fields, unmatched braces, or one name for all accounts or roles are refused."""
    with pytest.raises(ValueError, match="--name"):
        sync.template(text)


LINES = st.text(st.characters(codec="utf-8").filter(str.isprintable), max_size=30)
NAMES = st.text(st.characters(codec="utf-8"), max_size=30)


@given(st.lists(LINES, max_size=8), st.booleans(), NAMES, st.sampled_from(["Admin", "a.b@c=d+e,f-g"]))
def test_adding_and_pruning_restores_every_byte(lines: list[str], crlf: bool, name: str, role: str) -> None:
    """Whatever the file contains and whatever the account's name is."""
    text = "".join(line + ("\r\n" if crlf else "\n") for line in ["[profile z]", *(f"# {x}" for x in lines)])
    assigned = Assignment(FAR, name, role)
    added = planned(text, assigned).applied(text)
    assert added.startswith(text)
    (section,) = marked.found(added)
    assert section.words == ("team", FAR, role)
    assert planned(added, prune=True).applied(added).rstrip("\r\n") == text.rstrip("\r\n")


def test_the_command_shows_a_diff_asks_and_writes(world: SsoWorld, aws_config: Path) -> None:
    """--dry-run changes nothing, and without an answer the exit status is 4.

    With --yes SDKs find the profiles.
    """
    world.fake.center.account("333333333333", "Prod & more", "Admin")
    before = aws_config.read_bytes()
    done = run("sso", "sync", "--dry-run")
    assert done.returncode == 0, done.stderr
    assert "+[profile Prod---more/Admin]\n" in done.stdout
    assert "profiles: 1 to add, 0 to remove, 2 already there" in done.stderr
    assert run("sso", "sync", "--no-input").returncode == 4
    assert aws_config.read_bytes() == before
    done = run("sso", "sync", "--yes", "--region", "eu-west-1")
    assert done.returncode == 0, done.stderr
    assert aws_config.read_bytes().startswith(before)
    assert run("env", "Prod---more/Admin").returncode == 0
    assert "0 to add" in run("sso", "sync", "--yes").stderr
    del world.fake.center.accounts["333333333333"]
    assert run("sso", "sync", "--prune", "--yes").returncode == 0
    assert aws_config.read_bytes().rstrip() == before.rstrip()


def test_an_unknown_session_gets_a_suggestion(world: SsoWorld) -> None:
    """The error comes before any prompt, and names the nearest known session."""
    done = run("sso", "sync", "--sso-session", "taem")
    assert (done.returncode, world.fake.actions()) == (1, [])
    assert "there is no [sso-session taem]" in done.stderr
    assert "did you mean team" in done.stderr


@pytest.mark.parametrize("words", ["sso login team", "sso sync team", "exec team -- true"])
def test_a_session_given_as_a_profile_is_known(world: SsoWorld, words: str) -> None:
    """Users of `aws configure sso` give the session's name; the hint is not `pass aws add`."""
    done = run(*words.split())
    assert (done.returncode, world.fake.actions()) == (1, [])
    assert "there is no profile team" in done.stderr
    assert "team is an sso-session: run pass aws sso login --sso-session team, or " in done.stderr


def test_the_listing_is_paged_and_retried(world: SsoWorld) -> None:
    """Every account of every page is listed, although AWS sometimes throttles and fails."""
    for number in range(60):
        world.fake.center.account(f"{number:012}", f"team-{number}", "Admin", "ReadOnly")
    world.signed_in()
    world.fake.center.page, world.fake.center.rate = 7, 150
    done = run("sso", "list", "--json")
    assert done.returncode == 0, done.stderr
    assert len(re.findall(r'"role": "ReadOnly"', done.stdout)) == 61
    throttled = [call for call in world.fake.calls if call.outcome == "TooManyRequestsException"]
    assert throttled


def test_two_thousand_accounts_take_less_than_a_minute(world: SsoWorld) -> None:
    """Two thousand accounts with five roles each, with paging and throttling."""
    for number in range(2000):
        world.fake.center.account(f"{number:012}", f"team-{number}", *(f"role-{i}" for i in range(5)))
    world.signed_in()
    world.fake.center.rate = 250
    started = time.monotonic()
    done = run("sso", "sync", "--yes")
    assert done.returncode == 0, done.stderr
    assert time.monotonic() - started < 60


def test_a_section_that_cannot_be_written_changes_nothing() -> None:
    """A profile that would not be read back unchanged is refused."""
    with pytest.raises(UserError, match="would not be read back"):
        marked.adding(TEAM, [marked.New(("team", FAR, "r"), "a", {"sso_role_name": "r ; comment"})])
