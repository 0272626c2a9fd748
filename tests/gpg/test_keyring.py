"""A small keyring is sufficient for decryption, and spares gpg the check of signatures."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from conftest import end_gpg_home, gpg, gpg_home, new_key

from pass_aws.gpg import packets
from pass_aws.gpg.gpg import Gpg

if TYPE_CHECKING:
    from collections.abc import Iterator

RING = ("--no-default-keyring", "--keyring")


@pytest.fixture
def home() -> Iterator[Path]:
    """A GNUPGHOME with two keys."""
    made = gpg_home()
    for name in ("alice", "bob"):
        new_key(made, name)
    yield made
    end_gpg_home(made)


@pytest.fixture
def secret(home: Path, tmp_path: Path) -> Path:
    """A file that is encrypted for alice."""
    path = tmp_path / "secret.gpg"
    gpg(home, "--trust-model", "always", "-o", str(path), "-e", "-r", "alice", stdin=b"text")
    return path


def door(home: Path, **env: str) -> Gpg:
    return Gpg({"PATH": os.environ["PATH"], "GNUPGHOME": str(home), **env})


def ids(home: Path, name: str) -> list[str]:
    """The id of the subkey for encryption."""
    listing = gpg(home, "--with-colons", "--list-keys", name).splitlines()
    return [line.split(":")[4] for line in listing if line.startswith("sub:")]


def sigcaches(home: Path, ring: Path) -> list[str]:
    """What is recorded for each signature in a keyring; 3 means that it was checked, and is good."""
    listing = gpg(home, "--list-packets", str(ring)).splitlines()
    return [line.rpartition("=")[2] for line in listing if "sigcache=" in line]


def fingerprint(home: Path, name: str) -> str:
    listing = gpg(home, "--with-colons", "--list-keys", name).splitlines()
    return next(line.split(":")[9] for line in listing if line.startswith("fpr:"))


def command_lines() -> list[str]:
    """Those of all processes."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            found.append(path.read_text(errors="replace"))
    return found


def test_it_decrypts_without_another_keyring(home: Path, secret: Path, tmp_path: Path) -> None:
    """With this keyring alone gpg decrypts; it has only the key's own signatures, all marked as good."""
    gpg(home, "--default-key", "bob", "--quick-sign-key", fingerprint(home, "alice"))
    assert packets.recipients(secret.read_bytes()) == tuple(ids(home, "alice"))
    ring = tmp_path / "ring"
    ring.write_bytes(door(home).keyring(ids(home, "alice")))
    (home / "pubring.kbx").unlink()
    assert gpg(home, *RING, f"gnupg-ring:{ring}", "-d", str(secret)) == "text"
    assert set(sigcaches(home, ring)) == {"03"}
    assert len(sigcaches(home, ring)) == 2


def test_it_contains_only_these_keys(home: Path, tmp_path: Path) -> None:
    """No other key of the user is in it."""
    ring = tmp_path / "ring"
    for names in (["alice"], ["alice", "bob"]):
        ring.write_bytes(door(home).keyring([one for name in names for one in ids(home, name)]))
        listing = gpg(home, *RING, f"gnupg-ring:{ring}", "--with-colons", "--list-keys")
        assert [name for name in ("alice", "bob") if name in listing] == names


@pytest.mark.parametrize("where", ["gpg.conf", "PASSWORD_STORE_GPG_OPTS"])
@pytest.mark.parametrize("option", ["keyring", "primary-keyring", "armor", "no-sig-cache", "import-options"])
def test_options_of_the_user(home: Path, option: str, where: str) -> None:
    """Options that the user has in gpg.conf, or for pass, do not change it."""
    wanted = ids(home, "alice")
    plain = door(home).keyring(wanted)
    shutil.copy(home / "pubring.kbx", home / "other.kbx")
    value = {"import-options": " restore"}.get(option, f" {home}/other.kbx" if "keyring" in option else "")
    env = {"PASSWORD_STORE_GPG_OPTS": f"--{option}{value}"} if where != "gpg.conf" else {}
    if not env:
        (home / "gpg.conf").write_text(f"{option}{value}\n")
    assert plain
    assert door(home, **env).keyring(wanted) == plain


def test_an_unknown_key(home: Path) -> None:
    """The keyring for a key that gpg does not know is empty."""
    assert door(home).keyring(["0123456789ABCDEF"]) == b""


@pytest.mark.parametrize("line", ["exit 0", 'gpg "$@"; exit 2'], ids=["keyboxd", "failure"])
def test_a_gpg_that_makes_no_keyring(home: Path, tmp_path: Path, line: str) -> None:
    """If gpg keeps keys with keyboxd, it ignores `--keyring`; a full disk may leave half a file."""
    wanted = ids(home, "alice")
    (tmp_path / "gpg").write_text(
        "#!/bin/sh\nPATH=${PATH#*:}\n"
        f'for word; do [ "$word" != --import ] || {{ {line}; }}; done\nexec gpg "$@"\n'
    )
    (tmp_path / "gpg").chmod(0o755)
    assert door(home).keyring(wanted)
    assert door(home, PATH=f"{tmp_path}:{os.environ['PATH']}").keyring(wanted) == b""


def test_without_a_temporary_directory(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A keyring is not needed, so without a place to make it there is none."""
    wanted = ids(home, "alice")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "missing"))
    assert door(home).keyring(wanted) == b""


def test_it_leaves_nothing_behind(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing changes in the user's GNUPGHOME, no temporary file is left, and gpg starts no agent."""
    wanted = ids(home, "alice")
    gpg(home, "--check-trustdb")
    before = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
    short = gpg_home()  # an agent's socket has a short path
    monkeypatch.setattr("tempfile.tempdir", str(short))
    assert door(home).keyring(wanted)
    assert [line for line in command_lines() if str(short) in line] == []
    assert {path: path.read_bytes() for path in home.rglob("*") if path.is_file()} == before
    assert list(short.iterdir()) == []
    short.rmdir()
