"""We and pass read each other's entries, encrypted to the same recipients."""

from __future__ import annotations

import fcntl
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import MAIN, TOP, gpg, run
from hypothesis import given, settings
from hypothesis import strategies as st
from stores import opened, real_pass, write

from pass_aws.errors import UserError
from pass_aws.store import entry, entry_names, location
from pass_aws.system import file_lock, user_dirs

KEY = entry.render("dev", "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
NAMES = ["dev", "org/team/prod", "with space", "user@corp", "a:b", "quo'te", "dollar$sign", "uni-é", "x.gpg",
         "-x", "a[b]*?", '"', "back\\slash", "x" * 251]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_pass_reads_our_entries(store: Path, name: str) -> None:
    """pass shows our entry under the same name, byte for byte."""
    text = entry.render(name, "AKIA", "secret")
    write(name, text)
    assert real_pass("show", "--", f"aws-vault/{name}") == text
    assert (store / "aws-vault" / f"{name}.gpg").is_file()


@pytest.mark.parametrize("name", NAMES)
def test_we_read_entries_of_pass(store: Path, name: str) -> None:
    """We read pass's entry byte for byte, and list its name."""
    text = entry.render(name, "AKIA", "secret")
    real_pass("insert", "-m", "-f", "--", f"aws-vault/{name}", stdin=text)
    found, _ = opened()
    assert found.exists(name)
    assert found.read(name) == text
    assert found.names() == [name]
    assert store.is_dir()


def test_a_missing_and_an_unreadable_store_differ(store: Path) -> None:
    """A missing and an unreadable store have different errors; any other store has none."""
    assert opened()[0].trouble() is None
    store.rename(store.with_name("moved"))
    for words, hint in (
        ("no password store", "pass aws doctor"),
        ("cannot read the password store", "ls -ld"),
    ):
        trouble = opened()[0].trouble()
        assert trouble is not None
        assert words in str(trouble)
        assert hint in trouble.hint
        if not os.path.lexists(store):
            store.symlink_to(store.name)  # root cannot read this, either


def test_the_store_of_aws_vault_is_read(aws_vault_store: Path) -> None:
    """Every entry decrypts to the recorded text, and each key is parsed."""
    table = TOP / "tests" / "fixtures" / "aws-vault-store" / "decrypted.tsv"
    rows = (line.split(b"\t", 1) for line in table.read_bytes().split(b"\n") if b"\t" in line)
    texts = {row[0].decode()[len("aws-vault/") : -len(".gpg")]: row[1] for row in rows if row[0][:1] != b"#"}
    found, _ = opened()
    assert found.names() == sorted(texts)
    keys = [name for name in found.names() if entry_names.is_key(name)]
    assert len(keys) == 10
    assert {name: found.read(name) for name in texts} == texts
    assert all(entry.parse(found.read(name), name).credentials.access_key_id for name in keys)
    assert aws_vault_store.is_dir()


@pytest.mark.parametrize(
    ("env", "root"),
    [
        ({}, "HOME/.password-store"),
        ({"PASSWORD_STORE_DIR": ""}, "HOME/.password-store"),
        ({"PASSWORD_STORE_DIR": "/a/b/"}, "/a/b/"),
        ({"PASSWORD_STORE_DIR": "~/x"}, "CWD/~/x"),
        ({"PASSWORD_STORE_DIR": "x"}, "CWD/x"),
        ({"PASSWORD_STORE_DIR": "/b", "AWS_VAULT_PASS_PASSWORD_STORE_DIR": "/c"}, "/c"),
        ({"AWS_VAULT_PASS_PASSWORD_STORE_DIR": "~/c"}, "HOME/c"),
    ],
)
def test_the_store_directory(env: dict[str, str], root: str, home: Path) -> None:
    """aws-vault's variable overrides pass's; only in aws-vault's `~/` is expanded."""
    expected = root.replace("HOME", str(home)).replace("CWD", str(Path.cwd()))
    assert location.root({"HOME": str(home), **env}) == expected


@pytest.mark.parametrize(
    ("env", "prefix"),
    [
        ({}, "aws-vault"),
        ({"PASS_AWS_PREFIX": ""}, ""),
        ({"PASS_AWS_PREFIX": "/team//aws/"}, "team/aws"),
        ({"AWS_VAULT_PASS_PREFIX": "theirs"}, "theirs"),
        ({"AWS_VAULT_PASS_PREFIX": ""}, ""),
        ({"AWS_VAULT_PASS_PREFIX": "theirs", "PASS_AWS_PREFIX": "ours"}, "ours"),
        ({"AWS_VAULT_PASS_PREFIX": "theirs", "PASS_AWS_PREFIX": ""}, ""),
    ],
)
def test_the_prefix(env: dict[str, str], prefix: str) -> None:
    """Our variable overrides aws-vault's; a set but empty one means the root."""
    assert location.prefix(env) == prefix


def test_a_prefix_outside_the_store_is_refused() -> None:
    """No prefix leads out of the store."""
    with pytest.raises(UserError, match="outside the store"):
        location.prefix({"PASS_AWS_PREFIX": "../elsewhere"})


@pytest.mark.parametrize("name", ["../x", "..", "a/../../x", "/etc/passwd", "", "a\nb", "a\x00b"])
def test_names_outside_the_store_are_refused(store: Path, name: str) -> None:
    """Reading, writing or removing such a name is an error, and no other file is changed."""
    (store / "x.gpg").write_bytes(b"untouched")
    found, _ = opened()
    assert not found.exists(name)
    with pytest.raises(UserError):
        found.read(name)
    with pytest.raises(UserError):
        found.write(name, b"text", "message")
    with pytest.raises(UserError):
        found.remove([name], "message")
    assert (store / "x.gpg").read_bytes() == b"untouched"


def test_a_name_of_ten_thousand_characters(store: Path) -> None:
    """The error says that the entry does not exist."""
    found, _ = opened()
    assert not found.exists("y" * 10_000)
    with pytest.raises(UserError, match="there is no entry aws-vault/yyy") as caught:
        found.read("y" * 10_000)
    assert len(str(caught.value)) < 200
    assert store.is_dir()


def test_names_are_listed_without_gpg(store: Path) -> None:
    """Names are listed recursively, sorted, without suffix.

    Dot files, directories named *.gpg and other files are not entries.
    """
    for path in (
        "b.gpg",
        "a/c.gpg",
        "a/d.txt",
        "x.gpg.gpg",
        ".hidden.gpg",
        ".git/y.gpg",
        "a/.git/z.gpg",
        "E.GPG",
    ):
        file = store / "aws-vault" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"")
    (store / "aws-vault" / "folder.gpg").mkdir()
    (store / "aws-vault" / "folder.gpg" / "in.gpg").write_bytes(b"")
    os.mkfifo(store / "aws-vault" / "fifo.gpg")
    (store / "aws-vault" / "gone.gpg").symlink_to("nowhere")
    found, said = opened(PATH="/proc/nonexistent")
    assert found.names() == ["a/c", "b", "folder.gpg/in", "x.gpg"]
    assert said == []


def test_an_empty_prefix_lists_the_whole_store(store: Path) -> None:
    """A symlinked store, prefix or directory is listed, too, and a loop ends."""
    write("dev", KEY)
    write("top", KEY, PASS_AWS_PREFIX="")
    link = store.parent / "link"
    link.symlink_to(store)
    (store / "again").symlink_to(store / "aws-vault")
    (store / "aws-vault" / "up").symlink_to(store)
    everything = opened(PASS_AWS_PREFIX="", PASSWORD_STORE_DIR=str(link))[0].names()
    assert everything == ["aws-vault/dev", "top"], "an entry has one name, that without symlinks"
    assert opened(PASS_AWS_PREFIX="again")[0].names() == ["dev", "up/top"]
    other = store / "elsewhere"
    other.mkdir()
    write("x", KEY, PASS_AWS_PREFIX="elsewhere")
    (store / "aws-vault" / "linked").symlink_to(other)
    assert opened()[0].names() == ["dev", "linked/x", "up/top"], (
        "a target outside of the prefix is listed by its symlink"
    )


def test_a_symlink_to_itself_does_not_stop_the_list(store: Path) -> None:
    """Every listing continues, and names the directory."""
    write("dev", KEY)
    for name in ("a.gpg", "b", "sub"):
        (store / "aws-vault" / name).symlink_to(name)
    found, said = opened()
    assert found.names() == ["dev"]
    assert sorted(said) == [
        f"cannot list {store}/aws-vault/{name}: Too many levels of symbolic links"
        for name in ("a.gpg", "b", "sub")
    ]
    for words in (("list",), ("list", "--credentials"), ("list", "--json"), ("clear", "--aws-vault")):
        done = run(*words)
        assert done.returncode == 0, done.stderr
        assert "bug" not in done.stderr


def test_symlinks_to_symlinks_are_listed_once(store: Path) -> None:
    """Twenty-eight symlinks in fourteen directories once made 32,767 names."""
    folder = store / "aws-vault"
    for number in range(14):
        (folder / f"d{number}").mkdir(parents=True)
        for letter in "ab":
            (folder / f"d{number}" / letter).symlink_to(f"../d{number + 1}")
    write("d13/dev", KEY)
    assert opened()[0].names() == ["d13/dev"]


def test_an_unreadable_directory_does_not_stop_the_list(store: Path) -> None:
    """The directory is reported and the others are listed.

    (Root can read everything, so a name that is too long replaces it.)
    """
    write("dev", KEY)
    found, said = opened(PASS_AWS_PREFIX="y" * 300)
    assert found.names() == []
    assert "cannot list" in said[0]
    assert store.is_dir()


def test_a_missing_store(store: Path) -> None:
    """Nothing is listed, and the error of a write tells what to do."""
    found, _ = opened(PASSWORD_STORE_DIR=str(store / "none"))
    assert found.names() == []
    with pytest.raises(UserError, match="there is no password store at") as caught:
        found.write("dev", KEY, "m")
    assert "pass init" in caught.value.hint
    assert not (store / "none").exists()


def test_a_key_outside_the_prefix_is_found(store: Path) -> None:
    """The error for a missing key can name such a key."""
    real_pass("insert", "-m", "dev", stdin=b"x")
    assert opened()[0].elsewhere("dev") == "dev"
    assert opened()[0].elsewhere("other") == ""
    write("inner", KEY)
    assert opened(PASS_AWS_PREFIX="")[0].elsewhere("inner") == "aws-vault/inner"
    assert opened(PASS_AWS_PREFIX="")[0].elsewhere("dev") == ""
    assert store.is_dir()


def test_entries_outside_the_prefix_are_readable(store: Path) -> None:
    """Entries for one-time codes are stored elsewhere."""
    real_pass("insert", "-m", "totp/aws/alice", stdin=b"otpauth://totp/x")
    found, _ = opened()
    assert found.path_exists("totp/aws/alice")
    assert found.read_path("totp/aws/alice") == b"otpauth://totp/x"
    assert not found.path_exists("../store/totp/aws/alice")
    with pytest.raises(UserError):
        found.read_path("../store/totp/aws/alice")
    assert store.is_dir()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize(
    ("umask", "file", "folder"),
    [("", 0o600, 0o700), ("077", 0o600, 0o700), ("027", 0o640, 0o750), ("0", 0o666, 0o777),
     ("u=rwx,g=rx,o=", 0o640, 0o750)],
)  # fmt: skip
@pytest.mark.parametrize("ours", [0o022, 0o077])
def test_new_files_and_directories_have_the_mode_of_pass(
    store: Path, umask: str, file: int, folder: int, ours: int
) -> None:
    """PASSWORD_STORE_UMASK alone sets it, whatever our own umask is."""
    before = os.umask(ours)
    try:
        write("org/dev", KEY, PASSWORD_STORE_UMASK=umask)
    finally:
        os.umask(before)
    real_pass("insert", "-m", "theirs/dev", stdin=b"x", PASSWORD_STORE_UMASK=umask)
    written = store / "aws-vault" / "org" / "dev.gpg"
    assert (mode(written), mode(written.parent), mode(written.parent.parent)) == (file, folder, folder)
    assert (mode(store / "theirs" / "dev.gpg"), mode(store / "theirs")) == (file, folder)


WHO, RIGHTS = st.text("ugoa", max_size=3), st.text("rwx", max_size=3)
CLAUSES = st.tuples(WHO, st.sampled_from("=+-"), RIGHTS).map("".join)
ODD = st.sampled_from(["0", "22", "0027", "777", "8", "u", "rwx", ",", "u=rwx,", "x=r"])


@given(st.integers(0, 0o777), st.lists(CLAUSES, min_size=1, max_size=3).map(",".join) | ODD)
@settings(deadline=None, max_examples=60)
def test_a_umask_is_read_as_in_bash(current: int, text: str) -> None:
    """A umask may be octal or symbolic."""
    from pass_aws.system.umask import mask

    script = f'umask {current:o}; umask -- "$1" 2>/dev/null; umask'
    done = subprocess.run(["bash", "-c", script, "bash", text], capture_output=True, check=True, text=True)
    assert mask(text, current) == int(done.stdout, 8)


def test_an_entry_keeps_its_mode(store: Path) -> None:
    """An overwritten entry keeps its mode, as with `pass insert`."""
    write("dev", b"old")
    (store / "aws-vault" / "dev.gpg").chmod(0o644)
    assert write("dev", b"new").read("dev") == b"new"
    assert mode(store / "aws-vault" / "dev.gpg") == 0o644


def test_symlinks_inside_the_store_are_followed(store: Path) -> None:
    """The symlink is kept and its target replaced: an entry, a directory or the store itself."""
    write("real/dev", b"old")
    (store / "aws-vault" / "ln.gpg").symlink_to("real/dev.gpg")
    (store / "aws-vault" / "dir").symlink_to("real")
    link = store.parent / "link"
    link.symlink_to(store)
    found = write("ln", b"new", PASSWORD_STORE_DIR=str(link))
    assert (store / "aws-vault" / "ln.gpg").is_symlink()
    assert found.read("real/dev") == found.read("ln") == found.read("dir/dev") == b"new"
    assert write("dir/other", b"t").read("real/other") == b"t"


def test_symlinks_out_of_the_store_are_only_read(store: Path, tmp_path: Path) -> None:
    """No entry or directory outside of the store is changed or removed."""
    write("dev", KEY)
    outside = tmp_path / "outside"
    outside.mkdir()
    (store / "aws-vault" / "dev.gpg").rename(outside / "dev.gpg")
    before = (outside / "dev.gpg").read_bytes()
    (store / "aws-vault" / "dev.gpg").symlink_to(outside / "dev.gpg")
    (store / "aws-vault" / "dir").symlink_to(outside)
    found, _ = opened()
    assert found.read("dev") == found.read("dir/dev") == KEY
    for name in ("dev", "dir/dev", "dir/new"):
        with pytest.raises(UserError, match="outside the store") as caught:
            found.write(name, KEY, "m")
        assert caught.value.hint
    with pytest.raises(UserError, match="outside the store"):
        found.remove(["dir/dev"], "m")
    assert [path.name for path in outside.iterdir()] == ["dev.gpg"]
    assert (outside / "dev.gpg").read_bytes() == before
    found.remove(["dev"], "m")  # the symlink itself is in the store
    assert (outside / "dev.gpg").exists()
    assert not (store / "aws-vault" / "dev.gpg").is_symlink()


def test_removal_cleans_up_as_pass_does(store: Path) -> None:
    """As in pass, empty directories are removed, up to the store's root, which is kept."""
    write("a/b/c/dev", KEY)
    write("a/other", KEY)
    found, _ = opened()
    found.remove(["a/b/c/dev"], "m")
    assert not (store / "aws-vault" / "a" / "b").exists()
    found.remove(["a/other", "never/was"], "m")
    assert sorted(path.name for path in store.iterdir()) == [".gpg-id"]


def test_an_entry_is_encrypted_to_the_recipients_of_its_directory(
    store: Path, keyring: Path, fingerprint: str
) -> None:
    """The recipients are those of the entry's directory, not of the prefix."""
    (store / "aws-vault").mkdir()
    (store / "aws-vault" / ".gpg-id").write_text("nobody\n")
    (store / "aws-vault" / "org").mkdir()
    (store / "aws-vault" / "org" / ".gpg-id").write_text(f"{fingerprint} # alice\n")
    found, _ = opened()
    assert found.recipients("dev").ids == ("nobody",)
    assert found.recipients("org/x/dev").ids == (f"{fingerprint} ",)
    assert write("org/x/dev", KEY).read("org/x/dev") == KEY
    with pytest.raises(UserError, match="no key for recipient nobody"):
        found.write("dev", KEY, "m")
    assert sorted(path.name for path in (store / "aws-vault").iterdir()) == [".gpg-id", "org"]
    assert keyring.is_dir()


def test_the_recipients_of_the_cache(store: Path, fingerprint: str) -> None:
    """The entry's own recipients on this machine, else `.gpg-id`'s; or the key in PASS_AWS_CACHE_KEY."""
    write("dev", KEY)
    assert opened()[0].own_recipients("dev") == (fingerprint,)
    assert opened(PASS_AWS_CACHE_KEY="alice")[0].own_recipients("dev") == (fingerprint,)
    with pytest.raises(UserError, match="PASS_AWS_CACHE_KEY names no secret key"):
        opened(PASS_AWS_CACHE_KEY="nobody")[0].own_recipients("dev")
    hidden = gpg(Path(os.environ["GNUPGHOME"]), "--armor", "-e", "-R", fingerprint, stdin=KEY)
    (store / "aws-vault" / "dev.gpg").write_text(hidden)
    assert opened()[0].own_recipients("dev") == (fingerprint,)
    (store / ".gpg-id").write_text("nobody\n")
    with pytest.raises(UserError, match="no secret key on this machine") as caught:
        opened()[0].own_recipients("dev")
    assert "PASS_AWS_CACHE_KEY" in caught.value.hint
    read, _ = opened()
    assert read.read("dev") == KEY
    assert read.own_recipients("dev") == (fingerprint,), "this key has just decrypted"


def test_every_write_checks_the_signature(store: Path, keyring: Path, fingerprint: str) -> None:
    """A read does not need the signature."""
    write("dev", KEY)
    found, _ = opened(PASSWORD_STORE_SIGNING_KEY=fingerprint)
    with pytest.raises(UserError, match="signature"):
        found.write("dev", b"new", "m")
    assert found.read("dev") == KEY
    gpg(keyring, "--detach-sign", str(store / ".gpg-id"))
    found.write("dev", b"new", "m")
    assert found.read("dev") == b"new"


def test_errors_name_the_entry_as_pass_does(store: Path) -> None:
    """Errors name the entry with the prefix and without the suffix."""
    write("dev", KEY)
    (store / "aws-vault" / "dev.gpg").write_bytes(b"")
    with pytest.raises(UserError, match=r"^aws-vault/dev is empty"):
        opened()[0].read("dev")


def test_a_long_name_is_an_error(store: Path) -> None:
    """A name that is too long is an error, not a traceback."""
    with pytest.raises(UserError, match="it is too long"):
        write("y" * 300)
    assert list(store.iterdir()) == [store / ".gpg-id"]


def lock_of(store: Path) -> str:
    """The file that a writer of this store locks."""
    return file_lock.path(user_dirs.state_folder(os.environ), os.path.realpath(store))


def test_writers_wait_for_each_other(store: Path) -> None:
    """The lock is a file of this user; it is released when its holder ends, and no file is left."""
    lock = lock_of(store)
    fd = file_lock.take(lock, lambda _: None)
    fcntl.flock(fd, fcntl.LOCK_EX)
    words = [sys.executable, "-I", "-S", str(MAIN), "add", "dev", "--stdin", "--no-verify", "--no-config"]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stdin
        assert child.stderr
        child.stdin.write(b"AKIAIOSFODNN7EXAMPLE\n" + b"x" * 40 + b"\n")
        child.stdin.close()
        waiting = b"pass aws: waiting: another pass aws is changing the store"
        assert any(line.startswith(waiting) for line in child.stderr)
        assert not (store / "aws-vault").exists()
        os.close(fd)
        assert child.wait(30) == 0
    assert sorted(path.name for path in store.iterdir()) == [".gpg-id", "aws-vault"]
    assert os.listdir(os.path.dirname(lock)) == []


def test_another_user_cannot_hold_our_lock(store: Path) -> None:
    """Another user can lock a store that is readable, so the lock is not on the store."""
    for path in (store, store / ".gpg-id"):
        fd = os.open(path, os.O_RDONLY)
        fcntl.flock(fd, fcntl.LOCK_EX)
    assert write("dev", KEY).read("dev") == KEY
    assert stat.S_IMODE(os.stat(os.path.dirname(lock_of(store))).st_mode) == 0o700


def test_a_program_that_we_start_does_not_hold_the_lock(git_store: Path) -> None:
    """A background process of a hook does not keep the lock."""
    hook = git_store / ".git" / "hooks" / "post-commit"
    hook.write_text("#!/bin/sh\nsleep 30 >/dev/null 2>&1 </dev/null &\n")
    hook.chmod(0o755)
    write("dev", b"1")
    fd = file_lock.take(lock_of(git_store), lambda file: fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB))
    os.close(fd)


def test_a_fifo_is_not_an_entry(store: Path) -> None:
    """A FIFO with the name of an entry does not block."""
    (store / "aws-vault").mkdir()
    os.mkfifo(store / "aws-vault" / "dev.gpg")
    found, _ = opened()
    assert not found.exists("dev")
    with pytest.raises(UserError, match="there is no entry aws-vault/dev in the store"):
        found.read("dev")
    with pytest.raises(UserError, match="there is no entry aws-vault/dev in the store"):
        found.read_path("aws-vault/dev")


def test_a_missing_store_is_an_error(store: Path, fingerprint: str) -> None:
    """A missing store is an error, even if its `.gpg-id` is not needed."""
    found, _ = opened(PASSWORD_STORE_DIR=str(store / "none"), PASSWORD_STORE_KEY=fingerprint)
    with pytest.raises(UserError, match=r"cannot use the password store .*/none: No such file"):
        found.write("dev", KEY, "m")
    with pytest.raises(UserError, match=r"cannot use the password store .*/none: No such file"):
        found.remove(["dev"], "m")


def test_a_large_store_is_listed(store: Path) -> None:
    """A large store is listed completely and in order; bench/ measures the time."""
    names = [f"{folder:02}/{name:02}" for folder in range(30) for name in range(30)]
    for name in names:
        (store / "aws-vault" / name).parent.mkdir(parents=True, exist_ok=True)
        (store / "aws-vault" / f"{name}.gpg").touch()
    assert opened()[0].names() == names


@pytest.mark.parametrize("how", [("--armor",), ("--sign",), ("--armor", "--sign")])
def test_entries_in_other_formats(store: Path, keyring: Path, fingerprint: str, how: tuple[str, ...]) -> None:
    """An entry that another program wrote armored or signed is read, as by pass."""
    (store / "aws-vault").mkdir()
    gpg(keyring, *how, "-r", fingerprint, "-o", str(store / "aws-vault" / "dev.gpg"), "-e", stdin=KEY)
    assert opened()[0].read("dev") == KEY
