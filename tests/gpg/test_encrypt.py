"""We encrypt as pass does; a recipient that cannot be used is named with the reason."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pexpect
import pytest
from conftest import end_gpg_home, gpg, gpg_home, new_key

from pass_aws.errors import UserError
from pass_aws.gpg import gpg as door
from pass_aws.gpg import keys

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECRET = b"a secret\n\0\xff\xc3\xa9"


@pytest.fixture(scope="module")
def ring() -> Iterator[Path]:
    """Keys for every reason why a recipient cannot be used."""
    home, strangers = gpg_home(), gpg_home()
    for name in ("good", "other", "revoked", "moved"):
        new_key(home, name)
    listing = gpg(home, "--with-colons", "--with-keygrip", "-K", "moved").splitlines()
    grips = [line.split(":")[9] for line in listing if line.startswith("grp:")]
    (home / "private-keys-v1.d" / f"{grips[1]}.key").unlink()  # as when a subkey is on another machine
    unprotected = ("--pinentry-mode", "loopback", "--passphrase", "")
    gpg(
        home,
        *unprotected,
        "--quick-generate-key",
        "signs <signs@example.invalid>",
        "ed25519",
        "default",
        "never",
    )
    past = ("--faked-system-time", "20200101T000000", *unprotected)
    gpg(home, *past, "--quick-generate-key", "late <late@example.invalid>", "future-default", "default", "1d")
    gpg(home, *past, "--quick-generate-key", "half <half@example.invalid>", "ed25519", "default", "never")
    gpg(home, *past, "--quick-add-key", fingerprint(home, "half"), "cv25519", "encr", "1d")
    text = (home / "openpgp-revocs.d" / f"{fingerprint(home, 'revoked')}.rev").read_text()
    gpg(home, "--import", stdin=text.replace(":---", "---").encode())
    new_key(strangers, "stranger")
    new_key(strangers, "secret")
    gpg(home, "--import", stdin=gpg(strangers, "--armor", "--export", "stranger").encode())
    gpg(home, "--import", stdin=gpg(strangers, "--armor", "--export-secret-keys", "secret").encode())
    yield home
    end_gpg_home(home)
    end_gpg_home(strangers)


def fingerprint(home: Path, name: str) -> str:
    listing = gpg(home, "--with-colons", "--list-keys", f"{name}@example.invalid")
    return next(line.split(":")[9] for line in listing.splitlines() if line.startswith("fpr:"))


def gpg_door(home: Path, **env: str) -> door.Gpg:
    every = {"PATH": os.environ["PATH"], "GNUPGHOME": str(home), "HOME": str(home), **env}
    return door.Gpg(every)


def packets(home: Path, path: Path) -> list[str]:
    """The structure of a file, without its random parts."""
    lines = gpg(home, "--list-packets", "--verbose", str(path)).splitlines()
    return [line.split(" created ")[0] for line in lines if "data: " not in line]


def test_the_packets_are_those_of_pass(ring: Path, tmp_path: Path) -> None:
    """The same recipients, algorithms and packets, no armor, no compression; pass reads it byte for byte."""
    store, ids = tmp_path / "store", [fingerprint(ring, "good"), fingerprint(ring, "other")]
    store.mkdir()
    (store / ".gpg-id").write_text("\n".join(ids) + "\n")
    env = {
        "PATH": os.environ["PATH"],
        "GNUPGHOME": str(ring),
        "HOME": str(tmp_path),
        "PASSWORD_STORE_DIR": str(store),
    }
    subprocess.run(["pass", "insert", "-m", "theirs"], input=SECRET, env=env, check=True, capture_output=True)
    ours = gpg_door(ring).encrypt(SECRET, ids)
    (store / "ours.gpg").write_bytes(ours)
    assert ours[0] & 0x80  # the first byte of a packet, not of armor
    assert packets(ring, store / "ours.gpg") == packets(ring, store / "theirs.gpg")
    shown = subprocess.run(["pass", "show", "ours"], env=env, check=True, capture_output=True)
    assert shown.stdout == SECRET


def test_gpg_options_of_the_user(ring: Path) -> None:
    """As in pass: `--armor` takes effect, `--encrypt-to` does not, `--trust-model` may accept more."""
    good = fingerprint(ring, "good")
    armored = gpg_door(ring, PASSWORD_STORE_GPG_OPTS=f"--armor --encrypt-to {fingerprint(ring, 'other')}")
    text = armored.encrypt(SECRET, [good])
    assert text.startswith(b"-----BEGIN PGP MESSAGE-----")
    widened = gpg_door(ring, PASSWORD_STORE_GPG_OPTS="--trust-model always")
    assert widened.encrypt(SECRET, ["stranger@example.invalid"])


@pytest.mark.parametrize("recipient", ["good", "good@example.invalid", "good <good@example.invalid>"])
def test_any_way_to_name_a_recipient(ring: Path, tmp_path: Path, recipient: str) -> None:
    """A recipient may be named in any way, also by a part of a user id with spaces."""
    (tmp_path / "x.gpg").write_bytes(gpg_door(ring).encrypt(SECRET, [recipient]))
    assert gpg_door(ring).decrypt(str(tmp_path / "x.gpg")) == SECRET


def test_a_group_of_gpg_conf(ring: Path, tmp_path: Path) -> None:
    """A name in `.gpg-id` may mean several keys."""
    good, other = fingerprint(ring, "good"), fingerprint(ring, "other")
    group = gpg_door(ring, PASSWORD_STORE_GPG_OPTS=f"--group team={good} --group team={other}")
    (tmp_path / "x.gpg").write_bytes(group.encrypt(SECRET, ["team"]))
    assert set(gpg_door(ring).readers(str(tmp_path / "x.gpg"))) == {good, other}


@pytest.mark.parametrize(
    ("recipient", "message", "hint"),
    [
        (
            "0123456789ABCDEF0123456789ABCDEF01234567",
            "has no key for recipient 0123456789ABCDEF",
            "gpg --import",
        ),
        ("nobody at all", "has no key for recipient nobody at all", "gpg --import"),
        (
            "stranger@example.invalid",
            "recipient stranger@example.invalid is not trusted",
            "gpg --lsign-key ",
        ),
        ("late", "recipient late has expired", "gpg --quick-set-expire "),
        ("half", "recipient half has expired", "gpg --quick-set-expire "),
        ("revoked", "recipient revoked is revoked", "pass init"),
        ("signs", "recipient signs cannot encrypt", "subkey"),
    ],
)
def test_an_unusable_recipient_stops_the_encryption(
    ring: Path, recipient: str, message: str, hint: str
) -> None:
    """One unusable recipient stops everything, as in pass; the error says which and why."""
    with pytest.raises(UserError, match=message) as caught:
        gpg_door(ring).encrypt(SECRET, [fingerprint(ring, "good"), recipient])
    assert hint in caught.value.hint


def test_all_unusable_recipients_are_named(ring: Path) -> None:
    """Each unusable recipient has its reason and hint, in the file's order; gpg itself stops at the first."""
    asked = ["late", fingerprint(ring, "good"), "nobody", "revoked", "nobody", "stranger@example.invalid"]
    with pytest.raises(UserError) as caught:
        gpg_door(ring).encrypt(SECRET, asked, source="/store/.gpg-id")
    assert str(caught.value).split("; ") == [
        "the key of recipient late has expired",
        "gpg has no key for recipient nobody, which /store/.gpg-id names",
        "the key of recipient revoked is revoked",
        "the key of recipient stranger@example.invalid is not trusted",
    ]
    hints = caught.value.hint.split("; ")
    for hint, word in zip(hints, ("--quick-set-expire", "--import", "pass init", "--lsign-key"), strict=True):
        assert word in hint


@pytest.mark.parametrize("own", [False, True])
def test_only_the_unusable_recipient_is_named(ring: Path, *, own: bool) -> None:
    """The other one is not named; in our own files trust does not matter."""
    door = gpg_door(ring)
    encrypt, other = (door.encrypt_own, "stranger") if own else (door.encrypt, "good")
    with pytest.raises(UserError) as caught:
        encrypt(SECRET, [other, "late"])
    assert str(caught.value) == "the key of recipient late has expired"


@pytest.fixture
def copied(ring: Path) -> Iterator[Path]:
    """The same keys in a separate home, in which they may be changed."""
    home = gpg_home()
    shutil.copytree(ring, home, dirs_exist_ok=True, ignore=shutil.ignore_patterns("S.*"))
    yield home
    end_gpg_home(home)


def as_printed(command: str, home: Path, answers: str = "") -> None:
    """Runs the command of a hint as printed, in a shell on a terminal."""
    env = {"PATH": os.environ["PATH"], "GNUPGHOME": str(home), "HOME": str(home), "TERM": "dumb"}
    child = pexpect.spawn("bash", ["-c", command], env=env, timeout=30)
    for answer in answers:
        child.expect_exact(["Your decision? ", "(y/N) "])
        child.sendline(answer)
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0, child.before


@pytest.mark.parametrize(("recipient", "answers"), [("late", ""), ("half", ""), ("secret", "5y")])
def test_the_hint_about_our_own_key_works(copied: Path, recipient: str, answers: str) -> None:
    """For an expired key or subkey, or unknown trust, the hint as printed is sufficient."""
    address = f"{recipient}@example.invalid"
    with pytest.raises(UserError, match=recipient) as caught:
        gpg_door(copied).encrypt(SECRET, [address])
    command = caught.value.hint[caught.value.hint.index("gpg ") :]
    as_printed(command, copied, "" if "--quick-set-ownertrust" in command else answers)
    assert gpg_door(copied).encrypt(SECRET, [address])


def test_the_hint_about_the_key_of_another_person_works(copied: Path) -> None:
    """A signature by our own key is sufficient, even if another user id looks like it."""
    with pytest.raises(UserError, match="stranger") as caught:
        gpg_door(copied).encrypt(SECRET, ["stranger@example.invalid"])
    as_printed(caught.value.hint[caught.value.hint.index("gpg ") :], copied, "y")
    assert gpg_door(copied).encrypt(SECRET, ["stranger@example.invalid"])


def test_the_hint_about_a_disabled_key_works(copied: Path) -> None:
    """It enables the key and returns to the shell, without a further word to gpg."""
    key = fingerprint(copied, "good")
    gpg(copied, "--command-fd", "0", "--edit-key", key, stdin=b"disable\nquit\n")
    with pytest.raises(UserError, match="is disabled") as caught:
        gpg_door(copied).encrypt(SECRET, [key])
    as_printed(caught.value.hint[caught.value.hint.index("gpg ") :], copied)
    assert gpg_door(copied).encrypt(SECRET, [key])


@pytest.mark.parametrize("source", ["/store/team b/.gpg-id", "PASSWORD_STORE_KEY"])
def test_the_source_of_an_unknown_recipient_is_named(ring: Path, source: str) -> None:
    """The error names the file to correct, or the variable."""
    with pytest.raises(UserError, match="no key for recipient nobody") as caught:
        gpg_door(ring).encrypt(SECRET, ["nobody"], source=source)
    assert source in str(caught.value)
    assert source in caught.value.hint


def test_our_own_expired_key_is_named(ring: Path, tmp_path: Path) -> None:
    """The error does not treat it as another person's key, and the hint renews it."""
    path = tmp_path / "x.gpg"
    past = ("--faked-system-time", "20200101T120000")
    gpg(ring, *past, "-e", "-r", "half", "-o", str(path), stdin=SECRET)
    door = gpg_door(ring)
    for _ in range(2):  # before and after a decryption
        with pytest.raises(UserError, match=f"your key {fingerprint(ring, 'half')} has expired") as caught:
            door.readers(str(path))
        assert caught.value.hint.startswith(f"gpg --quick-set-expire {fingerprint(ring, 'half')} 1y ")
        assert door.decrypt(str(path)) == SECRET


@pytest.mark.parametrize("conf", ["", "throw-keyids\n"])
def test_hidden_recipients_are_found(copied: Path, tmp_path: Path, conf: str) -> None:
    """With throw-keyids in gpg.conf, the key that decrypted is ours, and our own files name it."""
    (copied / "gpg.conf").write_text(conf)
    path, good = tmp_path / "x.gpg", fingerprint(copied, "good")
    path.write_bytes(gpg_door(copied).encrypt(SECRET, [good]))
    door = gpg_door(copied)
    assert door.decrypt(str(path)) == SECRET
    assert door.readers(str(path)) == (good,)
    path.write_bytes(door.encrypt_own(SECRET, [good]))
    assert keys.HIDDEN not in keys.recipients_of(door, str(path))


def test_an_empty_list_of_recipients(ring: Path) -> None:
    """An empty list is an error, and gpg does not ask for a recipient."""
    with pytest.raises(UserError, match="no recipients to encrypt to"):
        gpg_door(ring).encrypt(SECRET, [])


def test_no_gpg(ring: Path, tmp_path: Path) -> None:
    """The error says that gpg is missing."""
    with pytest.raises(UserError, match="gpg is not on PATH") as caught:
        gpg_door(ring, PATH=str(tmp_path)).encrypt(SECRET, ["good"])
    assert caught.value.hint == "install gnupg"


def test_our_own_key_needs_no_trust_for_the_cache(ring: Path, tmp_path: Path) -> None:
    """An imported secret key is sufficient for the cache, but not for an entry."""
    own = fingerprint(ring, "secret")
    with pytest.raises(UserError, match="is not trusted"):
        gpg_door(ring).encrypt(SECRET, [own])
    (tmp_path / "x.gpg").write_bytes(gpg_door(ring).encrypt_own(SECRET, [own]))
    assert gpg_door(ring).decrypt(str(tmp_path / "x.gpg")) == SECRET


def test_the_readers_on_this_machine(ring: Path, tmp_path: Path) -> None:
    """The recipients of a file with a secret key here, by fingerprint, without decryption."""
    good, stranger = fingerprint(ring, "good"), fingerprint(ring, "stranger")
    path = tmp_path / "x.gpg"
    path.write_bytes(gpg_door(ring).encrypt_own(SECRET, [stranger, good]))
    assert len(keys.recipients_of(gpg_door(ring), str(path))) == 2
    assert gpg_door(ring).readers(str(path)) == (good,)
    path.write_bytes(gpg_door(ring).encrypt_own(SECRET, [stranger, "moved"]))
    assert gpg_door(ring).readers(str(path)) == ()


def test_the_cache_key_variable(ring: Path) -> None:
    """PASS_AWS_CACHE_KEY must name one key whose secret part is here."""
    good = fingerprint(ring, "good")
    assert keys.own(gpg_door(ring), "good@example.invalid", "PASS_AWS_CACHE_KEY") == (good,)
    assert keys.own(gpg_door(ring), good, "PASS_AWS_CACHE_KEY") == (good,)
    for chosen, count in (
        ("stranger", "no secret key"),
        ("late", "no secret key"),
        ("example.invalid", "secret keys"),
    ):
        with pytest.raises(UserError, match=f"PASS_AWS_CACHE_KEY names .*{count}"):
            keys.own(gpg_door(ring), chosen, "PASS_AWS_CACHE_KEY")


def test_a_user_id_cannot_forge_a_line_of_a_listing() -> None:
    """A line of a listing inside a user id does not make a subkey's fingerprint that of a key."""
    home = gpg_home()
    try:
        mine = new_key(home, "mine")
        unprotected = ("--pinentry-mode", "loopback", "--passphrase", "")
        gpg(home, "--utf8-strings", *unprotected, "--quick-add-uid", mine, "mine\u2028sec\u2028")
        listed = keys.keys(gpg_door(home), "--list-secret-keys")
        assert [key.primary for key in listed] == [mine, mine]
    finally:
        end_gpg_home(home)


def test_no_secret_in_the_library_s_log(ring: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever the log level, our plain text is not in python-gnupg's log records."""
    caplog.set_level("DEBUG")
    gpg_door(ring).encrypt(b"MARKED-SECRET", [fingerprint(ring, "good")])
    assert "MARKED-SECRET" not in caplog.text
