"""We encrypt to the recipients of pass: same file, same lines, same rule for signatures."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import end_gpg_home, gpg, gpg_home, new_key, new_named_key
from hypothesis import given, settings
from hypothesis import strategies as st

from pass_aws.errors import UserError
from pass_aws.gpg import gpg as door
from pass_aws.store import recipients

LINES = st.lists(
    st.sampled_from([b"FPR", b"#c", b" ", b"\t", b"\n", b"\r", b"a@b", b"x y", b"\\", b"\xff", b"##", b"\0"]),
    max_size=12,
)
BASH = """
while read -r gpg_id; do
    gpg_id="${gpg_id%%#*}"
    [[ -n $gpg_id ]] || continue
    printf '%s\\0' "$gpg_id"
done <"$1"
"""
"""The loop in pass's set_gpg_recipients."""


def gpg_door(**more: str) -> door.Gpg:
    return door.Gpg({**os.environ, **more})


def of_folder(root: Path | str, folder: str = "", **more: str) -> tuple[str, ...]:
    return recipients.of_folder(str(root), folder, gpg_door(**more), {**os.environ, **more}).ids


@given(LINES)
@settings(max_examples=60, deadline=None)
def test_a_file_is_read_as_bash_reads_it(
    tmp_path_factory: pytest.TempPathFactory, parts: list[bytes]
) -> None:
    """Comments, spaces, a last line without a newline, Windows line ends, backslashes, any bytes."""
    path = tmp_path_factory.mktemp("ids") / ".gpg-id"
    path.write_bytes(b"".join(parts))
    done = subprocess.run(
        ["bash", "-c", BASH, "bash", path], capture_output=True, check=True, env={"LC_ALL": "C"}
    )
    assert recipients.read(path.read_bytes()) == tuple(map(os.fsdecode, done.stdout.split(b"\0")[:-1]))


@pytest.fixture
def asked(tmp_path: Path, store: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file with the `-r` arguments of the last gpg that pass started."""
    seen, folder = tmp_path / "asked", tmp_path / "bin"
    folder.mkdir()
    (folder / "gpg").write_text(
        f'#!/bin/bash\n[[ $1 == -e ]] && printf "%s\\0" "$@" >{seen}\nexec {shutil.which("gpg")} "$@"\n'
    )
    (folder / "gpg").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    assert store.is_dir()
    return seen


def of_pass(asked: Path, name: str) -> tuple[str, ...] | None:
    """The recipients of the real `pass insert`; None if it refuses."""
    asked.unlink(missing_ok=True)
    subprocess.run(["pass", "insert", "-m", "-f", name], input=b"x", capture_output=True, check=False)
    if not asked.exists():
        return None
    words = asked.read_text().split("\0")
    return tuple(words[at + 1] for at, word in enumerate(words) if word == "-r")


TREES = [
    ({".gpg-id": "root\n"}, "x"),
    ({".gpg-id": "root\n"}, "aws-vault/x"),
    ({".gpg-id": "root\n", "aws-vault/.gpg-id": "inner\nsecond # c\n"}, "aws-vault/x"),
    ({".gpg-id": "root\n", "aws-vault/.gpg-id": "inner\n"}, "aws-vault/org/team/x"),
    ({".gpg-id": "root\n", "aws-vault/org/.gpg-id": "org\n"}, "aws-vault/x"),
    ({".gpg-id": "root\nlost"}, "x"),
    ({".gpg-id": "  root \t\n\n# none\n"}, "x"),
    ({"aws-vault/.gpg-id": "inner\n"}, "x"),
    ({"aws-vault/.gpg-id": "inner\n"}, "aws-vault/x"),
    ({"../.gpg-id": "outside\n"}, "x"),
    ({"../.gpg-id": "outside\n"}, "aws-vault/x"),
]


@pytest.mark.parametrize(("tree", "name"), TREES)
def test_the_file_is_found_as_pass_finds_it(
    store: Path, asked: Path, tree: dict[str, str], name: str
) -> None:
    """The nearest .gpg-id upwards is used, never above the root; the directory need not exist."""
    (store / ".gpg-id").unlink()
    for path, text in tree.items():
        (store / path).parent.mkdir(parents=True, exist_ok=True)
        (store / path).write_text(text)
    theirs = of_pass(asked, name)
    if theirs is None:
        with pytest.raises(UserError, match="is not initialised") as caught:
            of_folder(store, name.rpartition("/")[0])
        assert "pass init" in caught.value.hint
    else:
        assert of_folder(store, name.rpartition("/")[0]) == theirs


def test_no_store_and_no_key_yet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hint for a user without a secret key is how to create one."""
    home = gpg_home()
    monkeypatch.setenv("GNUPGHOME", str(home))
    with pytest.raises(UserError, match="there is no password store at") as caught:
        of_folder(tmp_path / "none")
    end_gpg_home(home)
    assert caught.value.hint.startswith(
        "if your store is elsewhere, set PASSWORD_STORE_DIR; else run gpg --quick-"
    )


def test_a_store_that_cannot_be_read(store: Path) -> None:
    """The error is not that the store is missing."""
    (store / ".gpg-id").unlink()
    store.rename(store.with_name("file"))
    store.symlink_to(store.name)  # root cannot read this, either
    with pytest.raises(UserError, match="cannot read the password store") as caught:
        of_folder(store)
    assert caught.value.hint.endswith(f"ls -ld {store}")


def test_a_list_of_recipients_that_cannot_be_read(store: Path) -> None:
    """The error names the file and the cause."""
    path = store / ".gpg-id"
    path.unlink()
    # a regular file that cannot be opened, or whose first byte not even root can read
    path.symlink_to("/proc/self/mem")
    cause = "(Permission denied|Input/output error)"
    with pytest.raises(UserError, match=f"cannot read {path}: {cause}") as caught:
        of_folder(store)
    assert caught.value.hint == f"run ls -ld {path}"


def test_the_search_upwards_is_by_names(store: Path, asked: Path, tmp_path: Path) -> None:
    """A symlinked directory's own file is used, then those of the names above, not of the target."""
    outside = tmp_path / "ext" / "real"
    outside.mkdir(parents=True)
    (tmp_path / "ext" / ".gpg-id").write_text("outside\n")
    (store / "ln").symlink_to(outside)
    assert of_folder(store, "ln") == of_pass(asked, "ln/x") == ((store / ".gpg-id").read_text().strip(),)
    (outside / ".gpg-id").write_text("linked\n")
    assert of_folder(store, "ln") == of_pass(asked, "ln/x") == ("linked",)


def test_a_root_with_a_slash_at_its_end(store: Path) -> None:
    """PASSWORD_STORE_DIR=~/store/ is the same as without the slash."""
    assert of_folder(f"{store}/", "a/b") == of_folder(store)


def test_the_variable_replaces_the_file(store: Path, asked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The recipients are the words of PASSWORD_STORE_KEY, and no signature is required."""
    monkeypatch.setenv("PASSWORD_STORE_SIGNING_KEY", "A" * 40)
    monkeypatch.setenv("PASSWORD_STORE_KEY", " one\ttwo ")
    assert of_folder(store) == of_pass(asked, "x") == ("one", "two")
    monkeypatch.delenv("PASSWORD_STORE_SIGNING_KEY")
    monkeypatch.setenv("PASSWORD_STORE_KEY", "")
    assert of_folder(store) == of_pass(asked, "x")


@pytest.mark.parametrize("text", ["", "lost", "# nobody\n"])
def test_a_file_without_recipients(store: Path, text: str) -> None:
    """A .gpg-id without recipients is an error; its last line is read as by pass."""
    (store / ".gpg-id").write_text(text)
    with pytest.raises(UserError, match=r"\.gpg-id names no recipient"):
        of_folder(store)


def sign(home: Path, path: Path, *options: str) -> None:
    path.with_name(f"{path.name}.sig").unlink(missing_ok=True)
    gpg(home, *options, "--detach-sign", str(path))


def test_the_signature_is_checked_as_in_pass(
    store: Path, asked: Path, keyring: Path, fingerprint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The signing or primary key must match 40 upper-case digits; a changed or unsigned file is refused."""
    ids = store / ".gpg-id"
    subkeys = gpg(keyring, "--with-colons", "-K").splitlines()
    others = [line.split(":")[9] for line in subkeys if line.startswith("fpr:")][1:]

    def outcome(signers: str) -> bool:
        """Whether pass writes; we must decide in the same way."""
        monkeypatch.setenv("PASSWORD_STORE_SIGNING_KEY", signers)
        theirs = of_pass(asked, "x")
        if theirs is None:
            with pytest.raises(UserError, match="signature"):
                of_folder(store)
        else:
            assert of_folder(store) == theirs
        return theirs is not None

    assert not outcome(fingerprint)
    with pytest.raises(UserError, match=r"\.gpg-id\.sig is missing"):
        of_folder(store)
    sign(keyring, ids)
    assert outcome(fingerprint)
    assert outcome(f"{'B' * 40} {fingerprint}")
    assert not outcome("B" * 40)
    assert not outcome(fingerprint.lower())
    assert not outcome(fingerprint[-16:])
    assert not outcome(f"0x{fingerprint}")
    assert not outcome(others[0])  # the encryption subkey signs nothing
    ids.write_text(ids.read_text() + "mallory\n")
    assert not outcome(fingerprint)
    assert outcome("")


def test_a_signature_of_an_expired_key_is_accepted(
    store: Path, asked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """pass checks only VALIDSIG; so a team whose signing key has expired can still write."""
    home = gpg_home()
    try:
        past = ("--faked-system-time", "20200101T000000")
        unprotected = ("--pinentry-mode", "loopback", "--passphrase", "")
        gpg(home, *past, *unprotected, "--quick-generate-key", "late", "future-default", "default", "1d")
        listing = gpg(home, "--with-colons", "-K").splitlines()
        signer = next(line.split(":")[9] for line in listing if line.startswith("fpr:"))
        sign(home, store / ".gpg-id", *past)
        monkeypatch.setenv("GNUPGHOME", str(home))
        monkeypatch.setenv("PASSWORD_STORE_SIGNING_KEY", signer)
        assert of_folder(store) == of_pass(asked, "x")
    finally:
        end_gpg_home(home)


def test_a_signature_by_another_key_is_refused(store: Path, fingerprint: str, keyring: Path) -> None:
    """A valid signature by another key in the keyring is not accepted."""
    home = gpg_home()
    try:
        new_key(home, "mallory")
        gpg(home, "--import", stdin=gpg(keyring, "--armor", "--export").encode())
        sign(home, store / ".gpg-id")
        with pytest.raises(UserError, match="is not by PASSWORD_STORE_SIGNING_KEY"):
            of_folder(store, PASSWORD_STORE_SIGNING_KEY=fingerprint, GNUPGHOME=str(home))
    finally:
        end_gpg_home(home)


FORGED = "[GNUPG:] VALIDSIG {0} 2026-11-27 1795739091 0 4 0 22 8 00 {0}"
"""A text that would be a status line if the signer's user id ended a line."""


@pytest.mark.parametrize("end", ["\u2028", "\x85"], ids=["U+2028", "U+0085"])
def test_a_user_id_cannot_forge_a_signature(
    asked: Path, fingerprint: str, keyring: Path, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    """gpg prints user ids unescaped; a status line in one is not a signature, as in pass."""
    home = gpg_home()
    try:
        name = f"mallory{end}{FORGED.format(fingerprint)}{end}"
        new_named_key(home, name)
        gpg(home, "--import", stdin=gpg(keyring, "--armor", "--export").encode())
        store = Path(os.environ["PASSWORD_STORE_DIR"])
        sign(home, store / ".gpg-id")
        monkeypatch.setenv("GNUPGHOME", str(home))
        monkeypatch.setenv("PASSWORD_STORE_SIGNING_KEY", fingerprint)
        assert of_pass(asked, "x") is None
        with pytest.raises(UserError, match="is not by PASSWORD_STORE_SIGNING_KEY"):
            of_folder(store)
    finally:
        end_gpg_home(home)


@pytest.mark.parametrize("how", [["--sign"], ["--clearsign"]])
def test_a_signed_message_is_not_a_signature_of_the_file(
    store: Path, fingerprint: str, keyring: Path, how: list[str]
) -> None:
    """Another text signed by the same key, copied to `.gpg-id.sig`, does not sign the file."""
    gpg(keyring, "--yes", *how, "-o", str(store / ".gpg-id.sig"), stdin=b"some mail")
    with pytest.raises(UserError, match="is not by PASSWORD_STORE_SIGNING_KEY"):
        of_folder(store, PASSWORD_STORE_SIGNING_KEY=fingerprint)


@pytest.mark.parametrize("when", ["before", "after"])
def test_the_verified_bytes_are_the_bytes_in_use(
    store: Path, keyring: Path, fingerprint: str, programs: Path, when: str
) -> None:
    """Changing the file while gpg verifies it has no effect."""
    ids = store / ".gpg-id"
    sign(keyring, ids)
    change = f"case $* in *--verify*) echo mallory >>{ids} ;; esac"
    real = f'{shutil.which("gpg")} "$@"'
    steps = [change, f"exec {real}"] if when == "before" else [real, "code=$?", change, "exit $code"]
    (programs / "gpg").write_text("\n".join(["#!/bin/bash", *steps, ""]))
    (programs / "gpg").chmod(0o755)
    assert of_folder(store, PASSWORD_STORE_SIGNING_KEY=fingerprint) == (fingerprint,)
    assert "mallory" in ids.read_text()
