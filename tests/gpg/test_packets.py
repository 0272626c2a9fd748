"""A file that is also encrypted with a passphrase is detected before gpg reads it and prompts."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from conftest import gpg
from hypothesis import given
from hypothesis import strategies as st

from pass_aws.gpg.gpg import ForeignFileError, Gpg
from pass_aws.gpg.packets import for_keys_only

if TYPE_CHECKING:
    from collections.abc import Sequence

WORD = ("--pinentry-mode", "loopback", "--passphrase", "word")
ALIKE = {
    "one key": ("-e", "-r", "alice"),
    "two keys": ("-e", "-r", "alice", "-r", "bob"),
    "a hidden key": ("-e", "-R", "alice"),
    "signed too": ("-s", "-e", "-r", "alice"),
}
OTHERS = {
    "a passphrase": (*WORD, "-c"),
    "a key and a passphrase": (*WORD, "-c", "-e", "-r", "alice"),
    "signed only": ("-s",),
    "plain": ("--store",),
    "armored": ("--armor", "-e", "-r", "alice"),
}


def made(keyring: Path, args: Sequence[str], to: Path) -> bytes:
    listing = gpg(keyring, "-k")
    if "bob" not in listing:
        gpg(
            keyring,
            "--passphrase",
            "",
            "--pinentry-mode",
            "loopback",
            "--quick-generate-key",
            "bob",
            "future-default",
        )
    gpg(keyring, "--yes", "--trust-model", "always", *args, "-o", str(to), stdin=b"text" * 100)
    return to.read_bytes()


@pytest.mark.parametrize("kind", [*ALIKE, *OTHERS])
def test_which_files_are_accepted(keyring: Path, tmp_path: Path, kind: str) -> None:
    """Of gpg's files, only those are accepted that are encrypted to keys alone."""
    content = made(keyring, (ALIKE | OTHERS)[kind], tmp_path / "x.gpg")
    assert for_keys_only(content) == (kind in ALIKE)


def test_a_passphrase_beside_a_key_is_detected(keyring: Path, tmp_path: Path) -> None:
    """A passphrase is detected in any order of the packets."""
    whole = made(keyring, ALIKE["one key"], tmp_path / "x.gpg")
    both = made(keyring, OTHERS["a key and a passphrase"], tmp_path / "x.gpg")
    session_key = (
        whole[: 2 + whole[1]] if whole[0] & 3 == 0 else whole[: 3 + int.from_bytes(whole[1:3], "big")]
    )
    assert not for_keys_only(session_key + both)
    assert for_keys_only(session_key + whole)


@given(st.binary(max_size=400))
def test_any_bytes_are_read_without_error(content: bytes) -> None:
    """Truncated, changed or random bytes give no exception and no endless loop."""
    assert for_keys_only(content) in (True, False)
    assert not for_keys_only(b"\x84\x00" * 50 + content[:0])


@pytest.mark.parametrize("kind", ["a passphrase", "a key and a passphrase"])
def test_a_file_with_a_passphrase_causes_no_prompt(
    store: Path, keyring: Path, tmp_path: Path, kind: str
) -> None:
    """gpg alone would start a pinentry for such a file; we do not."""
    assert store.is_dir()
    path = tmp_path / "x.gpg"
    made(keyring, OTHERS[kind], path)
    for ask in (True, False):
        with pytest.raises(ForeignFileError):
            Gpg(os.environ).decrypt_own(str(path), ask=ask)


def test_our_own_files_are_read(store: Path, fingerprint: str, tmp_path: Path) -> None:
    """Our own files are accepted, also with armor set in gpg.conf; only a limited part is read."""
    assert store.is_dir()
    door, path = Gpg({**os.environ, "PASSWORD_STORE_GPG_OPTS": "--armor"}), tmp_path / "x.gpg"
    path.write_bytes(door.encrypt_own(b"session", [fingerprint]))
    assert door.decrypt_own(str(path)) == b"session"
    path.write_bytes(door.encrypt_own(os.urandom(70_000), [fingerprint]))
    with pytest.raises(ForeignFileError):
        door.decrypt_own(str(path))
