"""`list`, `clear`, `remove` and `move` show what exists, and remove or rename it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from typing import TYPE_CHECKING

import pytest
from conftest import git_init, gpg, put, run

from pass_aws.store import entry

if TYPE_CHECKING:
    from pathlib import Path

    from fakeaws import FakeAWS

KEYS = [
    "UPPER",
    "a:b",
    "dev",
    "dollar$sign",
    "org/team/prod",
    "quo'te",
    "uni-é",
    "user@corp",
    "with space",
    "x.gpg",
]


@pytest.mark.usefixtures("store", "aws_config")
def test_an_empty_list_suggests_the_first_command() -> None:
    """A new user's empty table tells how to add a key."""
    assert "pass aws add NAME" in run("list").stderr
    assert run("list", "--json").stderr == run("list", "--sessions").stderr == ""


@pytest.mark.usefixtures("store")
def test_an_empty_list_with_a_session_suggests_sync(aws_config: Path) -> None:
    """A user of Identity Center needs profiles, not a key."""
    aws_config.write_text(
        "[sso-session 'my team']\nsso_start_url = https://a.awsapps.com/start\nsso_region = us-east-1\n"
    )
    assert "pass aws sso sync --sso-session 'my team' writes one for each role" in run("list").stderr


@pytest.fixture
def no_gpg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A gpg, first on PATH, that only records that it was called."""
    calls = tmp_path / "gpg-calls"
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "gpg").write_text(f'#!/bin/sh\necho "$@" >> {calls}\nexit 2\n')
    (folder / "gpg").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return calls


@pytest.mark.usefixtures("aws_vault_store")
def test_a_store_of_aws_vault(aws_config: Path, no_gpg: Path) -> None:
    """A store written by aws-vault is listed without its sessions and tokens, and without gpg."""
    aws_config.write_text("[default]\n[profile dev]\n[profile ro]\nsource_profile = dev\n")
    assert run("list", "--credentials").stdout.split("\n")[:-1] == sorted(KEYS)
    assert run("list", "--profiles").stdout.split("\n")[:3] == ["default", "dev", "ro"]
    table = run("list")
    assert table.stdout.splitlines()[0].split() == ["Profile", "Credentials", "Sessions"]
    assert len(table.stdout.splitlines()) == 1 + 2 + len(KEYS)
    assert "8 sessions" in table.stderr
    assert "pass aws clear --aws-vault" in table.stderr
    assert not no_gpg.exists()


@pytest.mark.usefixtures("aws_vault_store")
def test_json(aws_config: Path) -> None:
    """--json shows every profile, whether it is configured and stored, and its sessions."""
    aws_config.write_text("[profile dev]\n[profile ro]\nsource_profile = dev\n")
    rows = json.loads(run("list", "--json").stdout)
    assert rows[0] == {"profile": "dev", "config": True, "stored": True, "sessions": []}
    assert rows[1] == {"profile": "ro", "config": True, "stored": False, "sessions": []}


@pytest.mark.usefixtures("aws_vault_store")
def test_a_broken_entry_is_listed(aws_vault_store: Path) -> None:
    """Whatever an entry contains, its name is listed."""
    (aws_vault_store / "aws-vault" / "broken.gpg").write_bytes(b"no gpg at all")
    done = run("list", "--credentials")
    assert "broken" in done.stdout.splitlines()
    assert done.returncode == 0


@pytest.mark.usefixtures("store")
def test_config_errors_do_not_stop_the_list(aws_config: Path) -> None:
    """Errors in sections of the config file go to stderr with their line, and the list continues."""
    aws_config.write_text("[profile a]\nregion = us-east-1\nregion = eu-west-1\n[profile b]\n")
    done = run("list", "--profiles")
    assert done.stdout.split() == ["a", "b"]
    assert "config:3" in done.stderr


@pytest.mark.usefixtures("store")
def test_control_characters_in_names_are_escaped(store: Path) -> None:
    """Control characters in file names do not reach the terminal."""
    (store / "aws-vault").mkdir()
    (store / "aws-vault" / "a\x1b[31mb\nc.gpg").write_bytes(b"")
    assert run("list").stdout.splitlines()[1].startswith("a\\x1b[31mb\\nc")


def test_without_store_and_config() -> None:
    """Missing files are not an error; the message says what is missing, and how to start."""
    done = run("list")
    assert (done.returncode, done.stdout.split()) == (0, ["Profile", "Credentials", "Sessions"])
    assert "there is no password store at /proc/nonexistent/store" in done.stderr
    assert "PASSWORD_STORE_DIR" in done.stderr
    assert run("list", "--profiles").stderr == ""


@pytest.mark.parametrize("kind", ["missing", "a file", "closed"])
def test_an_unusable_store(
    kind: str, tmp_path: Path, aws_config: Path, keyring: Path, request: pytest.FixtureRequest
) -> None:
    """If the store is missing or unreadable, the error is about the store, not about a missing key.

    This happens in an IDE without PASSWORD_STORE_DIR.
    """
    path = tmp_path / "nowhere"
    if kind == "a file":
        path.write_text("")
    elif kind == "closed":
        if os.geteuid() == 0:
            pytest.skip("root may read every directory")
        path.mkdir(mode=0)
        request.addfinalizer(lambda: path.chmod(0o700))  # pytest removes it
    aws_config.write_text("[profile dev]\nregion = us-east-1\n")
    says = {
        "missing": "there is no password store at",
        "a file": "Not a directory",
        "closed": "Permission denied",
    }
    for words in (("exec", "dev", "--", "true"), ("env", "dev"), ("add", "dev", "--stdin", "--no-verify")):
        done = run(
            *words, PASSWORD_STORE_DIR=str(path), GNUPGHOME=str(keyring), stdin=b"AKIAIOSFODNN7EXAMPLE\nx\n"
        )
        assert done.returncode == 1
        assert "bug" not in done.stderr
        if words[0] != "add" or kind != "missing":
            assert says[kind] in done.stderr, words
            assert str(path) in done.stderr
        assert len(done.stderr.splitlines()) == 2, done.stderr


@pytest.fixture
def live(store: Path, fake: FakeAWS, aws_config: Path) -> FakeAWS:
    """The keys `dev` and `other` and the role profile `ro`, each with a live session."""
    alice = fake.user("alice")
    for name in ("dev", "other"):
        key = alice.key()
        put(store, name, key.id, key.secret)
    role = fake.role("ro", trust=[alice.arn])
    aws_config.write_text(
        f"[profile dev]\n[profile other]\n[profile ro]\nsource_profile = dev\nrole_arn = {role.arn}\n"
    )
    for name in ("dev", "ro", "other"):
        assert run("env", name).returncode == 0
    fake.clear_calls()
    return fake


def sessions() -> list[str]:
    return run("list", "--sessions").stdout.split()


def files(home: Path) -> set[str]:
    return {str(path) for path in home.glob(".cache/pass-aws/**/*.gpg")}


@pytest.mark.usefixtures("live")
def test_live_sessions_are_listed(no_gpg: Path) -> None:
    """Live sessions are shown with their time left, read only from file names."""
    assert sessions() == ["dev", "other", "ro"]
    rows = {row["profile"]: row for row in json.loads(run("list", "--json").stdout)}
    assert 3000 < rows["ro"]["sessions"][0]["seconds_left"] <= 3600
    assert re.search(r"\b(5\dm|1h00m)\b", run("list").stdout)
    assert not no_gpg.exists()


def test_clear_one_profile(live: FakeAWS, home: Path) -> None:
    """`clear PROFILE` deletes its sessions and no others."""
    before = files(home)
    done = run("clear", "ro")
    assert "deleted 1 session" in done.stderr
    assert sessions() == ["dev", "other"]
    assert files(home) < before
    assert run("env", "ro").returncode == 0
    assert live.actions() == ["AssumeRole"]


def test_a_shared_session_is_listed_for_each_profile(live: FakeAWS, aws_config: Path) -> None:
    """A profile that uses another one's session is listed with it; after `clear` it gets a new one."""
    with aws_config.open("a") as file:
        file.write("[profile west]\nsource_profile = dev\nregion = us-west-2\n")
    assert run("env", "west").returncode == 0
    assert live.calls == []
    assert sessions() == ["dev", "other", "ro", "west"]
    assert "deleted 1 session" in run("clear", "west").stderr
    assert sessions() == ["other", "ro"]
    assert run("env", "west").returncode == 0
    assert live.actions() == ["GetSessionToken"]


def test_a_session_of_two_entries_is_removed_with_either(live: FakeAWS, store: Path, keyring: Path) -> None:
    """If one key is stored twice, the removal of an entry drops each session that may come from it."""
    key = entry.parse(gpg(keyring, "-d", str(store / "aws-vault" / "dev.gpg")).encode(), "dev").credentials
    put(store, "copy", key.access_key_id, key.secret_access_key)
    assert run("env", "copy").returncode == 0
    assert live.calls == []
    assert run("rm", "-f", "dev").returncode == 0
    assert sessions() == ["other"]


@pytest.mark.usefixtures("live")
def test_clear_all(home: Path) -> None:
    """After `clear` the cache contains nothing encrypted."""
    assert "deleted 3 sessions" in run("clear").stderr
    assert sessions() == []
    assert files(home) == set()


@pytest.mark.usefixtures("live")
def test_clear_without_a_store(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing store does not keep `clear` from deleting the cache; it is said if nothing was deleted."""
    monkeypatch.setenv("PASSWORD_STORE_DIR", "/proc/nonexistent/store")
    assert run("clear").stderr == "deleted 3 sessions; at AWS they stay valid until they expire\n"
    assert files(home) == set()
    done = run("clear")
    assert (done.returncode, done.stderr.splitlines()[0][:18]) == (0, "deleted 0 sessions")
    assert "there is no password store at /proc/nonexistent/store" in done.stderr


def test_the_devices_without_a_store(aws_config: Path) -> None:
    """`mfa list` shows the devices of the config file, and says why it found no seed."""
    aws_config.write_text("[profile dev]\nmfa_serial = arn:aws:iam::111111111111:mfa/alice\n")
    done = run("mfa", "list")
    assert (done.returncode, done.stdout.splitlines()[1].split()[-1]) == (0, "prompt")
    assert "there is no password store at /proc/nonexistent/store" in done.stderr


@pytest.mark.usefixtures("live")
def test_clear_a_profile_that_only_has_a_session(aws_config: Path) -> None:
    """A profile that is no longer in the file is listed with its session, and can be cleared."""
    aws_config.write_text("[profile dev]\n")
    assert run("list", "--sessions").stdout.split()[-1] == "ro"
    assert "deleted 1 session" in run("clear", "ro").stderr
    assert run("clear", "ro").returncode == 1


@pytest.mark.usefixtures("live")
def test_clear_an_unknown_profile() -> None:
    """A mistyped name is an error."""
    done = run("clear", "oher")
    assert done.returncode == 1
    assert "did you mean other" in done.stderr


def test_remove_drops_the_sessions_of_the_key(live: FakeAWS, store: Path) -> None:
    """`remove` removes the entry and its sessions, and keeps other keys.

    It says that the key still exists at AWS.
    """
    done = run("rm", "-f", "dev")
    assert done.returncode == 0, done.stderr
    assert "it still exists at AWS" in done.stderr
    assert not (store / "aws-vault" / "dev.gpg").exists()
    assert sessions() == ["other"]
    again = run("env", "ro")
    assert again.returncode == 1
    assert "no credentials for profile dev" in again.stderr
    assert live.calls == []


@pytest.mark.usefixtures("live")
def test_remove_needs_a_confirmation(store: Path) -> None:
    """Without a terminal and without -f nothing is removed: exit 4, and the hint names the way."""
    done = run("remove", "dev")
    assert done.returncode == 4
    assert "-f" in done.stderr
    assert (store / "aws-vault" / "dev.gpg").exists()


@pytest.mark.usefixtures("live")
def test_remove_sessions_only(store: Path) -> None:
    """--sessions-only keeps the key."""
    assert run("remove", "-s", "dev").returncode == 0
    assert (store / "aws-vault" / "dev.gpg").exists()
    assert sessions() == ["other"]


@pytest.mark.usefixtures("store")
def test_remove_a_key_that_is_not_stored(aws_config: Path) -> None:
    """Removing a key that is not stored is an error; the sessions of a role have another command."""
    done = run("remove", "-f", "nothing")
    assert done.returncode == 1
    assert "no key is stored for profile nothing" in done.stderr
    aws_config.write_text("[profile ro]\nrole_arn = arn:aws:iam::123456789012:role/r\nsource_profile = dev\n")
    done = run("remove", "-s", "ro")
    assert (done.returncode, done.stderr.splitlines()[1]) == (1, "pass aws: hint: run pass aws clear ro")


@pytest.mark.parametrize(
    "words",
    [
        "audit", "audit dev", "show dev", "remove dev", "move dev x", "move --repair dev", "mfa list",
        "clear dev", "clear --aws-vault", "each x* -- true", "each dev -- true",
    ],
)  # fmt: skip
def test_a_missing_store_is_said(words: str) -> None:
    """A key is not what is missing: PASSWORD_STORE_DIR may be, in cron or an IDE."""
    done = run(*words.split())
    assert (done.returncode, done.stdout) == (1, "")
    assert "there is no password store at /proc/nonexistent/store" in done.stderr
    assert "set PASSWORD_STORE_DIR; else run pass aws doctor" in done.stderr


@pytest.fixture
def aws_vault_git_store(aws_vault_store: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """aws-vault's store as a git repository."""
    git_init(monkeypatch)
    return aws_vault_store


def git(store: Path, *args: str) -> str:
    return subprocess.run(["git", "-C", store, *args], capture_output=True, text=True, check=True).stdout


def test_clear_aws_vault(aws_vault_git_store: Path) -> None:
    """`clear --aws-vault` removes its sessions and tokens in one commit, and no key."""
    aws_vault_store = aws_vault_git_store
    before = commits(aws_vault_store)
    done = run("clear", "--aws-vault")
    assert done.returncode == 0, done.stderr
    assert "removed 8 sessions" in done.stderr
    assert commits(aws_vault_store) == before + 1
    assert run("list", "--credentials").stdout.split("\n")[:-1] == sorted(KEYS)
    left = list((aws_vault_store / "aws-vault").rglob("*.gpg"))
    assert len(left) == len(KEYS)
    assert not (aws_vault_store / "aws-vault" / "oidc:https:").exists(), "empty directories are removed, too"


@pytest.mark.parametrize(
    ("gone", "words"),
    [
        ("dev", ("rm", "-f", "dev")),
        ("org/team/prod", ("rm", "-f", "org/team/prod")),
        ("dev", ("mv", "dev", "new")),
        ("session,ZGV2,,1572281751", ("clear", "--aws-vault")),
    ],
)
def test_a_removal_that_was_killed_is_finished(
    aws_vault_git_store: Path, gone: str, words: tuple[str, ...]
) -> None:
    """If the file was removed but not committed, the same command commits it.

    A name without such a removal is an error.
    """
    store = aws_vault_git_store
    if words[0] == "mv":  # mv writes before it removes
        assert run("mv", "dev", "new").returncode == 0
        git(store, "reset", "-q", "--soft", "HEAD~1")
        git(store, "reset", "-q")
    else:
        (store / "aws-vault" / f"{gone}.gpg").unlink()
    assert git(store, "status", "--porcelain").startswith(" D ")
    done = run(*words)
    assert done.returncode == 0, done.stderr
    assert git(store, "status", "--porcelain") == ""
    done = run("rm", "-f", "dev2")
    assert done.returncode == 1
    assert "no key is stored for profile dev2" in done.stderr


def test_sessions_are_dropped_although_the_commit_fails(
    git_store: Path, fake: FakeAWS, aws_config: Path
) -> None:
    """The entry has changed, so sessions of the old key must not be served."""
    alice = fake.user("alice")
    old, new, third = alice.key(), fake.user("bob").key(), fake.user("carol").key()
    put(git_store, "dev", old.id, old.secret)
    put(git_store, "third", third.id, third.secret)
    aws_config.write_text("[profile dev]\n[profile third]\n")
    hook = git_store / ".git" / "hooks" / "pre-commit"
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    given = f"{new.id}\n{new.secret}\n".encode()
    for words in (
        ("add", "dev", "--stdin", "--force"),
        ("mv", "--force", "third", "dev"),
        ("rm", "-f", "dev"),
    ):
        assert run("env", "dev").returncode == 0
        assert sessions() == ["dev"]
        done = run(*words, stdin=given)
        assert done.returncode == 1
        assert "git did not commit it" in done.stderr
        assert sessions() == [], words
        assert not [path for path in files(aws_config.parent.parent) if "/tickets/" in path], words


@pytest.mark.parametrize("words", [("rm", "-f", "dev"), ("mv", "dev", "new")], ids=" ".join)
def test_a_run_that_is_killed_after_its_commit_leaves_no_session(
    git_store: Path, fake: FakeAWS, aws_config: Path, words: tuple[str, ...]
) -> None:
    """The same command, run again, finds no key and cannot delete them: they are deleted before the change."""
    key = fake.user("alice").key()
    put(git_store, "dev", key.id, key.secret)
    aws_config.write_text("[profile dev]\n")
    assert run("env", "dev").returncode == 0
    assert sessions() == ["dev"]
    hook = git_store / ".git" / "hooks" / "post-commit"
    hook.write_text('#!/bin/sh\nread -r git name state us rest <"/proc/$PPID/stat"\nkill -9 "$us"\n')
    hook.chmod(0o755)
    assert run(*words).returncode == -signal.SIGKILL
    assert not (git_store / "aws-vault" / "dev.gpg").exists()
    assert git(git_store, "status", "--porcelain") == ""
    assert sessions() == []
    assert not [
        path for path in files(aws_config.parent.parent) if "/tickets/" in path or "/sessions/" in path
    ]


@pytest.mark.usefixtures("live")
def test_a_move_that_was_killed_between_its_steps_is_finished(store: Path, keyring: Path) -> None:
    """If both entries have the same key, the new name counts as free, and the move is finished."""
    old = store / "aws-vault" / "dev.gpg"
    before = old.read_bytes()
    assert run("mv", "dev", "new").returncode == 0
    old.write_bytes(before)
    assert run("mv", "dev", "new").returncode == 0
    assert not old.exists()
    assert inner_key(store, keyring, "new") == "new"


@pytest.mark.usefixtures("live")
@pytest.mark.parametrize("new", ["dev", "dev/", "link", "linked/dev"])
@pytest.mark.parametrize("force", [(), ("--force",)])
def test_move_onto_itself_keeps_the_key(store: Path, keyring: Path, new: str, force: tuple[str, ...]) -> None:
    """A move of an entry to the same file, under whatever other name, keeps the key."""
    (store / "aws-vault" / "link.gpg").symlink_to("dev.gpg")
    (store / "aws-vault" / "linked").symlink_to(".")
    done = run("mv", *force, "dev", new)
    assert done.returncode == 1
    assert "are the same entry" in done.stderr
    assert inner_key(store, keyring, "dev") == "dev"


def commits(store: Path) -> int:
    done = subprocess.run(
        ["git", "-C", str(store), "rev-list", "--count", "HEAD"], capture_output=True, text=True, check=True
    )
    return int(done.stdout)


def inner_key(store: Path, keyring: Path, name: str) -> str:
    text = gpg(keyring, "-d", str(store / "aws-vault" / f"{name}.gpg"))
    return str(json.loads(text)["Key"])


@pytest.mark.usefixtures("live")
def test_move(store: Path, keyring: Path) -> None:
    """`move` renames the entry and the name inside it, and deletes the sessions."""
    before = entry.parse(gpg(keyring, "-d", str(store / "aws-vault" / "dev.gpg")).encode(), "dev")
    assert run("mv", "dev", "team/dev").returncode == 0
    after = entry.parse(
        gpg(keyring, "-d", str(store / "aws-vault" / "team" / "dev.gpg")).encode(), "team/dev"
    )
    assert after.credentials == before.credentials
    assert inner_key(store, keyring, "team/dev") == "team/dev"
    assert not (store / "aws-vault" / "dev.gpg").exists()
    assert sessions() == ["other"]


@pytest.mark.usefixtures("live")
def test_move_does_not_overwrite(store: Path, keyring: Path) -> None:
    """A move to a name in use changes nothing."""
    done = run("mv", "dev", "other")
    assert done.returncode == 1
    assert "pass aws move dev other --force" in done.stderr
    assert inner_key(store, keyring, "other") == "other"
    assert sessions() == ["dev", "other", "ro"], "nothing has changed"


@pytest.mark.usefixtures("live")
def test_moved_by_pass_is_refused_until_repaired(store: Path, keyring: Path) -> None:
    """An entry renamed by pass is refused, and works after the repair that the hint names."""
    subprocess.run(["pass", "mv", "aws-vault/dev", "aws-vault/moved"], check=True, capture_output=True)
    done = run("env", "moved")
    assert done.returncode == 1
    assert "pass aws move --repair moved" in done.stderr
    assert run("move", "--repair", "moved").returncode == 4, "the repair needs a confirmation"
    assert run("move", "--repair", "moved", "-f").returncode == 0
    assert inner_key(store, keyring, "moved") == "moved"
    assert run("env", "moved").returncode == 0
