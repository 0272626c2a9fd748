"""`rotate`: a new key is created and tested, the old one deleted; at every step a working key is stored.

AWS is the strict fake: a new key works only after some time, a user has two keys at most, a code works once.
"""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, NamedTuple

import pytest
from conftest import gpg, put, run
from fakeaws import faults
from fakeaws.people import Propagation
from fakeaws.wire import Response
from in_process import Runner
from mfa_world import insert
from stores import write

from pass_aws.errors import FAILED, MUST_ASK, USAGE
from pass_aws.keys import journal
from pass_aws.store import entry
from pass_aws.store.entry import Entry

if TYPE_CHECKING:
    from pathlib import Path

    from fakeaws import AccessKey, FakeAWS, User
    from in_process import Done


UNKNOWN_KEY = (
    b"<ErrorResponse><Error><Code>InvalidClientTokenId</Code>"
    b"<Message>The security token included in the request is invalid.</Message></Error></ErrorResponse>"
)


class World(NamedTuple):
    """alice, whose key is stored as `dev`."""

    fake: FakeAWS
    alice: User
    key: AccessKey
    store: Path
    keyring: Path
    run: Runner

    def rotate(self, *words: str, **env: str) -> Done:
        return self.run("rotate", "dev", *words, **env)

    def stored(self, name: str = "dev") -> Entry:
        return entry.parse(self.text(name), name)

    def text(self, name: str = "dev") -> bytes:
        return gpg(self.keyring, "-d", str(self.store / "aws-vault" / f"{name}.gpg")).encode()

    def journal(self) -> journal.Journal | None:
        return journal.read(self.stored(), "dev")

    def state(self) -> str:
        found = self.journal()
        return found.state if found else "none"

    def log(self) -> list[str]:
        log = ["git", "-C", str(self.store), "log", "--format=%s", "--reverse"]
        return subprocess.check_output(log, text=True).splitlines()[3:]

    def keys(self) -> dict[str, str]:
        """The user's keys at AWS, with their status."""
        return {key.id: key.status for key in self.alice.keys}

    def changes(self) -> list[str]:
        """The calls that change something at AWS, and their signers."""
        changing = ("CreateAccessKey", "UpdateAccessKey", "DeleteAccessKey")
        names = {self.key.id: "old"}
        return [
            f"{call.action} {names.get(call.key_id, call.key_id[:4])}"
            for call in self.fake.calls
            if call.action in changing
        ]


@pytest.fixture
def world(fake: FakeAWS, git_store: Path, keyring: Path, capsys: pytest.CaptureFixture[str]) -> World:
    alice = fake.user("alice")
    key = alice.key()
    put(git_store, "dev", key.id, key.secret)
    fake.clear_calls()
    return World(fake, alice, key, git_store, keyring, Runner(fake, capsys))


def finished(world: World) -> None:
    """One key is left at AWS, the one in the entry, which no longer has a journal."""
    found = world.stored()
    assert list(world.keys().items()) == [(found.credentials.access_key_id, "Active")]
    assert found.credentials.secret_access_key == world.alice.keys[0].secret
    assert found.credentials.access_key_id != world.key.id
    key = found.credentials
    assert world.text() == entry.render("dev", key.access_key_id, key.secret_access_key)
    assert subprocess.check_output(["git", "-C", str(world.store), "status", "--porcelain"]) == b""


def test_a_key_is_replaced(world: World) -> None:
    """The old key signs the creation, the new one the deletion of the old; each step is a commit."""
    done = world.rotate()
    assert done.status == 0, done.err
    finished(world)
    assert world.changes() == ["CreateAccessKey old", "UpdateAccessKey AKIA", "DeleteAccessKey AKIA"]
    assert world.log() == [
        "Begin rotation of aws-vault/dev.",
        "Add new key to aws-vault/dev.",
        "Use new key of aws-vault/dev.",
        "Finish rotation of aws-vault/dev.",
    ]


def test_the_messages(world: World) -> None:
    """Messages name each step, the reason for a wait and the result, without a secret."""
    done = world.rotate()
    said = [line.removeprefix("dev: ") for line in done.err.splitlines() if line.startswith("dev: ")]
    new = world.alice.keys[0]
    assert said == [
        f"replacing the key …{world.key.id[-4:]} of {world.alice.arn}",
        f"created the key …{new.id[-4:]} and stored it with the old one",
        f"waiting until all of AWS knows the key …{new.id[-4:]}, 5 to 60 s",
        f"the key …{new.id[-4:]} works and is now in use",
        f"deactivated the old key …{world.key.id[-4:]}",
        f"deleted the old key …{world.key.id[-4:]}",
        "the rotation is finished; the old key cannot be restored",
    ]
    assert done.out == ""
    assert new.secret not in done.err


def test_a_new_key_that_works_only_sometimes(world: World) -> None:
    """The old key is deleted only after three consecutive answers over five seconds."""
    world.fake.world.propagation = Propagation(8, "x.x..x...x")
    done = world.rotate()
    assert done.status == 0, done.err
    finished(world)
    asked = [call for call in world.fake.called("GetCallerIdentity") if call.key_id != world.key.id]
    ended = world.fake.called("UpdateAccessKey")[0]
    before = [call for call in asked if call.time < ended.time]
    last = [call for call in before if call.outcome != "ok"][-1].time
    row = [call for call in before if call.time > last]
    assert len(row) >= 3
    assert row[-1].time - row[0].time >= 5
    assert 8 < done.waited < 60


def test_a_new_key_that_never_works(world: World) -> None:
    """After a minute `rotate` stops with both keys stored and the old one in use.

    The hint says how to continue or cancel.
    """
    world.fake.world.propagation = Propagation(200)
    done = world.rotate()
    assert done.status == FAILED
    assert 55 <= done.waited < 70
    assert "run pass aws rotate dev --resume, or pass aws rotate dev --abort" in done.err
    assert world.stored().credentials.access_key_id == world.key.id
    assert world.state() == "pending"
    assert list(world.keys().values()) == ["Active", "Active"]
    world.fake.clock.advance(200)
    assert world.rotate("--resume").status == 0
    finished(world)


def test_abort_with_a_pending_key(world: World) -> None:
    """--abort deletes the new key, and the entry is unchanged."""
    world.fake.world.propagation = Propagation(200)
    before = world.text()
    world.rotate()
    done = world.rotate("--abort")
    assert done.status == 0, done.err
    assert world.keys() == {world.key.id: "Active"}
    assert world.stored().credentials == entry.parse(before, "dev").credentials
    assert world.journal() is None


@pytest.mark.parametrize(
    "fault", [faults.lost(), faults.truncated(0.5), faults.internal(), faults.unavailable()]
)
def test_the_answer_with_the_secret_is_lost(world: World, fault: faults.Fault) -> None:
    """The call is not repeated: the created key is found and deleted, then another one is created."""
    world.fake.fault("CreateAccessKey", fault)
    done = world.rotate()
    assert done.status == 0, done.err
    finished(world)
    made = world.fake.called("CreateAccessKey")
    assert len(made) == 2
    made_twice = made[0].outcome == "ok"
    assert len(world.fake.called("DeleteAccessKey")) == 1 + made_twice


def test_the_answer_is_lost_each_time(world: World) -> None:
    """After three attempts the old key stays, and no key without a secret is left."""
    world.fake.fault("CreateAccessKey", faults.lost(), times=9)
    done = world.rotate()
    assert done.status == FAILED
    assert len(world.fake.called("CreateAccessKey")) == 3
    assert world.stored().credentials.access_key_id == world.key.id
    assert "hint: check the network; then run pass aws rotate dev --resume, or " in done.err
    world.fake.clear_faults()
    orphan = next(key.id for key in world.alice.keys if key.id != world.key.id)
    asked = world.rotate("--resume")
    assert asked.status == MUST_ASK
    assert orphan in asked.err
    assert "run pass aws rotate dev --resume --delete-other\n" in asked.err
    asked = world.rotate("--abort")
    assert asked.status == MUST_ASK
    assert "run pass aws rotate dev --abort --delete-other\n" in asked.err
    assert world.rotate("--resume", "--delete-other").status == 0
    finished(world)


def test_hints_respect_keep_inactive(world: World) -> None:
    """With --keep-inactive, no hint tells how to delete the old key."""
    other = world.alice.key()
    other.deactivate()
    assert "run pass aws rotate dev --keep-inactive --delete-other\n" in world.rotate("--keep-inactive").err
    other.delete()
    world.fake.fault("CreateAccessKey", faults.lost(), times=9)
    lost = world.rotate("--keep-inactive")
    world.fake.clear_faults()
    asked = world.rotate("--keep-inactive")
    assert asked.status == MUST_ASK
    assert "run pass aws rotate dev --resume, or" in lost.err, "the journal says that the key is to be kept"
    assert "run pass aws rotate dev --resume --delete-other\n" in asked.err
    older(world)
    asked = world.rotate("--keep-inactive")
    assert "run pass aws rotate dev --keep-inactive --delete-other\n" in asked.err
    assert world.rotate("--keep-inactive", "--delete-other").status == 0
    assert world.keys()[world.key.id] == "Inactive"


def test_a_second_key_is_not_touched(world: World) -> None:
    """AWS allows two keys: the second is shown with its age and use, and nothing is done."""
    other = world.alice.key()
    before = world.text()
    done = world.rotate()
    assert done.status == FAILED
    assert f"{other.id}, active, created today, never used" in done.err
    assert world.rotate("--delete-other").status == FAILED, "the other key may be in use"
    assert world.text() == before
    assert world.changes() == []


@pytest.mark.parametrize("how", ["inactive", "unused"])
def test_an_unused_second_key_is_deleted_on_request(world: World, how: str) -> None:
    """On request, an inactive key, or one unused for 90 days, is deleted to make room."""
    other = world.alice.key()
    if how == "inactive":
        other.deactivate()
    else:
        other.created -= 91 * 86400
    assert "if nothing needs it, run pass aws rotate dev --delete-other" in world.rotate().err
    done = world.rotate("--delete-other")
    assert done.status == 0, done.err
    finished(world)


def test_keep_inactive_then_finish(world: World) -> None:
    """With --keep-inactive the old key stays at AWS, inactive, until --finish."""
    done = world.rotate("--keep-inactive")
    assert done.status == 0, done.err
    new = world.stored().credentials.access_key_id
    assert world.keys() == {world.key.id: "Inactive", new: "Active"}
    assert world.state() == "inactive"
    assert "run pass aws rotate dev --finish" in done.err
    again = world.rotate()
    assert again.status == FAILED
    assert "--finish to delete it" in again.err
    assert world.rotate("--finish").status == 0
    finished(world)


def test_keep_inactive_that_was_killed_is_committed(world: World) -> None:
    """The same command commits what was stored last, and begins no other rotation."""
    world.rotate("--keep-inactive")
    git = ["git", "-C", str(world.store)]
    subprocess.check_call([*git, "reset", "-q", "--mixed", "HEAD~1"])
    done = world.rotate("--keep-inactive")
    assert done.status == FAILED
    assert "--finish to delete it" in done.err
    assert subprocess.check_output([*git, "status", "--porcelain"]) == b""
    assert world.log()[-1] == "Keep old key of aws-vault/dev inactive."


@pytest.mark.parametrize("arrives", [True, False], ids=["answer lost", "request lost"])
def test_resume_keeps_what_was_to_be_kept(world: World, *, arrives: bool) -> None:
    """Wherever a run with --keep-inactive stopped, --resume without that option keeps the old key."""
    begin, secret = world.fake.snapshot(), world.text()
    assert world.rotate("--keep-inactive").status == 0
    calls = len(world.fake.calls)
    reached = set()
    for at in range(1, calls + 1):
        world.fake.restore(begin)
        world.fake.clear_calls()
        world.run.waited = 0.0
        write("dev", secret)
        world.fake.fault("*", faults.lost()._replace(work=arrives), at=at, times=99)
        assert world.rotate("--keep-inactive").status == FAILED
        world.fake.clear_faults()
        reached.add(world.state())
        done = world.rotate("--resume", "--delete-other")
        if world.state() == "none":
            assert "there is no unfinished rotation" in done.err
            continue
        assert done.status == 0, (at, done.err)
        kept(world)
    assert reached == {"none", "create", "pending", "retire"}


def kept(world: World) -> None:
    """The old key is at AWS, inactive, and in the entry; the new one is in use."""
    new, found = world.stored().credentials, world.journal()
    alice = world.fake.world.users["111111111111", "alice"]  # another object after `restore`
    assert {key.id: key.status for key in alice.keys} == {
        world.key.id: "Inactive",
        new.access_key_id: "Active",
    }
    assert found
    assert (found.state, found.other and found.other.secret_access_key) == ("inactive", world.key.secret)


@pytest.mark.parametrize("state", ["pending", "retire"])
def test_a_journal_of_an_older_version(world: World, state: str) -> None:
    """It does not record --keep-inactive: --resume deletes the old key, --keep-inactive keeps it."""
    for word in ("--keep-inactive", "--resume"):
        stopped(world, state)
        older(world)
        done = world.rotate(word)
        assert done.status == 0, done.err
        if word == "--resume":
            finished(world)
        else:
            kept(world)
            assert world.rotate("--abort").status == 0


def test_a_wish_comes_later(world: World) -> None:
    """--keep-inactive is recorded by the run that is given it; if that one is stopped too, --resume keeps the key."""
    stopped(world, "retire")
    world.fake.fault("UpdateAccessKey", faults.lost()._replace(work=False), times=99)
    assert world.rotate("--keep-inactive").status == FAILED
    world.fake.clear_faults()
    assert world.rotate("--resume").status == 0
    kept(world)


def test_finish_ends_what_was_to_be_kept(world: World) -> None:
    """After a stopped --keep-inactive, --finish deletes the old key, and so does --resume after a stopped --finish."""
    stopped(world, "retire", "--keep-inactive")
    world.fake.fault("DeleteAccessKey", faults.lost()._replace(work=False), times=99)
    assert world.rotate("--finish").status == FAILED
    world.fake.clear_faults()
    assert world.rotate("--resume").status == 0
    finished(world)


def stopped(world: World, state: str, *words: str) -> None:
    """A rotation that has come so far."""
    action = {"pending": "GetCallerIdentity", "retire": "UpdateAccessKey"}[state]
    at = 2 if state == "pending" else 1  # the first one is about the old key
    world.fake.fault(action, faults.lost()._replace(work=False), at=at, times=99)
    assert world.rotate(*words).status == FAILED
    world.fake.clear_faults()
    assert world.state() == state


def older(world: World) -> None:
    """Removes from the journal what older versions do not write."""
    found = world.stored()
    field = json.loads(found.others[journal.FIELD])
    field.pop("keep", None)
    others = {**found.others, journal.FIELD: json.dumps(field)}
    key = found.credentials
    before = Entry(key, others, found.inner)
    write("dev", entry.render("dev", key.access_key_id, key.secret_access_key, before))


def test_resume_after_the_old_key_was_kept(world: World) -> None:
    """Without anything left to do, it succeeds, and commits what is not committed yet."""
    world.rotate("--keep-inactive")
    git = ["git", "-C", str(world.store)]
    subprocess.check_call([*git, "reset", "-q", "--mixed", "HEAD~1"])
    before, calls = world.text(), len(world.fake.calls)
    done = world.rotate("--resume")
    assert done.status == 0, done.err
    assert "run pass aws rotate dev --finish" in done.err
    assert (world.text(), len(world.fake.calls)) == (before, calls)
    assert subprocess.check_output([*git, "status", "--porcelain"]) == b""


def test_keep_inactive_then_abort(world: World) -> None:
    """The old key is active and in use again, and the new one is deleted."""
    world.rotate("--keep-inactive")
    done = world.rotate("--abort")
    assert done.status == 0, done.err
    assert world.keys() == {world.key.id: "Active"}
    assert world.stored().credentials.access_key_id == world.key.id
    assert world.journal() is None


def test_abort_after_the_old_key_is_deleted(world: World) -> None:
    """The error says that the old key is deleted, and the new key stays in use."""
    world.rotate("--keep-inactive")
    world.key.delete()
    done = world.rotate("--abort")
    assert done.status == FAILED
    assert "cannot be restored" in done.err
    assert world.rotate("--finish").status == 0
    finished(world)


@pytest.mark.parametrize("option", ["--resume", "--abort", "--finish"])
def test_resume_without_an_unfinished_rotation(world: World, option: str) -> None:
    """--resume then changes nothing, so scripts can always use it."""
    before = world.text()
    done = world.rotate(option)
    assert done.status == 0
    assert "there is no unfinished rotation" in done.err
    assert world.text() == before
    assert world.fake.calls == []


def guarded(world: World, aws_config: Path) -> None:
    """alice's policy denies IAM without MFA; her device's seed is in the store."""
    world.alice.deny_without_mfa = ("iam:*",)
    device = world.alice.mfa()
    insert(world.store, "aws-mfa/111111111111/alice", device.otpauth)
    aws_config.write_text(f"[profile dev]\nmfa_serial = {device.serial}\n")
    world.fake.clear_calls()


def test_iam_behind_mfa(world: World, aws_config: Path) -> None:
    """One session with one code signs all calls; the last one deletes the old key."""
    guarded(world, aws_config)
    world.fake.world.propagation = Propagation(8, "x.x")
    done = world.rotate()
    assert done.status == 0, done.err
    finished(world)
    assert len(world.fake.called("GetSessionToken")) == 1
    assert world.changes() == ["CreateAccessKey ASIA", "DeleteAccessKey ASIA"]
    signed = [call.action for call in world.fake.calls if call.key_id.startswith("ASIA")]
    assert signed[-1] == "DeleteAccessKey"


def test_iam_behind_mfa_keep_inactive_and_abort(world: World, aws_config: Path) -> None:
    """The last call of its session deactivates the old key; --abort uses another session."""
    guarded(world, aws_config)
    done = world.rotate("--keep-inactive")
    assert done.status == 0, done.err
    assert world.keys()[world.key.id] == "Inactive"
    done = world.rotate("--abort")
    assert done.status == 0, done.err
    assert world.keys() == {world.key.id: "Active"}
    assert len(world.fake.called("GetSessionToken")) == 2


def test_iam_behind_mfa_without_a_device(world: World) -> None:
    """The refusal names the option, and nothing is changed."""
    world.alice.deny_without_mfa = ("iam:*",)
    before = world.text()
    done = world.rotate()
    assert done.status == FAILED
    assert "only to sessions made with MFA" in done.err
    assert world.text() == before


def test_a_role_rotates_the_key_behind_it(world: World, aws_config: Path) -> None:
    """As in aws-vault, the key at the start of the chain is rotated."""
    aws_config.write_text(
        "[profile ro]\nsource_profile = dev\nrole_arn = arn:aws:iam::111111111111:role/ro\n[profile dev]\n"
    )
    done = world.run("rotate", "ro")
    assert done.status == 0, done.err
    finished(world)


def test_other_keys_are_not_rotated(world: World, aws_config: Path) -> None:
    """A root user's key is refused, and a profile whose credentials are not from the store."""
    root = world.fake.root()
    key = root.key()
    put(world.store, "root", key.id, key.secret)
    done = world.run("rotate", "root")
    assert done.status == FAILED
    assert "the root user of account 111111111111, not to an IAM user" in done.err
    aws_config.write_text("[profile proc]\ncredential_process = true\n")
    done = world.run("rotate", "proc")
    assert done.status == FAILED
    assert "start with credential_process, not with a stored key" in done.err
    assert world.changes() == []


def test_creating_is_denied(world: World) -> None:
    """The entry is unchanged, and there is nothing to resume."""
    world.alice.deny = ("iam:CreateAccessKey",)
    done = world.rotate()
    assert done.status == FAILED
    assert "has no permission for iam:CreateAccessKey" in done.err
    assert world.journal() is None
    assert world.stored().credentials.access_key_id == world.key.id


@pytest.mark.parametrize("action", ["UpdateAccessKey", "DeleteAccessKey"])
def test_deleting_the_old_key_is_denied(world: World, action: str) -> None:
    """The new key is in use and the old one is kept; --resume finishes when it is allowed."""
    world.alice.deny = (f"iam:{action}",)
    done = world.rotate()
    assert done.status == FAILED
    assert "run pass aws rotate dev --resume" in done.err
    assert world.stored().credentials.access_key_id != world.key.id
    assert world.keys().get(world.key.id)
    world.alice.deny = ()
    assert world.rotate("--resume").status == 0
    finished(world)


def test_a_new_key_that_fails_later(world: World) -> None:
    """If AWS refuses the new key while the old one is inactive, the old one is activated again."""

    def forget(response: Response) -> Response:
        world.fake.fault("GetCallerIdentity", faults.Fault("unknown", change=unknown), times=999)
        return response

    def unknown(response: Response) -> Response:
        known = world.fake.calls[-1].key_id == world.key.id
        return response if known else Response(403, "text/xml", UNKNOWN_KEY)

    world.fake.fault("UpdateAccessKey", faults.Fault("forgets", change=forget))
    done = world.rotate()
    assert done.status == FAILED
    assert world.keys()[world.key.id] == "Active"
    assert world.stored().credentials.access_key_id == world.key.id
    assert world.state() == "pending"
    assert "--resume" in done.err
    world.fake.clear_faults()
    assert world.rotate("--resume").status == 0
    finished(world)


def test_a_rotation_of_another_machine(world: World) -> None:
    """A rotation that came by git is not continued for an hour, unless the user requests it."""
    world.fake.world.propagation = Propagation(200)
    world.rotate()
    world.fake.clock.advance(200)
    foreign(world, ago=1200)
    before = world.text()
    done = world.rotate()
    assert done.status == FAILED
    assert "elsewhere began to rotate the key of dev 20 min ago" in done.err
    assert "run pass aws rotate dev --resume" in done.err
    assert world.text() == before
    foreign(world, ago=3700)
    assert world.rotate().status == 0
    finished(world)


def test_resume_continues_a_rotation_of_another_machine(world: World) -> None:
    """--resume continues it at once."""
    world.fake.world.propagation = Propagation(200)
    world.rotate()
    world.fake.clock.advance(200)
    foreign(world, ago=60)
    done = world.rotate("--resume")
    assert done.status == 0, done.err
    assert "continuing the rotation that elsewhere began" in done.err
    finished(world)


def foreign(world: World, ago: int) -> None:
    """Makes the journal say that another machine wrote it some seconds ago."""
    found, written = world.stored(), world.journal()
    assert written
    written = written._replace(host="elsewhere", at=int(world.run.clock()) - ago)
    write("dev", journal.render("dev", found.credentials, written, found))


def test_a_key_that_was_replaced_meanwhile(world: World) -> None:
    """The journal is about another key: the error names what may be left at AWS.

    `add --force` removes the journal.
    """
    world.fake.world.propagation = Propagation(200)
    world.rotate()
    pending = next(key for key in world.alice.keys if key.id != world.key.id)
    found = world.stored()
    write("dev", entry.render("dev", "AKIAIOSFODNN7EXAMPLE", "x" * 40, found))
    done = world.rotate("--resume")
    assert done.status == FAILED
    assert f"AWS may still have {world.key.id} and {pending.id}" in done.err
    typed = f"{world.key.id}\n{world.key.secret}\n".encode()
    assert run("add", "dev", "--stdin", "--force", "--no-config", stdin=typed).returncode == 0
    assert world.journal() is None


def test_a_new_key_that_cannot_be_stored(world: World) -> None:
    """The new key is deleted at AWS, and the old one stays in use."""
    recipients = world.store / ".gpg-id"
    before = recipients.read_text()

    def fail(response: Response) -> Response:
        recipients.write_text(f"{before}nobody\n")
        return response

    world.fake.fault("CreateAccessKey", faults.Fault("no recipient", change=fail))
    done = world.rotate()
    assert done.status == FAILED
    assert "could not be stored, so it was deleted at AWS" in done.err
    assert world.keys() == {world.key.id: "Active"}
    assert world.stored().credentials.access_key_id == world.key.id
    recipients.write_text(before)
    assert world.rotate("--resume").status == 0
    finished(world)


def test_a_new_key_that_can_neither_be_stored_nor_deleted(world: World) -> None:
    """The error shows its id in full."""

    def fail(response: Response) -> Response:
        (world.store / ".gpg-id").write_text("nobody\n")
        world.alice.deny = ("iam:DeleteAccessKey",)
        return response

    world.fake.fault("CreateAccessKey", faults.Fault("no recipient", change=fail))
    done = world.rotate()
    assert done.status == FAILED
    new = next(key for key in world.alice.keys if key.id != world.key.id)
    assert f"the new key {new.id} could not be stored: delete it in IAM" in done.err
    assert new.secret not in done.err


def test_git_fails(world: World) -> None:
    """The old key stays in use until git has committed the new one."""

    def lock(response: Response) -> Response:
        (world.store / ".git" / "index.lock").touch()
        return response

    world.fake.fault("CreateAccessKey", faults.Fault("git fails", change=lock))
    done = world.rotate()
    assert done.status == FAILED
    assert "git did not commit it" in done.err
    assert "then run pass aws rotate dev --resume" in done.err
    assert world.state() == "pending"
    assert world.stored().credentials.access_key_id == world.key.id
    assert world.keys()[world.key.id] == "Active"
    (world.store / ".git" / "index.lock").unlink()
    assert world.rotate("--resume").status == 0
    finished(world)


def test_sessions_of_the_old_key_are_dropped(world: World) -> None:
    """No session of the old key is served after a rotation."""
    assert run("env", "dev", "--format", "json").returncode == 0
    assert run("list", "--sessions").stdout == "dev\n"
    assert world.rotate().status == 0
    assert run("list", "--sessions").stdout == ""


def test_only_old_keys(world: World) -> None:
    """--older-than rotates all stored keys that are older, and no others."""
    bob = world.fake.user("bob")
    young = bob.key()
    put(world.store, "bob", young.id, young.secret)
    world.key.created -= 100 * 86400
    done = world.run("rotate", "--older-than", "90d")
    assert done.status == 0, done.err
    assert "bob: the key" in done.err
    finished(world)
    assert [key.id for key in bob.keys] == [young.id]
    done = world.run("rotate", "--older-than", "soon")
    assert done.status == USAGE
    assert "--older-than: soon is not an age" in done.err
    assert done.err.endswith("hint: give days, as in --older-than 90d\n")  # not a command that rotates


def test_a_failed_rotation_does_not_stop_the_next(world: World) -> None:
    """All keys are tried; the exit status is an error, and the message names the failed ones."""
    put(world.store, "gone", "AKIAIOSFODNN7EXAMPLE", "x" * 40)
    done = world.run("rotate", "gone", "dev")
    assert done.status == FAILED
    assert "1 of 2 keys failed: gone" in done.err
    finished(world)
