"""The doctor on gpg, recipients, the store and its history: each problem is found and fixed."""

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
from stores import write

from pass_aws.doctor import collect_gpg

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
    """A GNUPGHOME for this test, with a key of alice."""
    folder = gpg_home()
    monkeypatch.setenv("GNUPGHOME", str(folder))
    new_key(folder, "alice")
    yield folder
    end_gpg_home(folder)


def fingerprint(ring: Path, name: str) -> str:
    rows = gpg(ring, "--with-colons", "--list-keys", f"{name}@example.invalid").splitlines()
    return next(row.split(":")[9] for row in rows if row.startswith("fpr:"))


def store_for(folder: Path, ring: Path, *names: str) -> Path:
    """A store with these recipients, and the environment for it."""
    store = folder / "store"
    store.mkdir(mode=0o700)
    (store / ".gpg-id").write_text("".join(f"{fingerprint(ring, name)}\n" for name in names))
    return store


def visit(clinic: Clinic, ring: Path, *names: str) -> Path:
    """Runs the doctor for a user with this keyring and a store for these recipients."""
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
    """No finding about gpg, recipients and store is worse than ok."""
    put(git_store, "dev", "AKIAIOSFODNN7EXAMPLE", "s" * 40)
    clinic.env |= {**os.environ, "GPG_TTY": "/dev/tty"}  # checked only if there is a terminal
    subjects = {"gpg", "recipients", "store"}
    found = [one for one in clinic.look() if one["subject"] in subjects]
    assert [one for one in found if one["status"] != "ok"] == []
    assert {one["subject"] for one in found} == subjects


def test_no_gpg(clinic: Clinic) -> None:
    """The fix installs gpg with the system's package manager, under that system's package name."""
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
    """An old gpg is reported, since its missing features would look like a broken store."""
    (clinic.path / "gpg").unlink()
    stub(clinic, "gpg", 'case "$*" in *--version*) echo "gpg (GnuPG) 2.0.30" ;; esac')
    assert clinic.wrong("gpg-version")[0]["why"] == "pass aws needs 2.2 or newer"


def test_an_agent_that_cannot_be_started(clinic: Clinic, ring: Path) -> None:
    """A forwarded agent whose connection is gone cannot be started, and the doctor reports it."""
    visit(clinic, ring, "alice")
    (ring / "gpg.conf").write_text("no-autostart\n")
    subprocess.run(["gpgconf", "--kill", "all"], env=clinic.env, check=True)
    clinic.fixes("gpg-agent", "fail")


BOXED_GPG = """
case " $* " in *" --list-"*)
    if [[ ! -e {folder}/runs ]]; then
        [[ " $* " == *" --no-autostart "* ]] || touch {folder}/started
        echo "gpg: no keyboxd running in this session" >&2
        exit 2
    fi
esac
exec {gpg} "$@"
"""


def test_a_keyboxd_that_does_not_run(clinic: Clinic, ring: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The doctor does not start it, and checks no recipient; with the fix it does. The gpg is a stand-in."""
    visit(clinic, ring, "alice")
    monkeypatch.setattr(collect_gpg, "SYSTEM", str(clinic.folder))  # which the real gpg does not read
    (clinic.folder / "common.conf").write_text("use-keyboxd\n")
    runs, real = clinic.folder / "runs", {name: clinic.path / name for name in ("gpg", "gpgconf")}
    programs = {name: link.readlink() for name, link in real.items()}
    for link in real.values():
        link.unlink()
    stub(clinic, "gpg", BOXED_GPG.format(folder=clinic.folder, gpg=programs["gpg"]))
    launch = f'[[ "$*" == "--launch keyboxd" ]] && exec touch {runs}\nexec {programs["gpgconf"]} "$@"'
    stub(clinic, "gpgconf", launch)
    assert [one for one in clinic.look() if one["subject"] == "recipients"] == []
    clinic.fixes("keyboxd", "warn")
    assert {one["status"] for one in clinic.look() if one["subject"] == "recipients"} == {"ok"}
    assert not (clinic.folder / "started").exists()


def keyboxd() -> Path:
    """The program, which gpg 2.4 brings; its place in older versions has nothing."""
    ask = ["gpgconf", "--list-dirs", "libexecdir"]
    return Path(subprocess.run(ask, check=True, capture_output=True, text=True).stdout.strip(), "keyboxd")


def running(clinic: Clinic) -> bytes:
    """What agent and keyboxd answer, if they run."""
    ask = ["gpg-connect-agent", "--no-autostart"]
    words = ([*ask, *more, "GETINFO pid", "/bye"] for more in ((), ("--keyboxd",)))
    return b"".join(
        subprocess.run(one, env=clinic.env, check=False, capture_output=True).stdout for one in words
    )


@pytest.mark.skipif(not keyboxd().exists(), reason="gpg 2.4 brings keyboxd")
def test_a_real_keyboxd(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    """Entries are written and read as with other keyrings; the doctor starts neither keyboxd nor an agent."""
    ring = gpg_home()
    try:
        (ring / "common.conf").write_text("use-keyboxd\n")
        new_key(ring, "alice")
        store = visit(clinic, ring, "alice")
        monkeypatch.setenv("GNUPGHOME", str(ring))
        monkeypatch.setenv("PASSWORD_STORE_DIR", str(store))
        subprocess.run(["gpgconf", "--kill", "all"], env=clinic.env, check=True)
        assert write("dev", b"text").read("dev") == b"text"
        subprocess.run(["gpgconf", "--kill", "all"], env=clinic.env, check=True)
        while running(clinic):
            pass  # they end when their clients are gone
        before = set(ring.rglob("*"))  # some of it the ended programs may still remove
        assert [one["status"] for one in clinic.wrong("keyboxd")] == ["warn"]
        assert running(clinic) == b""
        assert set(ring.rglob("*")) <= before
        clinic.fixes("keyboxd", "warn")
        assert {one["status"] for one in clinic.look() if one["subject"] == "recipients"} == {"ok"}
    finally:
        end_gpg_home(ring)


def test_an_agent_that_does_not_answer(clinic: Clinic, ring: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """gpg waits forever for an agent that never answers; the doctor does not."""
    visit(clinic, ring, "alice")
    subprocess.run(["gpgconf", "--kill", "all"], env=clinic.env, check=True)
    asked = ["gpgconf", "--list-dirs", "agent-socket"]
    place = subprocess.run(asked, env=clinic.env, check=True, capture_output=True, text=True).stdout.strip()
    Path(place).unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as mute:
        mute.bind(place)
        mute.listen()
        with monkeypatch.context() as hurried:
            hurried.setattr(collect_gpg, "OF_AGENT", 1.0)  # instead of ten seconds
            found = clinic.wrong("gpg-agent")[0]
        clinic.type(found["fix"])
        assert clinic.wrong("gpg-agent") == []


@pytest.mark.skipif(
    Path(f"/run/user/{os.geteuid()}").exists(), reason="gpg puts the socket there, where paths are short"
)
def test_a_gnupghome_with_too_long_a_path(clinic: Clinic) -> None:
    """A socket's path has at most 107 bytes; gpg reports only that it failed to start the agent."""
    deep = clinic.folder / ("d" * 100)
    deep.mkdir(mode=0o700)
    clinic.env["GNUPGHOME"] = str(deep)
    found = clinic.wrong("gpg-agent")[0]
    assert str(deep) in found["found"]
    assert f"/run/user/{os.geteuid()}" in found["fix"]


def test_a_gnupghome_open_to_other_users(clinic: Clinic, ring: Path) -> None:
    """The directory contains the agent's private keys."""
    visit(clinic, ring, "alice")
    ring.chmod(0o755)
    clinic.fixes("gpg-home", "warn")


def test_a_missing_pinentry(clinic: Clinic, ring: Path) -> None:
    """gpg-agent.conf names a missing program; the fix keeps every other line of the file."""
    visit(clinic, ring, "alice")
    (ring / "gpg-agent.conf").write_text("max-cache-ttl 60\npinentry-program /nowhere/pinentry\n")
    clinic.fixes("pinentry", "fail")
    assert (ring / "gpg-agent.conf").read_text() == "max-cache-ttl 60\n"


@pytest.mark.parametrize("value", ["", "export GPG_TTY='not a tty';", "export GPG_TTY=/dev/pts/gone;"])
def test_a_wrong_gpg_tty(clinic: Clinic, ring: Path, value: str) -> None:
    """After the user types the printed fix on a terminal, the doctor finds no problem."""
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


def test_a_store_that_no_key_here_can_read(clinic: Clinic, ring: Path) -> None:
    """None of the user's secret keys is a recipient of the store."""
    new_key(ring, "bob")
    store = visit(clinic, ring, "bob")
    gpg(ring, "--yes", "--delete-secret-keys", fingerprint(ring, "bob"))
    assert str(store) in clinic.fixes("secret-key", "fail")
    assert fingerprint(ring, "alice") in (store / ".gpg-id").read_text()


def test_every_gpg_id_is_checked(clinic: Clinic, ring: Path) -> None:
    """A directory of AWS keys with its own `.gpg-id` is checked, too."""
    new_key(ring, "bob")
    store = visit(clinic, ring, "alice")
    (store / "aws-vault" / "team").mkdir(parents=True)
    (store / "aws-vault" / "team" / ".gpg-id").write_text(f"{fingerprint(ring, 'bob')}\n")
    (store / "aws-vault" / "team" / "dev.gpg").write_bytes(b"")
    gpg(ring, "--yes", "--delete-secret-keys", fingerprint(ring, "bob"))
    found = clinic.wrong("secret-key")
    assert [one["found"] for one in found] == [f"{store}/aws-vault/team/.gpg-id names none of your keys"]
    assert " -p aws-vault/team " in found[0]["fix"]


def test_a_gpg_id_of_a_directory_without_keys(clinic: Clinic, ring: Path) -> None:
    """A key that is stored there later could not be read, or not be encrypted."""
    new_key(ring, "bob")
    store = visit(clinic, ring, "alice")
    team = store / "aws-vault" / "team" / ".gpg-id"
    team.parent.mkdir(parents=True)
    team.write_text(f"{fingerprint(ring, 'bob')}\n")
    gpg(ring, "--yes", "--delete-secret-keys", fingerprint(ring, "bob"))
    assert clinic.fixes("secret-key", "warn") == f"{team} names none of your keys"
    team.write_text("nobody@example.invalid\n")
    assert [one["status"] for one in clinic.wrong("recipient")] == ["fail"]


def test_no_secret_key(clinic: Clinic, ring: Path) -> None:
    """A store that was cloned before the key was imported: no fix changes the store's recipients."""
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


def test_our_own_key_has_expired(clinic: Clinic, ring: Path) -> None:
    """The key still decrypts, but nothing can be written; one command renews key and subkey."""
    expired(ring, "carol")
    visit(clinic, ring, "carol")
    assert "has expired" in clinic.fixes("recipient", "fail")


def test_a_key_that_expires_soon(clinic: Clinic, ring: Path) -> None:
    """The key is reported ten days before, while everything still works."""
    key = fingerprint(ring, "alice")
    gpg(ring, "--quick-set-expire", key, "10d")
    visit(clinic, ring, "alice")
    assert "expires in " in clinic.fixes("recipient", "warn")


def test_a_revoked_recipient(clinic: Clinic, ring: Path) -> None:
    """The fix removes the revoked recipient, and the others continue."""
    new_key(ring, "bob")
    key = fingerprint(ring, "bob")
    revocation = ring / "openpgp-revocs.d" / f"{key}.rev"
    text = revocation.read_text().replace(":-----BEGIN", "-----BEGIN")
    gpg(ring, "--import", stdin=text.encode())
    store = visit(clinic, ring, "alice", "bob")
    assert "is revoked" in clinic.fixes("recipient", "fail")
    assert (store / ".gpg-id").read_text() == f"{fingerprint(ring, 'alice')}\n"


def test_a_recipient_that_is_not_trusted(clinic: Clinic, ring: Path) -> None:
    """The fix sets the trust of our own key, and signs another person's key."""
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


def test_a_recipient_without_a_public_key(clinic: Clinic, ring: Path) -> None:
    """Only the user knows where to get the public key."""
    store = visit(clinic, ring, "alice")
    (store / ".gpg-id").write_text(f"{fingerprint(ring, 'alice')}\n{'A' * 40}\nnobody@example.invalid\n")
    assert [one["fix"] for one in clinic.wrong("recipient")] == [
        f"gpg --recv-keys {'A' * 40}",
        "gpg --locate-external-keys nobody@example.invalid",
    ]


def test_a_disabled_recipient(clinic: Clinic, ring: Path) -> None:
    """A key that was disabled in gpg is enabled again."""
    visit(clinic, ring, "alice")
    gpg(ring, "--command-fd", "0", "--edit-key", fingerprint(ring, "alice"), stdin=b"disable\nquit\n")
    assert "is disabled" in clinic.fixes("recipient", "fail")


def test_a_recipient_without_an_encryption_subkey(clinic: Clinic, ring: Path) -> None:
    """The key lacks a subkey for encryption."""
    open_ = ("--pinentry-mode", "loopback", "--passphrase", "")
    gpg(ring, *open_, "--quick-generate-key", "dave <dave@example.invalid>", "ed25519", "sign,cert", "never")
    visit(clinic, ring, "dave")
    (ring / "gpg.conf").write_text("pinentry-mode loopback\npassphrase sesame\n")
    assert "has no subkey" in clinic.fixes("recipient", "fail")


def test_recipients_of_a_gpg_group(clinic: Clinic, ring: Path) -> None:
    """A group in gpg.conf may stand for several recipients, as in pass."""
    store = visit(clinic, ring, "alice")
    (ring / "gpg.conf").write_text(f"group team = {fingerprint(ring, 'alice')}\n")
    (store / ".gpg-id").write_text("team\n")
    assert [one for one in clinic.look() if one["subject"] == "recipients" and one["status"] != "ok"] == []


def test_an_unsigned_gpg_id(clinic: Clinic, ring: Path) -> None:
    """pass signs the file if `pass init` names the recipients again."""
    visit(clinic, ring, "alice")
    clinic.env["PASSWORD_STORE_SIGNING_KEY"] = fingerprint(ring, "alice")
    clinic.fixes("signature", "fail")


def test_a_gpg_id_with_a_bad_signature(clinic: Clinic, ring: Path) -> None:
    """The fix shows what was changed, and never signs a change by someone else."""
    store = visit(clinic, ring, "alice")
    clinic.env["PASSWORD_STORE_SIGNING_KEY"] = fingerprint(ring, "alice")
    clinic.type(clinic.wrong("signature")[0]["fix"])
    (store / ".gpg-id").write_text(f"{fingerprint(ring, 'alice')}\n{'A' * 40}\n")
    found = clinic.wrong("signature")[0]
    assert found["fix"] == f"cat -- {store}/.gpg-id"


def test_a_signing_key_in_a_form_that_pass_refuses(clinic: Clinic, ring: Path) -> None:
    """Lower case, or an e-mail address."""
    visit(clinic, ring, "alice")
    clinic.env["PASSWORD_STORE_SIGNING_KEY"] = "alice@example.invalid"
    found = [one for one in clinic.wrong("signature") if "fingerprint" in one["found"]]
    clinic.type(found[0]["fix"])
    assert clinic.env["PASSWORD_STORE_SIGNING_KEY"] == fingerprint(ring, "alice")


def test_a_cache_key_without_a_secret_key(clinic: Clinic, ring: Path) -> None:
    """Sessions would not be cached."""
    visit(clinic, ring, "alice")
    clinic.env["PASS_AWS_CACHE_KEY"] = "nobody@example.invalid"
    clinic.fixes("cache-key", "warn")
    clinic.env["PASS_AWS_CACHE_KEY"] = fingerprint(ring, "alice")
    assert clinic.wrong("cache-key") == []


# The store.


def test_no_store(clinic: Clinic, ring: Path) -> None:
    """If there is a secret key, the fix creates a store for it."""
    clinic.env |= {"GNUPGHOME": str(ring), "PASSWORD_STORE_DIR": str(clinic.folder / "new")}
    clinic.fixes("store", "fail")


def test_neither_store_nor_key(clinic: Clinic) -> None:
    """Two commands are printed, the first asks for a passphrase; then gpg and store are fine."""
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
    """Writable by everyone is a failure, writable by a group a warning."""
    put(store, "dev", "AKIAIOSFODNN7EXAMPLE", "s" * 40)
    clinic.env |= os.environ
    path = store / place
    path.chmod(mode if path.is_dir() else mode & 0o666)
    assert str(path) in clinic.fixes("store-permissions", status)


@pytest.mark.root
def test_a_store_of_another_user(clinic: Clinic, store: Path) -> None:
    """A `sudo pass` may have left a store that belongs to root."""
    put(store, "dev", "AKIAIOSFODNN7EXAMPLE", "s" * 40)
    clinic.env |= os.environ
    os.chown(store / "aws-vault", 12345, 12345)
    clinic.fixes("store-permissions", "fail")


@pytest.mark.parametrize("name", [".cache/pass-aws", ".local/state/pass-aws", ".local/state/pass-aws/seal"])
def test_a_cache_open_to_other_users(clinic: Clinic, store: Path, home: Path, name: str) -> None:
    """Sessions would not be cached there."""
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


@pytest.mark.parametrize("variable", ["XDG_CACHE_HOME", "XDG_STATE_HOME"])
@pytest.mark.parametrize("kind", ["a file above", "no permission"])
def test_a_cache_that_cannot_be_written(clinic: Clinic, home: Path, variable: str, kind: str) -> None:
    """The directory cannot be made; its variable, or one above it, is the reason."""
    (home / "there").mkdir()
    wanted = home / "there/x"
    if kind == "a file above":
        wanted.write_text("")
    elif kind == "no permission":
        if os.geteuid() == 0:
            pytest.skip("root may write everywhere")
        (home / "there").chmod(0o500)
    clinic.env |= {**os.environ, variable: str(wanted)}
    assert clinic.fixes("cache-writable", "fail").startswith("cannot write to ")


@pytest.mark.parametrize("name", [".cache", ".local/state"])
def test_a_default_cache_that_cannot_be_written(clinic: Clinic, home: Path, name: str) -> None:
    """Without the variable, the command sets it to a directory that can be made."""
    (home / name).parent.mkdir(exist_ok=True)
    (home / name).write_text("")
    clinic.env |= os.environ
    assert str(home / name) in clinic.fixes("cache-writable", "fail")


def conflict(store: Path, verb: str) -> None:
    """A git conflict: two changes of one entry."""
    git = ["git", "-C", str(store)]
    subprocess.run([*git, "checkout", "-q", "-b", "other"], check=True)
    put(store, "dev", "AKIAIOSFODNN7EXAMPLE", "s" * 40)
    subprocess.run([*git, "checkout", "-q", "-"], check=True)
    put(store, "dev", "AKIAIOSFODNN7EXAMPL2", "t" * 40)
    subprocess.run([*git, verb, "other"], check=False, capture_output=True)


@pytest.mark.parametrize("verb", ["merge", "rebase", "cherry-pick"])
def test_a_git_conflict(clinic: Clinic, git_store: Path, verb: str) -> None:
    """The fix aborts the merge or rebase, which loses nothing."""
    clinic.env |= os.environ
    conflict(git_store, verb)
    assert clinic.fixes("git", "fail").startswith(f"a {verb} is unfinished in {git_store}, 1 in conflict")


def test_uncommitted_entries(clinic: Clinic, git_store: Path) -> None:
    """The fix commits a new and a removed entry, and no other file of the user."""
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


def test_many_uncommitted_entries(clinic: Clinic, git_store: Path) -> None:
    """The fix names the directory instead of each entry."""
    clinic.env |= os.environ
    put(git_store, "one", "AKIAIOSFODNN7EXAMPLE", "s" * 40)
    for number in range(30):
        (git_store / "aws-vault" / f"{number}.gpg").write_bytes(
            (git_store / "aws-vault" / "one.gpg").read_bytes()
        )
    assert len(clinic.wrong("git")[0]["fix"]) < 200
    clinic.fixes("git", "warn")


def test_a_stale_git_lock(clinic: Clinic, git_store: Path) -> None:
    """A lock that a git process left when it was killed yesterday."""
    clinic.env |= os.environ
    lock = git_store / ".git" / "index.lock"
    lock.write_text("")
    assert clinic.wrong("git") == []
    os.utime(lock, (1_700_000_000, 1_700_000_000))
    clinic.fixes("git", "warn")


def test_git_without_a_user_name(clinic: Clinic, git_store: Path) -> None:
    """pass would store the entry and not commit it, without a message."""
    clinic.env |= {
        name: value for name, value in os.environ.items() if not name.startswith(("GIT_AUTHOR", "GIT_COMM"))
    }
    clinic.env = {
        name: value for name, value in clinic.env.items() if not name.startswith(("GIT_AUTHOR", "GIT_COMM"))
    }
    subprocess.run(["git", "-C", str(git_store), "config", "user.useConfigOnly", "true"], check=True)
    clinic.fixes("git", "fail")


def test_no_git_for_a_git_store(clinic: Clinic, git_store: Path) -> None:
    """Without git, no change would be committed."""
    clinic.env |= os.environ
    assert git_store.is_dir()
    (clinic.path / "git").unlink()
    assert "git is not on PATH" in clinic.wrong("git")[0]["found"]


def test_a_repository_inside_the_store(clinic: Clinic, git_store: Path) -> None:
    """The innermost repository gets the commit, so it is checked."""
    clinic.env |= os.environ
    put(git_store, "team/dev", "AKIAIOSFODNN7EXAMPLE", "s" * 40)
    inner = git_store / "aws-vault" / "team"
    subprocess.run(["git", "init", "-q", str(inner)], check=True)
    (git_store / ".git" / "info" / "exclude").write_text("aws-vault/team\n")
    assert str(inner) in clinic.fixes("git", "warn")


# Unfinished commands.


def test_an_unfinished_rotation(clinic: Clinic, store: Path, fake: FakeAWS) -> None:
    """`rotate --resume` finishes it; the state is in the entry, which opens without a prompt."""
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


def test_an_unfinished_rotation_of_a_locked_key(clinic: Clinic, git_store: Path) -> None:
    """If the key is locked or no agent runs, the last commit shows the rotation."""
    clinic.env |= os.environ
    put(git_store, "dev", "AKIAIOSFODNN7EXAMPLE", "s" * 40)
    git = ["git", "-C", str(git_store), "commit", "-q", "--amend", "-m"]
    subprocess.run([*git, "Begin rotation of aws-vault/dev."], check=True)
    clinic.env["GNUPGHOME"] = str(clinic.folder)  # no agent is running
    assert [one["fix"] for one in clinic.wrong("entries")] == ["pass aws rotate dev --resume"]
    subprocess.run([*git, "Finish rotation of aws-vault/dev."], check=True)
    assert clinic.wrong("entries") == []


def test_an_entry_renamed_with_pass_mv(clinic: Clinic, store: Path) -> None:
    """`pass mv` does not change the name inside the entry."""
    put(store, "old", "AKIAIOSFODNN7EXAMPLE", "s" * 40)
    (store / "aws-vault" / "old.gpg").rename(store / "aws-vault" / "new.gpg")
    clinic.env |= os.environ
    subprocess.run(["gpg-connect-agent", "/bye"], env=clinic.env, check=True, capture_output=True)
    found = clinic.wrong("entries")[0]
    assert (found["found"], found["fix"]) == (
        "the entry new was written for old",
        "pass aws move --repair new",
    )
    clinic.type(f"{found['fix']} --force")  # on a terminal it asks
    assert clinic.wrong("entries") == []


def test_the_doctor_starts_no_pinentry(clinic: Clinic) -> None:
    """A locked key stays locked, although its entries could show more."""
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
