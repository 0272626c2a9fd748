"""The doctor on gpg, recipients, the store and its history: each situation is made, found, and fixed as printed."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from clinic import Clinic
from conftest import MAIN, end_gpg_home, gpg, gpg_home, new_key, put
from fakeaws import faults
from gpg_ring import PINENTRY

from pass_aws.doctor import look_gpg

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fakeaws import FakeAWS

THEN = "20200101T000000"
"""A time at which keys are made that have expired since."""


@pytest.fixture
def clinic(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Clinic:
    """The doctor, in the test's environment."""
    assert home.is_dir()
    return Clinic(tmp_path, capsys, os.environ)


@pytest.fixture
def ring(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A GNUPGHOME of the test's own, with a key of alice."""
    folder = gpg_home()
    monkeypatch.setenv("GNUPGHOME", str(folder))
    new_key(folder, "alice")
    yield folder
    end_gpg_home(folder)


def fingerprint(ring: Path, name: str) -> str:
    rows = gpg(ring, "--with-colons", "--list-keys", f"{name}@example.invalid").splitlines()
    return next(row.split(":")[9] for row in rows if row.startswith("fpr:"))


def store_for(folder: Path, ring: Path, *names: str) -> Path:
    """A store for some people, and the environment's."""
    store = folder / "store"
    store.mkdir(mode=0o700)
    (store / ".gpg-id").write_text("".join(f"{fingerprint(ring, name)}\n" for name in names))
    return store


def visit(clinic: Clinic, ring: Path, *names: str) -> Path:
    """A user with that ring, and a store for some people."""
    store = store_for(clinic.folder, ring, *names)
    clinic.env |= {"GNUPGHOME": str(ring), "PASSWORD_STORE_DIR": str(store)}
    return store


def stub(clinic: Clinic, name: str, text: str) -> None:
    """A program on the doctor's PATH and the user's."""
    (clinic.path / name).write_text(f"#!/bin/bash\n{text}\n")
    (clinic.path / name).chmod(0o755)
    clinic.env["PATH"] = f"{clinic.path}:{clinic.env['PATH']}"


# gpg.


def test_a_healthy_setup_has_no_problem(clinic: Clinic, git_store: Path) -> None:
    """Not one finding about gpg, recipients and store is more than ok."""
    put(git_store, "dev", "AKIAIOSFODNN7EXAMPLE", "s" * 40)
    clinic.env |= {**os.environ, "GPG_TTY": "/dev/tty"}  # which counts only where there is a terminal
    subjects = {"gpg", "recipients", "store"}
    found = [one for one in clinic.look() if one["subject"] in subjects]
    assert [one for one in found if one["status"] != "ok"] == []
    assert {one["subject"] for one in found} == subjects


def test_no_gpg(clinic: Clinic) -> None:
    """The package manager that is there is asked for the package that it has."""
    (clinic.path / "gpg").unlink()
    for name in ("sudo", "apt-get"):
        text = (
            '"$@"'
            if name == "sudo"
            else f'[[ "$*" == "install gnupg" ]] && ln -s /usr/bin/gpg {clinic.path}/gpg'
        )
        stub(clinic, name, text)
    clinic.fixes("gpg-version", "fail")


def test_an_old_gpg(clinic: Clinic) -> None:
    """What it lacks would look like a broken store."""
    (clinic.path / "gpg").unlink()
    stub(clinic, "gpg", 'case "$*" in *--version*) echo "gpg (GnuPG) 2.0.30" ;; esac')
    assert clinic.wrong("gpg-version")[0]["why"] == "pass aws needs 2.2 or newer"


def test_an_agent_that_may_not_be_started(clinic: Clinic, ring: Path) -> None:
    """As with a forwarded agent whose connection is gone."""
    visit(clinic, ring, "alice")
    (ring / "gpg.conf").write_text("no-autostart\n")
    subprocess.run(["gpgconf", "--kill", "all"], env=clinic.env, check=True)
    clinic.fixes("gpg-agent", "fail")


def test_an_agent_that_does_not_answer(clinic: Clinic, ring: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody listens and says nothing: gpg would wait without end, the doctor does not."""
    visit(clinic, ring, "alice")
    subprocess.run(["gpgconf", "--kill", "all"], env=clinic.env, check=True)
    asked = ["gpgconf", "--list-dirs", "agent-socket"]
    place = subprocess.run(asked, env=clinic.env, check=True, capture_output=True, text=True).stdout.strip()
    Path(place).unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as mute:
        mute.bind(place)
        mute.listen()
        with monkeypatch.context() as hurried:
            hurried.setattr(look_gpg, "OF_AGENT", 1.0)
            found = clinic.wrong("gpg-agent")[0]
        clinic.type(found["fix"])
        assert clinic.wrong("gpg-agent") == []


@pytest.mark.skipif(
    Path(f"/run/user/{os.geteuid()}").exists(), reason="the socket is there, where paths are short"
)
def test_an_agent_without_room_for_its_socket(clinic: Clinic) -> None:
    """The path of a socket has 107 bytes; gpg itself only says that it failed to start the agent."""
    deep = clinic.folder / ("d" * 100)
    deep.mkdir(mode=0o700)
    clinic.env["GNUPGHOME"] = str(deep)
    found = clinic.wrong("gpg-agent")[0]
    assert str(deep) in found["found"]
    assert f"/run/user/{os.geteuid()}" in found["fix"]


def test_a_directory_of_gpg_that_is_open(clinic: Clinic, ring: Path) -> None:
    """The agent's keys are in it."""
    visit(clinic, ring, "alice")
    ring.chmod(0o755)
    clinic.fixes("gpg-home", "warn")


def test_a_pinentry_that_is_gone(clinic: Clinic, ring: Path) -> None:
    """gpg-agent.conf still names it; every other line of the file stays."""
    visit(clinic, ring, "alice")
    (ring / "gpg-agent.conf").write_text("max-cache-ttl 60\npinentry-program /nowhere/pinentry\n")
    clinic.fixes("pinentry", "fail")
    assert (ring / "gpg-agent.conf").read_text() == "max-cache-ttl 60\n"


@pytest.mark.parametrize("value", ["", "export GPG_TTY='not a tty';", "export GPG_TTY=/dev/pts/gone;"])
def test_a_terminal_that_pinentry_does_not_know(clinic: Clinic, ring: Path, value: str) -> None:
    """On a real terminal: what is printed is typed there, and then nothing is found."""
    visit(clinic, ring, "alice")
    pinentry = clinic.folder / "pinentry-curses"
    pinentry.write_text(PINENTRY)
    pinentry.chmod(0o755)
    (ring / "gpg-agent.conf").write_text(f"pinentry-program {pinentry}\n")
    look = f"{sys.executable} -I -S {MAIN} doctor --json"
    pick = "import json,sys; print(next(x for x in json.load(sys.stdin) if x['check'] == 'gpg-tty')[sys.argv[1]])"
    (clinic.folder / "pick.py").write_text(pick)
    pick = f"{sys.executable} {clinic.folder}/pick.py"
    typed = f'{value} eval "$({look} | {pick} fix)"; {look} | {pick} status >{clinic.folder}/status'
    (clinic.folder / "typed").write_text(f"{typed}\n")
    env = {**clinic.env, "PATH": f"{clinic.path}:{clinic.env['PATH']}"}
    words = ["script", "-qec", f"bash {clinic.folder}/typed", "/dev/null"]
    subprocess.run(words, env=env, stdin=subprocess.DEVNULL, capture_output=True, check=True, timeout=120)
    assert (clinic.folder / "status").read_text() == "ok\n"


# Recipients.


def test_a_store_for_others(clinic: Clinic, ring: Path) -> None:
    """None of the keys here can read it."""
    new_key(ring, "bob")
    store = visit(clinic, ring, "bob")
    gpg(ring, "--yes", "--delete-secret-keys", fingerprint(ring, "bob"))
    assert str(store) in clinic.fixes("secret-key", "fail")
    assert fingerprint(ring, "alice") in (store / ".gpg-id").read_text()


def test_every_set_of_recipients_is_looked_at(clinic: Clinic, ring: Path) -> None:
    """A directory of ours with a `.gpg-id` of its own is one more."""
    new_key(ring, "bob")
    store = visit(clinic, ring, "alice")
    (store / "aws-vault" / "team").mkdir(parents=True)
    (store / "aws-vault" / "team" / ".gpg-id").write_text(f"{fingerprint(ring, 'bob')}\n")
    (store / "aws-vault" / "team" / "dev.gpg").write_bytes(b"")
    gpg(ring, "--yes", "--delete-secret-keys", fingerprint(ring, "bob"))
    found = clinic.wrong("secret-key")
    assert [one["found"] for one in found] == [f"{store}/aws-vault/team/.gpg-id names none of your keys"]
    assert " -p aws-vault/team " in found[0]["fix"]


def test_no_secret_key_at_all(clinic: Clinic, ring: Path) -> None:
    """A store that was cloned before the key was brought: it is never offered to give the store another key."""
    visit(clinic, ring, "alice")
    clinic.env["GNUPGHOME"] = str(clinic.folder)
    (clinic.folder / "pubring.kbx").write_bytes((ring / "pubring.kbx").read_bytes())
    found = clinic.wrong("secret-key")[0]
    assert "is on this machine" in found["found"]
    assert found["fix"] == "gpg --import"


def expired(ring: Path, name: str) -> str:
    """A key that has expired, with its subkey."""
    open_ = ("--pinentry-mode", "loopback", "--passphrase", "", "--faked-system-time", THEN)
    gpg(
        ring, *open_, "--quick-generate-key", f"{name} <{name}@example.invalid>", "ed25519", "sign,cert", "1y"
    )
    key = fingerprint(ring, name)
    gpg(ring, *open_, "--quick-add-key", key, "cv25519", "encr", "1y")
    return key


def test_an_expired_key_of_ours(clinic: Clinic, ring: Path) -> None:
    """It still reads, but nothing can be written; key and subkey are renewed by one line."""
    expired(ring, "carol")
    visit(clinic, ring, "carol")
    assert "has expired" in clinic.fixes("recipient", "fail")


def test_a_key_that_expires_soon(clinic: Clinic, ring: Path) -> None:
    """Ten days before, while everything still works."""
    key = fingerprint(ring, "alice")
    gpg(ring, "--quick-set-expire", key, "10d")
    visit(clinic, ring, "alice")
    assert "expires in " in clinic.fixes("recipient", "warn")


def test_a_revoked_recipient(clinic: Clinic, ring: Path) -> None:
    """Who is left can go on without."""
    new_key(ring, "bob")
    key = fingerprint(ring, "bob")
    revocation = ring / "openpgp-revocs.d" / f"{key}.rev"
    text = revocation.read_text().replace(":-----BEGIN", "-----BEGIN")
    gpg(ring, "--import", stdin=text.encode())
    store = visit(clinic, ring, "alice", "bob")
    assert "is revoked" in clinic.fixes("recipient", "fail")
    assert (store / ".gpg-id").read_text() == f"{fingerprint(ring, 'alice')}\n"


def test_a_recipient_that_is_not_trusted(clinic: Clinic, ring: Path) -> None:
    """Ours gets trust; another's is signed."""
    new_key(ring, "bob")
    for name in ("alice", "bob"):
        gpg(ring, "--import-ownertrust", stdin=f"{fingerprint(ring, name)}:2:\n".encode())
    gpg(ring, "--yes", "--delete-secret-keys", fingerprint(ring, "bob"))
    visit(clinic, ring, "alice", "bob")
    found = {one["found"].split()[-4]: one for one in clinic.wrong("recipient")}
    assert set(found) == {fingerprint(ring, "alice"), fingerprint(ring, "bob")}
    for name in ("alice", "bob"):
        clinic.type(found[fingerprint(ring, name)]["fix"])
    assert clinic.wrong("recipient") == []


def test_a_recipient_without_a_key_here(clinic: Clinic, ring: Path) -> None:
    """Where to get it from only the user knows."""
    store = visit(clinic, ring, "alice")
    (store / ".gpg-id").write_text(f"{fingerprint(ring, 'alice')}\n{'A' * 40}\nnobody@example.invalid\n")
    assert [one["fix"] for one in clinic.wrong("recipient")] == [
        f"gpg --recv-keys {'A' * 40}",
        "gpg --locate-external-keys nobody@example.invalid",
    ]


def test_a_disabled_recipient(clinic: Clinic, ring: Path) -> None:
    """Somebody has switched the key off."""
    visit(clinic, ring, "alice")
    gpg(ring, "--command-fd", "0", "--edit-key", fingerprint(ring, "alice"), stdin=b"disable\nquit\n")
    assert "is disabled" in clinic.fixes("recipient", "fail")


def test_a_key_that_only_signs(clinic: Clinic, ring: Path) -> None:
    """It lacks a subkey to encrypt to."""
    open_ = ("--pinentry-mode", "loopback", "--passphrase", "")
    gpg(ring, *open_, "--quick-generate-key", "dave <dave@example.invalid>", "ed25519", "sign,cert", "never")
    visit(clinic, ring, "dave")
    (ring / "gpg.conf").write_text("pinentry-mode loopback\npassphrase sesame\n")
    assert "has no subkey" in clinic.fixes("recipient", "fail")


def test_recipients_behind_a_group(clinic: Clinic, ring: Path) -> None:
    """gpg.conf may name several by one word, as pass takes it."""
    store = visit(clinic, ring, "alice")
    (ring / "gpg.conf").write_text(f"group team = {fingerprint(ring, 'alice')}\n")
    (store / ".gpg-id").write_text("team\n")
    assert [one for one in clinic.look() if one["subject"] == "recipients" and one["status"] != "ok"] == []


def test_a_gpg_id_without_its_signature(clinic: Clinic, ring: Path) -> None:
    """pass signs it when it is told the recipients once more."""
    visit(clinic, ring, "alice")
    clinic.env["PASSWORD_STORE_SIGNING_KEY"] = fingerprint(ring, "alice")
    clinic.fixes("signature", "fail")


def test_a_gpg_id_that_was_changed(clinic: Clinic, ring: Path) -> None:
    """It is never offered to sign what somebody else has written: the user is shown what changed."""
    store = visit(clinic, ring, "alice")
    clinic.env["PASSWORD_STORE_SIGNING_KEY"] = fingerprint(ring, "alice")
    clinic.type(clinic.wrong("signature")[0]["fix"])
    (store / ".gpg-id").write_text(f"{fingerprint(ring, 'alice')}\n{'A' * 40}\n")
    found = clinic.wrong("signature")[0]
    assert found["fix"] == f"cat -- {store}/.gpg-id"


def test_a_signing_key_that_pass_never_takes(clinic: Clinic, ring: Path) -> None:
    """Lower case, or an e-mail address."""
    visit(clinic, ring, "alice")
    clinic.env["PASSWORD_STORE_SIGNING_KEY"] = "alice@example.invalid"
    found = [one for one in clinic.wrong("signature") if "fingerprint" in one["found"]]
    clinic.type(found[0]["fix"])
    assert clinic.env["PASSWORD_STORE_SIGNING_KEY"] == fingerprint(ring, "alice")


def test_a_cache_key_of_nobody(clinic: Clinic, ring: Path) -> None:
    """Sessions would not be cached."""
    visit(clinic, ring, "alice")
    clinic.env["PASS_AWS_CACHE_KEY"] = "nobody@example.invalid"
    clinic.fixes("cache-key", "warn")
    clinic.env["PASS_AWS_CACHE_KEY"] = fingerprint(ring, "alice")
    assert clinic.wrong("cache-key") == []


# The store.


def test_no_store(clinic: Clinic, ring: Path) -> None:
    """There is a key, so the store can be made for it."""
    clinic.env |= {"GNUPGHOME": str(ring), "PASSWORD_STORE_DIR": str(clinic.folder / "new")}
    clinic.fixes("store", "fail")


def test_neither_store_nor_key(clinic: Clinic) -> None:
    """Two commands, the first of which asks for a passphrase; then all is well with gpg and store."""
    ring = gpg_home()
    try:
        (clinic.folder / "mode").write_text("right")
        pinentry = clinic.folder / "pinentry"
        pinentry.write_text(PINENTRY.format(mode=clinic.folder / "mode"))
        pinentry.chmod(0o755)
        (ring / "gpg-agent.conf").write_text(f"pinentry-program {pinentry}\ns2k-count 65536\n")
        clinic.env |= {"GNUPGHOME": str(ring), "PASSWORD_STORE_DIR": str(clinic.folder / "new")}
        clinic.fixes("store", "fail")
        assert [
            one for one in clinic.look() if one["subject"] == "recipients" and one["status"] != "ok"
        ] == []
    finally:
        end_gpg_home(ring)


@pytest.mark.parametrize(("mode", "status"), [(0o702, "fail"), (0o720, "warn")])
@pytest.mark.parametrize("place", ["", ".gpg-id", "aws-vault", "aws-vault/dev.gpg"])
def test_a_store_that_others_can_write(
    clinic: Clinic, store: Path, place: str, mode: int, status: str
) -> None:
    """By everybody it is a failure, by a group a warning."""
    put(store, "dev", "AKIAIOSFODNN7EXAMPLE", "s" * 40)
    clinic.env |= os.environ
    path = store / place
    path.chmod(mode if path.is_dir() else mode & 0o666)
    assert str(path) in clinic.fixes("store-permissions", status)


@pytest.mark.root
def test_a_store_of_somebody_else(clinic: Clinic, store: Path) -> None:
    """As after a `sudo pass`."""
    put(store, "dev", "AKIAIOSFODNN7EXAMPLE", "s" * 40)
    clinic.env |= os.environ
    os.chown(store / "aws-vault", 12345, 12345)
    clinic.fixes("store-permissions", "fail")


@pytest.mark.parametrize("name", [".cache/pass-aws", ".local/state/pass-aws", ".local/state/pass-aws/seal"])
def test_a_cache_that_is_open(clinic: Clinic, store: Path, home: Path, name: str) -> None:
    """Sessions would not be kept in it."""
    clinic.env |= os.environ
    path = home / name
    path.parent.mkdir(parents=True, mode=0o700, exist_ok=True)
    if path.name == "seal":
        path.write_text("x")
    else:
        path.mkdir()
    path.parent.chmod(0o700)
    path.chmod(0o755)
    assert store.is_dir()
    assert str(path) in clinic.fixes("cache-permissions", "warn")


def conflict(store: Path, verb: str) -> None:
    """Two changes of one entry meet."""
    git = ["git", "-C", str(store)]
    subprocess.run([*git, "checkout", "-q", "-b", "other"], check=True)
    put(store, "dev", "AKIAIOSFODNN7EXAMPLE", "s" * 40)
    subprocess.run([*git, "checkout", "-q", "-"], check=True)
    put(store, "dev", "AKIAIOSFODNN7EXAMPL2", "t" * 40)
    subprocess.run([*git, verb, "other"], check=False, capture_output=True)


@pytest.mark.parametrize("verb", ["merge", "rebase", "cherry-pick"])
def test_a_conflict(clinic: Clinic, git_store: Path, verb: str) -> None:
    """It is taken back, which loses nothing."""
    clinic.env |= os.environ
    conflict(git_store, verb)
    assert clinic.fixes("git", "fail").startswith(f"a {verb} is unfinished in {git_store}, 1 in conflict")


def test_entries_that_are_not_committed(clinic: Clinic, git_store: Path) -> None:
    """A new one, a removed one, and no other file of the user's."""
    clinic.env |= os.environ
    put(git_store, "old", "AKIAIOSFODNN7EXAMPLE", "s" * 40)
    (git_store / "aws-vault" / "it's new.gpg").write_bytes((git_store / "aws-vault" / "old.gpg").read_bytes())
    (git_store / "aws-vault" / "old.gpg").unlink()
    (git_store / "notes").write_text("not ours")
    clinic.fixes("git", "warn")
    left = subprocess.run(
        ["git", "-C", str(git_store), "status", "--porcelain"], check=True, capture_output=True
    )
    assert left.stdout == b"?? notes\n"


def test_many_entries_that_are_not_committed(clinic: Clinic, git_store: Path) -> None:
    """The directory is named instead."""
    clinic.env |= os.environ
    put(git_store, "one", "AKIAIOSFODNN7EXAMPLE", "s" * 40)
    for number in range(30):
        (git_store / "aws-vault" / f"{number}.gpg").write_bytes(
            (git_store / "aws-vault" / "one.gpg").read_bytes()
        )
    assert len(clinic.wrong("git")[0]["fix"]) < 200
    clinic.fixes("git", "warn")


def test_a_lock_that_nobody_holds(clinic: Clinic, git_store: Path) -> None:
    """Left by a git that was killed yesterday."""
    clinic.env |= os.environ
    lock = git_store / ".git" / "index.lock"
    lock.write_text("")
    assert clinic.wrong("git") == []
    os.utime(lock, (1_700_000_000, 1_700_000_000))
    clinic.fixes("git", "warn")


def test_a_git_that_does_not_know_who_commits(clinic: Clinic, git_store: Path) -> None:
    """pass would store the entry, and leave it uncommitted without a word."""
    clinic.env |= {
        name: value for name, value in os.environ.items() if not name.startswith(("GIT_AUTHOR", "GIT_COMM"))
    }
    clinic.env = {
        name: value for name, value in clinic.env.items() if not name.startswith(("GIT_AUTHOR", "GIT_COMM"))
    }
    subprocess.run(["git", "-C", str(git_store), "config", "user.useConfigOnly", "true"], check=True)
    clinic.fixes("git", "fail")


def test_no_git_for_a_store_that_needs_it(clinic: Clinic, git_store: Path) -> None:
    """Nothing would be committed."""
    clinic.env |= os.environ
    assert git_store.is_dir()
    (clinic.path / "git").unlink()
    assert "there is no git" in clinic.wrong("git")[0]["found"]


def test_a_repository_inside_the_store(clinic: Clinic, git_store: Path) -> None:
    """The innermost one gets the commit, and is looked at."""
    clinic.env |= os.environ
    put(git_store, "team/dev", "AKIAIOSFODNN7EXAMPLE", "s" * 40)
    inner = git_store / "aws-vault" / "team"
    subprocess.run(["git", "init", "-q", str(inner)], check=True)
    (git_store / ".git" / "info" / "exclude").write_text("aws-vault/team\n")
    assert str(inner) in clinic.fixes("git", "warn")


# What was begun.


def test_an_unfinished_rotation(clinic: Clinic, store: Path, fake: FakeAWS) -> None:
    """What `rotate --resume` finishes; it stands in the entry, which opens without a question."""
    key = fake.user("carol").key()
    put(store, "dev", key.id, key.secret)
    clinic.env |= os.environ
    subprocess.run(["gpg-connect-agent", "/bye"], env=clinic.env, check=True, capture_output=True)
    fake.fault("DeleteAccessKey", faults.error("ServiceFailure", "no", 500), times=99)
    fake.fault("UpdateAccessKey", faults.error("ServiceFailure", "no", 500), times=99)
    words = [sys.executable, "-I", "-S", str(MAIN), "rotate", "dev"]
    subprocess.run(words, env=clinic.env, check=False, capture_output=True, start_new_session=True)
    fake.clear_faults()
    clinic.fixes("entries", "warn")
    assert len(key.user.keys) == 1


def test_a_rotation_that_only_git_tells_of(clinic: Clinic, git_store: Path) -> None:
    """Where the key is locked, or no agent runs, the last commit is believed."""
    clinic.env |= os.environ
    put(git_store, "dev", "AKIAIOSFODNN7EXAMPLE", "s" * 40)
    git = ["git", "-C", str(git_store), "commit", "-q", "--amend", "-m"]
    subprocess.run([*git, "Begin rotation of aws-vault/dev."], check=True)
    clinic.env["GNUPGHOME"] = str(clinic.folder)  # where no agent runs
    assert [one["fix"] for one in clinic.wrong("entries")] == ["pass aws rotate dev --resume"]
    subprocess.run([*git, "Finish rotation of aws-vault/dev."], check=True)
    assert clinic.wrong("entries") == []


def test_an_entry_that_was_moved_by_other_means(clinic: Clinic, store: Path) -> None:
    """`pass mv` does not change the name inside."""
    put(store, "old", "AKIAIOSFODNN7EXAMPLE", "s" * 40)
    (store / "aws-vault" / "old.gpg").rename(store / "aws-vault" / "new.gpg")
    clinic.env |= os.environ
    subprocess.run(["gpg-connect-agent", "/bye"], env=clinic.env, check=True, capture_output=True)
    found = clinic.wrong("entries")[0]
    assert (found["found"], found["fix"]) == (
        "the entry new was written for old",
        "pass aws move --repair new",
    )
    clinic.type(f"{found['fix']} --force")  # in a terminal it asks
    assert clinic.wrong("entries") == []


def test_a_locked_key_is_not_asked_for(clinic: Clinic) -> None:
    """No pinentry, however much could be learned by one."""
    ring = gpg_home()
    try:
        (ring / "gpg-agent.conf").write_text("s2k-count 65536\n")
        new_key(ring, "alice", passphrase="sesame")
        store = visit(clinic, ring, "alice")
        (store / "aws-vault").mkdir()
        gpg(ring, "-r", "alice@example.invalid", "-o", f"{store}/aws-vault/dev.gpg", "-e", stdin=b"{}")
        (clinic.folder / "mode").write_text("note")
        pinentry = clinic.folder / "pinentry"
        pinentry.write_text(PINENTRY.format(mode=clinic.folder / "mode"))
        pinentry.chmod(0o755)
        (ring / "gpg-agent.conf").write_text(f"pinentry-program {pinentry}\n")
        subprocess.run(["gpgconf", "--kill", "gpg-agent"], env=clinic.env, check=True)
        subprocess.run(["gpg-connect-agent", "/bye"], env=clinic.env, check=True, capture_output=True)
        assert clinic.wrong("entries", "dev") == []
        assert not (clinic.folder / "mode.asked").exists()
    finally:
        end_gpg_home(ring)
