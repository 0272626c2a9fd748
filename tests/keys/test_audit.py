"""`audit`, `show` and `remove --at-aws`: facts about stored keys, and how a key is deleted at AWS."""

from __future__ import annotations

import json
import os
import select
import subprocess
from typing import TYPE_CHECKING, NamedTuple

import pytest
from conftest import gpg, put, run
from in_process import Runner
from mfa_world import insert

from pass_aws.errors import FAILED, MUST_ASK, USAGE
from pass_aws.store import entry

if TYPE_CHECKING:
    from pathlib import Path

    from fakeaws import AccessKey, FakeAWS

DAY = 86400


class World(NamedTuple):
    """alice's key is stored as `dev`."""

    fake: FakeAWS
    key: AccessKey
    store: Path
    config: Path
    run: Runner

    def found(self, *words: str) -> dict[str, dict[str, object]]:
        """The output of `audit --json`, by profile."""
        done = self.run("audit", "--json", *words)
        return {row["profile"]: row for row in json.loads(done.out)}

    def problems(self, name: str = "dev", *words: str) -> object:
        return self.found(*words)[name]["problems"]


@pytest.fixture
def world(fake: FakeAWS, git_store: Path, aws_config: Path, capsys: pytest.CaptureFixture[str]) -> World:
    key = fake.user("alice").key()
    put(git_store, "dev", key.id, key.secret)
    aws_config.write_text("[profile dev]\n")
    return World(fake, key, git_store, aws_config, Runner(fake, capsys))


def test_a_key_without_problems(world: World) -> None:
    """The row has the account from the id, age and use from IAM, and the readers, but no secret."""
    done = world.run("audit")
    assert done.status == 0, done.out + done.err
    rows = [line.split() for line in done.out.splitlines()]
    assert rows[0] == ["Profile", "Account", "Key", "Age", "Used", "Readers", "What"]
    assert rows[1] == ["dev", "~111111111111", f"…{world.key.id[-4:]}", "0d", "0d", "ago", "1", "ok"]
    assert world.key.secret not in done.out


def test_old_and_unused_keys(world: World) -> None:
    """A key older than 90 days or the given age, and a key that was never used, are problems."""
    world.key.created -= 91 * DAY
    assert world.problems() == ["91 days old"]
    assert world.problems("dev", "--older-than", "100d") == []
    done = world.run("audit", "--older-than", "soon")
    assert done.status == USAGE


def test_an_inactive_or_deleted_key(world: World) -> None:
    """A key that is inactive or deleted at AWS is a problem."""
    world.key.deactivate()
    assert world.problems() == ["AWS does not know it: deleted or inactive"]
    assert world.run("audit").status == FAILED


def test_a_key_without_permission_for_iam(world: World) -> None:
    """A policy that forbids the call is reported; it is not a problem of the key."""
    world.key.user.deny = ("iam:*",)
    row = world.found()["dev"]
    assert row["problems"] == []
    assert row["asked"] is False
    assert "has no permission for" in str(row["trouble"])


def test_audit_offline(world: World) -> None:
    """With --offline AWS is not called, and the age is that of the entry in git."""
    world.fake.clear_calls()
    row = world.found("--offline")["dev"]
    assert world.fake.calls == []
    assert row["created"] is None
    assert row["entry_changed"] is not None
    done = world.run("audit", "--offline")
    assert "~0d" in done.out
    commit = [
        "git",
        "-C",
        str(world.store),
        "commit",
        "-q",
        "--amend",
        "--no-edit",
        "--date=2020-01-01T00:00:00Z",
    ]
    subprocess.run(commit, env={**os.environ, "GIT_COMMITTER_DATE": "2020-01-01T00:00:00Z"}, check=True)
    assert "days old" in str(world.problems("dev", "--offline"))


def test_copies_of_a_key(world: World) -> None:
    """A key in two entries, in the credentials file, or in a moved entry is a problem."""
    put(world.store, "copy", world.key.id, world.key.secret)
    text = f"[x]\naws_access_key_id = {world.key.id}\naws_secret_access_key = {world.key.secret}\n"
    world.config.with_name("credentials").write_text(text)
    os.rename(world.store / "aws-vault" / "copy.gpg", world.store / "aws-vault" / "moved.gpg")
    found = world.found()
    assert found["dev"]["problems"] == ["same key as moved", "also in plain text in the credentials file"]
    assert found["moved"]["problems"] == [
        "was written for copy",
        "same key as dev",
        "also in plain text in the credentials file",
    ]


def test_an_entry_that_cannot_be_read(world: World) -> None:
    """An unreadable entry has one row, and the others are shown."""
    (world.store / "aws-vault" / "broken.gpg").write_bytes(b"nothing")
    found = world.found()
    assert str(found["broken"]["problems"]).startswith("['cannot be read: ")
    assert found["dev"]["problems"] == []


def test_outdated_recipients(world: World, tmp_path: Path, keyring: Path) -> None:
    """An entry with other recipients than `.gpg-id` has now is a problem."""
    from conftest import new_key

    other = new_key(keyring, "mallory")
    (world.store / ".gpg-id").write_text(f"{other}\n")
    assert world.problems() == [
        "readable by keys that are not in .gpg-id",
        "not readable by all keys in .gpg-id",
    ]
    assert tmp_path.is_dir()


def test_some_profiles_only(world: World) -> None:
    """Only the named profiles are shown; a name that is not stored is refused."""
    put(world.store, "copy", world.key.id, world.key.secret)
    assert list(world.found("copy")) == ["copy"]
    assert world.problems("copy", "copy") == ["same key as dev"]
    assert world.run("audit", "nothing").status == FAILED


def test_each_call_is_signed_by_its_own_key(world: World) -> None:
    """Of many keys in one audit, each signs its own calls."""
    for number in range(12):
        key = world.fake.user(f"user{number}").key()
        key.created -= number * DAY
        put(world.store, f"many/{number:02}", key.id, key.secret)
    found = world.found("--older-than", "6d")
    assert [row["problems"] for name, row in sorted(found.items()) if name.startswith("many/")] == [
        [f"{number} days old"] if number >= 6 else [] for number in range(12)
    ]


def test_show(world: World) -> None:
    """show prints a key without its secret, unless it is requested."""
    done = world.run("show", "dev")
    assert done.status == 0, done.err
    assert f"…{world.key.id[-4:]}" in done.out
    assert "111111111111 (derived from the key id)" in done.out
    assert world.key.secret not in done.out + done.err
    assert world.key.id not in done.out + done.err
    done = world.run("show", "dev", "--reveal")
    assert done.out == f"aws_access_key_id = {world.key.id}\naws_secret_access_key = {world.key.secret}\n"
    assert world.run("show", "nothing").status == FAILED
    assert json.loads(world.run("show", "dev", "--json").out) == {
        "profile": "dev",
        "entry": "aws-vault/dev",
        "key": f"…{world.key.id[-4:]}",
        "account": "111111111111",
        "account_derived": True,
        "rotation": None,
    }


XCLIP = """#!/bin/sh
echo "$@" >>{folder}/words
case "$*" in *-o*) exec cat {folder}/clip ;; esac
cat >{folder}/new
mv {folder}/new {folder}/clip
echo >{folder}/written
"""


def test_the_clipboard(world: World, programs: Path) -> None:
    """As in pass, the secret stays for some seconds, then the old content returns; it is in no argv."""
    (programs / "xclip").write_text(XCLIP.format(folder=programs))
    (programs / "xclip").chmod(0o755)
    clip = programs / "clip"
    clip.write_text("before")
    (programs / "sleep").write_text(f"#!/bin/sh\nread -r _ <{programs}/awake\n")
    (programs / "sleep").chmod(0o755)
    for name in ("awake", "written"):
        os.mkfifo(programs / name)
    written = os.open(programs / "written", os.O_RDWR)  # its writers need not wait for a reader

    def copied() -> str:
        """The clipboard after the next copy."""
        assert select.select([written], [], [], 30)[0]
        assert os.read(written, 9) == b"\n"
        return clip.read_text()

    done = run("show", "dev", "--clip", DISPLAY=":9")
    assert done.returncode == 0, done.stderr
    assert copied() == world.key.secret
    assert "cleared in 45 s" in done.stderr
    assert world.key.secret not in done.stdout + done.stderr + (programs / "words").read_text()
    (programs / "awake").write_text("")
    assert copied() == "before"
    os.close(written)


def test_the_clipboard_without_a_display(world: World) -> None:
    """The error is one line, and the secret is not printed instead."""
    done = run("show", "dev", "--clip")
    assert done.returncode == FAILED
    assert "there is no clipboard without a display" in done.stderr
    assert world.key.secret not in done.stdout


def test_a_key_is_deleted_at_aws_first(world: World) -> None:
    """The key is deleted at AWS, then its entry is removed."""
    assert world.run("remove", "dev", "--at-aws").status == MUST_ASK
    done = world.run("remove", "dev", "--at-aws", "-f")
    assert done.status == 0, done.err
    assert world.key.user.keys == []
    assert not (world.store / "aws-vault" / "dev.gpg").exists()


def test_a_key_that_aws_does_not_delete_is_kept(world: World) -> None:
    """If AWS refuses, the entry is unchanged. A key that is already deleted is not an error."""
    world.key.user.deny = ("iam:DeleteAccessKey",)
    done = world.run("remove", "dev", "--at-aws", "-f")
    assert done.status == FAILED
    assert "the entry is kept" in done.err
    assert (world.store / "aws-vault" / "dev.gpg").exists()
    world.key.delete()
    done = world.run("remove", "dev", "--at-aws", "-f")
    assert done.status == 0, done.err
    assert not (world.store / "aws-vault" / "dev.gpg").exists()


def test_a_key_is_deleted_with_mfa(world: World) -> None:
    """One session with MFA deletes the key."""
    world.key.user.deny_without_mfa = ("iam:*",)
    device = world.key.user.mfa()
    insert(world.store, "aws-mfa/111111111111/alice", device.otpauth)
    world.config.write_text(f"[profile dev]\nmfa_serial = {device.serial}\n")
    done = world.run("remove", "dev", "--at-aws", "-f")
    assert done.status == 0, done.err
    assert world.key.user.keys == []


def test_a_key_in_rotation_is_not_deleted(world: World, keyring: Path) -> None:
    """The rotation must be finished first, since there may be two keys."""
    world.run("rotate", "dev", "--keep-inactive")
    done = world.run("remove", "dev", "--at-aws", "-f")
    assert done.status == FAILED
    assert "is not finished" in done.err
    text = gpg(keyring, "-d", str(world.store / "aws-vault" / "dev.gpg"))
    assert entry.parse(text.encode(), "dev").credentials.access_key_id != world.key.id
