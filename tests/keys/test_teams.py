"""A key of a team is encrypted to all recipients or not at all. Other machines' rotations are respected."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, NamedTuple

import pytest
from conftest import end_gpg_home, gpg, gpg_home, new_key, put
from in_process import Runner
from stores import opened, write

from pass_aws.errors import FAILED, MUST_ASK
from pass_aws.keys import journal
from pass_aws.model import Credentials
from pass_aws.store import entry

if TYPE_CHECKING:
    from pathlib import Path

    from fakeaws import AccessKey, FakeAWS, User
    from in_process import Done

COMMANDS = [
    ("rotate", "dev"),
    ("rotate", "dev", "--delete-other"),
    ("import", "new", "--env", "--yes"),
    ("import", "swapped", "--env", "--yes", "--force"),
    ("move", "dev", "new"),
    ("move", "--repair", "swapped", "--force"),
    ("mfa", "enroll", "dev", "--name", "phone"),
]


class Team(NamedTuple):
    """Alice's store, with her key as `dev`."""

    fake: FakeAWS
    alice: User
    key: AccessKey
    store: Path
    run: Runner

    def files(self) -> dict[str, bytes]:
        """All entries, and git's last commit."""
        found = {str(path): path.read_bytes() for path in self.store.rglob("*.gpg")}
        return {**found, "HEAD": subprocess.check_output(["git", "-C", str(self.store), "rev-parse", "HEAD"])}


@pytest.fixture
def team(fake: FakeAWS, git_store: Path, aws_config: Path, capsys: pytest.CaptureFixture[str]) -> Team:
    alice = fake.user("alice")
    key = alice.key()
    put(git_store, "dev", key.id, key.secret)
    put(git_store, "other", key.id, key.secret)
    subprocess.run(["pass", "mv", "aws-vault/other", "aws-vault/swapped"], check=True, capture_output=True)
    aws_config.write_text("[profile dev]\n")
    return Team(fake, alice, key, git_store, Runner(fake, capsys))


def refused(team: Team, words: tuple[str, ...], why: str) -> Done:
    """Checks that nothing is written, and that nothing is changed at AWS."""
    before = team.files()
    spare = team.alice.key()
    spare.deactivate()
    team.fake.clear_calls()
    done = team.run(*words, AWS_ACCESS_KEY_ID=team.key.id, AWS_SECRET_ACCESS_KEY=team.key.secret)
    assert done.status == FAILED, done.err
    assert why in done.err
    assert team.files() == before
    changing = ("Create", "Delete", "Update", "Enable")
    assert [call.action for call in team.fake.calls if call.action.startswith(changing)] == []
    return done


@pytest.mark.parametrize("words", COMMANDS)
def test_a_recipient_without_a_key(team: Team, words: tuple[str, ...]) -> None:
    """The error says which recipient, and which file names it."""
    ids = team.store / ".gpg-id"
    ids.write_text(f"{ids.read_text()}carol@example.invalid\n")
    done = refused(team, words, "gpg has no key for recipient carol@example.invalid")
    assert str(ids) in done.err


def test_several_recipients_without_a_key(team: Team) -> None:
    """All are named at once, so that the user can fix the list in one go."""
    ids = team.store / ".gpg-id"
    ids.write_text(f"carol@example.invalid\n{ids.read_text()}dave@example.invalid\n")
    done = refused(team, ("rotate", "dev"), "no key for recipient carol@example.invalid")
    assert "no key for recipient dave@example.invalid" in done.err


@pytest.mark.parametrize("words", [("rotate", "dev", "--delete-other"), ("mfa", "enroll", "dev")])
def test_a_recipient_whose_key_is_not_trusted(team: Team, keyring: Path, words: tuple[str, ...]) -> None:
    """The key exists, and the message says what to check first."""
    home = gpg_home()
    try:
        fingerprint = new_key(home, "dave")
        gpg(keyring, "--import", stdin=gpg(home, "--armor", "--export", fingerprint).encode())
    finally:
        end_gpg_home(home)
    try:
        ids = team.store / ".gpg-id"
        ids.write_text(f"{ids.read_text()}{fingerprint}\n")
        done = refused(team, words, f"the key of recipient {fingerprint} is not trusted")
        assert "gpg --lsign-key" in done.err
    finally:
        gpg(keyring, "--yes", "--delete-keys", fingerprint)


def test_a_second_key_that_another_machine_may_have_made(team: Team) -> None:
    """The question before its deletion says that its secret may be in a store that was not pushed."""
    found = entry.parse(opened()[0].read("dev"), "dev")
    begun = journal.Journal(
        journal.CREATE, team.alice.arn, team.key.id, (team.key.id,), int(team.run.clock()) - 60, "elsewhere"
    )
    write("dev", journal.render("dev", found.credentials, begun, found))
    made = team.alice.key()
    done = team.run("rotate", "dev", "--resume")
    assert done.status == MUST_ASK
    assert f"a new key {made.id}" in done.err
    assert "its secret may be in the store on elsewhere, not pushed yet" in done.err
    assert made in team.alice.keys


def test_a_rotation_that_another_machine_has_finished(team: Team) -> None:
    """The pulled state is complete: --resume reports that, and changes nothing."""
    new = team.alice.key()
    put(team.store, "dev", new.id, new.secret)
    team.key.delete()
    before = team.files()
    done = team.run("rotate", "dev", "--resume")
    assert done.status == 0
    assert "there is no unfinished rotation" in done.err
    assert team.files() == before


def test_a_rotation_that_another_machine_has_finished_but_not_pushed(team: Team) -> None:
    """The old key is deleted at AWS, so the pending key that was pulled before is tested and used."""
    new = team.alice.key()
    found = entry.parse(opened()[0].read("dev"), "dev")
    begun = journal.Journal(
        journal.PENDING, team.alice.arn, team.key.id, (team.key.id,), int(team.run.clock()) - 60, "elsewhere",
        Credentials(new.id, new.secret),
    )  # fmt: skip
    write("dev", journal.render("dev", found.credentials, begun, found))
    team.key.delete()
    done = team.run("rotate", "dev", "--resume")
    assert done.status == 0, done.err
    now = entry.parse(opened()[0].read("dev"), "dev")
    assert now.credentials.access_key_id == new.id
    assert journal.read(now, "dev") is None
