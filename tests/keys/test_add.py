"""`add` checks, tests and stores a key and writes the config file, or does none of it."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING

import pexpect
import pytest
from conftest import MAIN, gpg, put, run

from pass_aws.store import entry

if TYPE_CHECKING:
    from pathlib import Path

    from fakeaws import AccessKey, FakeAWS, User

    from pass_aws.model import Credentials


@pytest.fixture
def alice(fake: FakeAWS, store: Path) -> User:
    assert store.is_dir()
    return fake.user("alice")


@pytest.fixture
def key(alice: User) -> AccessKey:
    return alice.key()


def two_lines(key: AccessKey) -> bytes:
    return f"{key.id}\n{key.secret}\n".encode()


def stored(store: Path, keyring: Path, name: str = "dev") -> Credentials:
    text = gpg(keyring, "-d", str(store / "aws-vault" / f"{name}.gpg"))
    return entry.parse(text.encode(), name).credentials


def typed(*words: str, answers: list[tuple[str, str]]) -> tuple[str, int]:
    """Runs the program on a terminal, answers its questions; returns its output and exit status."""
    child = pexpect.spawn(
        sys.executable, ["-I", "-S", str(MAIN), *words], env=dict(os.environ), timeout=20, encoding="utf-8"
    )
    seen = ""
    for question, answer in answers:
        child.expect_exact(question)
        seen += str(child.before) + question
        child.sendline(answer)
    child.expect(pexpect.EOF)
    child.close()
    return seen + str(child.before), int(child.exitstatus or 0)


def test_add_on_a_terminal(key: AccessKey, store: Path, keyring: Path, aws_config: Path) -> None:
    """The prompts ask for id and secret, and hide the secret; account and ARN are shown."""
    questions = [("Access key id: ", key.id), ("(not shown): ", key.secret)]
    seen, status = typed("add", "dev", answers=questions)
    assert status == 0, seen
    assert key.secret not in seen
    assert "arn:aws:iam::111111111111:user/alice" in seen
    assert "111111111111" in seen
    credentials = stored(store, keyring)
    assert (credentials.access_key_id, credentials.secret_access_key) == (key.id, key.secret)
    assert aws_config.read_text() == "[profile dev]\n"


def test_add_from_stdin(key: AccessKey, store: Path, keyring: Path) -> None:
    """--stdin reads two lines, with any spaces and line ends."""
    done = run("add", "dev", "--stdin", stdin=f"  {key.id} \r\n\t{key.secret}\r\n\r\n".encode())
    assert done.returncode == 0, done.stderr
    assert stored(store, keyring).secret_access_key == key.secret


def test_add_from_json(key: AccessKey, store: Path, keyring: Path) -> None:
    """--stdin reads the output of `aws iam create-access-key`."""
    answer = {"AccessKey": {"UserName": "alice", "AccessKeyId": key.id, "SecretAccessKey": key.secret}}
    assert run("add", "dev", "--stdin", stdin=json.dumps(answer).encode()).returncode == 0
    assert stored(store, keyring).access_key_id == key.id


def test_add_from_the_environment(key: AccessKey, store: Path, keyring: Path) -> None:
    """--env reads the variables; those of a session are refused."""
    given = {"AWS_ACCESS_KEY_ID": key.id, "AWS_SECRET_ACCESS_KEY": key.secret}
    refused = run("add", "dev", "--env", **given, AWS_SESSION_TOKEN="t")
    assert refused.returncode == 1
    assert run("add", "dev", "--env", **given).returncode == 0
    assert stored(store, keyring).access_key_id == key.id
    missing = run("add", "x", "--env")
    assert "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY not set" in missing.stderr


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"", "0 lines"),
        (b"AKIAEXAMPLE\n", "1 lines"),
        (b"AKIA EXAMPLE\nsecret\n", "blanks"),
        (b"ASIAEXAMPLEEXAMPLE00\nsecret\n", "session"),
        (b"{not json", "not JSON"),
        (b'{"AccessKeyId": 1}', "does not contain AccessKeyId"),
        (b'{"AccessKeyId":"a","SecretAccessKey":"b","SessionToken":"c"}', "expire"),
        (b"\xff\xfe\n\x00\n", "characters"),
    ],
)
@pytest.mark.usefixtures("alice")
def test_invalid_text_is_refused(text: bytes, says: str, store: Path, fake: FakeAWS) -> None:
    """A text that cannot be a key is refused before AWS is called."""
    done = run("add", "dev", "--stdin", stdin=text)
    assert done.returncode == 1
    assert says in done.stderr
    assert "hint: " in done.stderr
    assert not (store / "aws-vault").exists()
    assert fake.calls == []


def test_an_unusual_format_must_be_confirmed(key: AccessKey, store: Path, fake: FakeAWS) -> None:
    """Swapped fields and unusual formats are reported without the secret, and need a yes."""
    done = run("add", "dev", "--stdin", stdin=f"{key.secret}\n{key.id}\n".encode())
    assert done.returncode == 4
    assert "swapped" in done.stderr
    assert key.secret not in done.stderr
    assert fake.calls == []
    seen, status = typed(
        "add", "dev",
        answers=[("Access key id: ", "minio"), ("(not shown): ", "minio123"), ("anyway? [y/N] ", "n")],
    )  # fmt: skip
    assert status == 1
    assert "20 and start with AKIA" in seen
    assert not (store / "aws-vault").exists()


def test_no_verify_accepts_any_format(store: Path, keyring: Path, fake: FakeAWS) -> None:
    """S3-compatible services have other formats; AWS is not called."""
    assert run("add", "dev", "--stdin", "--no-verify", stdin=b"minio\nminio123\n").returncode == 0
    assert stored(store, keyring).secret_access_key == "minio123"
    assert fake.calls == []


@pytest.mark.usefixtures("key")
def test_a_key_that_does_not_work_is_not_stored(store: Path, aws_config: Path) -> None:
    """AWS's refusal is explained; neither the store nor the config file is changed."""
    done = run(
        "add", "dev", "--stdin", stdin=b"AKIAIOSFODNN7EXAMPLE\nwJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n"
    )
    assert done.returncode == 1
    assert "MPLE" in done.stderr
    assert not (store / "aws-vault").exists()
    assert not aws_config.exists()


def test_root_key(fake: FakeAWS, store: Path) -> None:
    """A root user's key needs --allow-root."""
    root = fake.root().key()
    done = run("add", "dev", "--stdin", stdin=two_lines(root))
    assert done.returncode == 1
    assert "--allow-root" in done.stderr
    assert not (store / "aws-vault").exists()
    assert run("add", "dev", "--stdin", "--allow-root", stdin=two_lines(root)).returncode == 0


def test_a_stored_key_is_not_overwritten(key: AccessKey, alice: User, store: Path, keyring: Path) -> None:
    """A stored key is kept without --force or a yes; replacing it deletes the old key's sessions."""
    assert run("add", "dev", "--stdin", stdin=two_lines(key)).returncode == 0
    assert run("env", "dev").returncode == 0
    other = alice.key()
    done = run("add", "dev", "--stdin", stdin=two_lines(other))
    assert done.returncode == 4
    assert "--force" in done.stderr
    assert stored(store, keyring).access_key_id == key.id
    seen, status = typed("add", "dev", answers=[("Replace it? [y/N] ", "")])
    assert status == 1, seen
    assert run("add", "dev", "--stdin", "--force", stdin=two_lines(other)).returncode == 0
    assert stored(store, keyring).access_key_id == other.id
    assert run("list", "--sessions").stdout == ""


def test_replacing_keeps_unknown_fields(key: AccessKey, store: Path, keyring: Path) -> None:
    """Unknown fields of the item are kept with a new key."""
    put(store, "dev", "AKIAOLDOLDOLDOLDOLD0", "old", more={"Pinned": {"a": [1]}})
    assert run("add", "dev", "--stdin", "--force", stdin=two_lines(key)).returncode == 0
    item = json.loads(gpg(keyring, "-d", str(store / "aws-vault" / "dev.gpg")))
    assert item["Pinned"] == {"a": [1]}


def test_a_missing_mfa_serial_is_reported(alice: User, key: AccessKey, aws_config: Path) -> None:
    """If the user has a device and the profile does not, the missing line is shown or offered."""
    device = alice.mfa()
    done = run("add", "dev", "--stdin", stdin=two_lines(key))
    assert f"mfa_serial = {device.serial}" in done.stderr
    aws_config.unlink()
    seen, status = typed(
        "add", "dev", "--force",
        answers=[("key id: ", key.id), ("(not shown): ", key.secret), ("for this profile? [y/N] ", "y")],
    )  # fmt: skip
    assert status == 0, seen
    assert aws_config.read_text() == f"[profile dev]\nmfa_serial = {device.serial}\n"


def test_config_section(key: AccessKey, aws_config: Path) -> None:
    """The section is added with the given values; every other byte, the mode and the symlink are kept."""
    real = aws_config.parent / "real"
    text = "# mine\r\n[default]\r\nregion=eu-west-1 ; here\r\ns3 =\r\n  a = b\r\n\r\n"
    real.write_bytes(text.encode())
    real.chmod(0o640)
    aws_config.symlink_to(real)
    done = run("add", "dev", "--stdin", "--region", "us-west-2", stdin=two_lines(key))
    assert done.returncode == 0, done.stderr
    assert real.read_bytes().decode() == f"{text}\r\n[profile dev]\r\nregion = us-west-2\r\n"
    assert aws_config.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("verify", [(), ("--no-verify",)])
@pytest.mark.parametrize(
    "more", [("--region", "x\n[profile evil]\nregion=y"), ("--mfa-serial", "arn\nrole_arn = x")]
)
def test_a_section_that_cannot_be_written(
    key: AccessKey, fake: FakeAWS, store: Path, more: tuple[str, ...], verify: tuple[str, ...]
) -> None:
    """An invalid section is refused before AWS is called and before anything is stored."""
    done = run("add", "dev", "--stdin", *more, *verify, stdin=two_lines(key))
    assert done.returncode == 2
    assert f"{more[0]}: " in done.stderr
    assert not (store / "aws-vault").exists()
    assert fake.calls == []


def test_the_region_selects_the_endpoint(
    key: AccessKey, fake: FakeAWS, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key of China is unknown in every other partition."""
    assert run("add", "dev", "--stdin", "--region", "eu-west-3", stdin=two_lines(key)).returncode == 0
    asked = [call.region for call in fake.calls if call.action == "GetCallerIdentity"]
    assert asked == ["eu-west-3"]


def test_an_existing_section_is_not_changed(key: AccessKey, aws_config: Path) -> None:
    """An existing profile is not changed; a message names the serial that was not written."""
    aws_config.write_text("[profile dev]\nregion = eu-west-1\n")
    done = run(
        "add", "dev", "--stdin", "--mfa-serial", "arn:aws:iam::111111111111:mfa/x", stdin=two_lines(key)
    )
    assert done.returncode == 0
    assert "add mfa_serial = arn:aws:iam::111111111111:mfa/x to it" in done.stderr
    assert aws_config.read_text() == "[profile dev]\nregion = eu-west-1\n"


def test_a_failed_commit_does_not_stop_add(key: AccessKey, git_store: Path, aws_config: Path) -> None:
    """The profile gets its section, and the error says how to commit."""
    hook = git_store / ".git" / "hooks" / "pre-commit"
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    done = run("add", "dev", "--stdin", stdin=two_lines(key))
    assert done.returncode == 1
    assert "git did not commit it" in done.stderr
    assert "pass git commit -m" in done.stderr.splitlines()[-1]
    assert aws_config.read_text() == "[profile dev]\n"
    assert run("env", "dev").returncode == 0


def test_no_config(key: AccessKey, aws_config: Path) -> None:
    """--no-config, and aws-vault's name for it, do not change the file."""
    for option in ("--no-config", "--no-add-config"):
        assert run("add", "dev", "--stdin", "--force", option, stdin=two_lines(key)).returncode == 0
    assert not aws_config.exists()


def test_profile_with_a_source(key: AccessKey, aws_config: Path, store: Path) -> None:
    """A profile with other credentials does not get a key by mistake."""
    aws_config.write_text("[profile dev]\n[profile ro]\nsource_profile = dev\n")
    done = run("add", "ro", "--stdin", stdin=two_lines(key))
    assert done.returncode == 1
    assert "pass aws add dev" in done.stderr
    assert not (store / "aws-vault").exists()


@pytest.mark.parametrize(
    "name", ["../x", "/x", "a/../b", "", "x session (1)", "a,bcd,,99", "a\nb", ".hidden"]
)
@pytest.mark.usefixtures("alice")
def test_bad_names(name: str, store: Path) -> None:
    """Names outside the prefix, or that aws-vault would delete, are refused."""
    done = run("add", name, "--stdin", stdin=b"AKIAIOSFODNN7EXAMPLE\nx\n")
    assert done.returncode == 1
    assert not list(store.rglob("*.gpg"))


def test_without_a_terminal(key: AccessKey) -> None:
    """Without a terminal and without --stdin, `add` fails at once, and the hint names the option."""
    done = run("add", "dev")
    assert done.returncode == 4
    assert "--stdin" in done.stderr
    assert key.id not in done.stderr


def test_committed_as_pass_does(key: AccessKey, git_store: Path) -> None:
    """One commit with pass's message contains only the entry."""
    (git_store / "staged").write_text("x")
    subprocess.run(["git", "-C", str(git_store), "add", "staged"], check=True)
    assert run("add", "team/dev", "--stdin", stdin=two_lines(key)).returncode == 0
    log = subprocess.run(
        ["git", "-C", str(git_store), "show", "--name-only", "--format=%s"], capture_output=True, text=True, check=True
    )  # fmt: skip
    assert log.stdout.split("\n\n") == [
        "Add given password for aws-vault/team/dev to store.",
        "aws-vault/team/dev.gpg\n",
    ]


def test_aws_vault_reads_it(key: AccessKey, store: Path) -> None:
    """`pass show` prints exactly the item that aws-vault writes."""
    assert run("add", "dev", "--stdin", stdin=two_lines(key)).returncode == 0
    shown = subprocess.run(["pass", "show", "aws-vault/dev"], capture_output=True, check=True).stdout
    item = json.loads(shown)
    assert list(item) == [
        "Key", "Data", "Label", "Description", "KeychainNotTrustApplication", "KeychainNotSynchronizable",
    ]  # fmt: skip
    assert (item["Key"], item["Label"]) == ("dev", "aws-vault (dev)")
    assert store.is_dir()


@pytest.mark.parametrize("trouble", ["not initialised", "no key for recipient", "gpg is not on PATH"])
def test_an_unusable_store_is_reported_first(
    store: Path, fake: FakeAWS, tmp_path: Path, trouble: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Obstacles are reported before the user types a key, and before AWS is called."""
    if trouble == "not initialised":
        (store / ".gpg-id").unlink()
    elif trouble == "no key for recipient":
        (store / ".gpg-id").write_text("nobody@example.invalid\n")
    else:
        monkeypatch.setenv("PATH", str(tmp_path))
    seen, status = typed("add", "dev", answers=[])
    assert status == 1
    assert trouble in seen
    assert "Access key id" not in seen
    done = run(
        "add", "dev", "--stdin", stdin=b"AKIAIOSFODNN7EXAMPLE\nwJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n"
    )
    assert done.returncode == 1
    assert fake.calls == []


HINTS = {
    "no terminal": (("dev",), "", "pass aws add dev --stdin"),
    "stored": (("stored", "--stdin"), "{user.id}\n{user.secret}\n", "pass aws add stored --stdin --force"),
    "odd": (("dev", "--stdin"), "minio\nminio123\n", "pass aws add dev --stdin --no-verify"),
    "a source": (("ro", "--stdin"), "{user.id}\n{user.secret}\n", "pass aws add ro --stdin --force"),
    "a root user's": (
        ("a b", "--stdin"),
        "{root.id}\n{root.secret}\n",
        "pass aws add 'a b' --stdin --allow-root",
    ),
}


@pytest.fixture
def keys(fake: FakeAWS, alice: User) -> dict[str, AccessKey]:
    return {"user": alice.key(), "root": fake.root().key()}


@pytest.mark.parametrize("case", HINTS)
def test_hints_work_as_printed(
    case: str, keys: dict[str, AccessKey], store: Path, aws_config: Path, keyring: Path
) -> None:
    """The hint is the command that helps, with the given arguments, and it works."""
    words, given, hint = HINTS[case]
    put(store, "stored", "AKIAOLDOLDOLDOLDOLD0", "old")
    aws_config.write_text("[profile ro]\nsource_profile = stored\n")
    stdin = given.format(**keys).encode()
    done = run("add", *words, stdin=stdin)
    assert done.returncode in (1, 4)
    assert hint in done.stderr.splitlines()[-1]
    stdin = stdin or two_lines(keys["user"])
    assert run(*shlex.split(hint)[2:], stdin=stdin).returncode == 0
    assert stored(store, keyring, words[0]).secret_access_key == stdin.split()[1].decode()


def test_the_hint_for_a_key_that_aws_refuses(key: AccessKey) -> None:
    """The key is not stored, so the hint must not suggest to replace it."""
    done = run("add", "dev", "--stdin", stdin=f"{key.id}\n{'x' * 40}\n".encode())
    assert "hint: copy the whole secret again" in done.stderr
    done = run("add", "dev", "--stdin", stdin=f"AKIAIOSFODNN7EXAMPLE\n{key.secret}\n".encode())
    assert "hint: check the key id" in done.stderr


def test_a_key_that_cannot_be_verified_offline(key: AccessKey) -> None:
    """Offline, the hint has the command that stores the key without a check."""
    stdin = f"{key.id}\n{key.secret}\n".encode()
    done = run("add", "dev", "--stdin", stdin=stdin, AWS_ENDPOINT_URL="http://127.0.0.1:1")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].endswith("run pass aws add dev --stdin --no-verify")
    assert run("add", "dev", "--stdin", "--no-verify", stdin=stdin).returncode == 0


@pytest.mark.usefixtures("store")
def test_a_key_that_is_not_in_the_environment() -> None:
    """The hint names the variables to set, and another way."""
    done = run("add", "dev", "--env", AWS_ACCESS_KEY_ID="AKIAIOSFODNN7EXAMPLE")
    assert (done.returncode, done.stderr.count("\n")) == (1, 2)
    assert "export AWS_SECRET_ACCESS_KEY, or type the key: pass aws add dev" in done.stderr


@pytest.mark.usefixtures("key")
def test_cancelled(store: Path) -> None:
    """Ctrl-C at the prompt gives exit status 130, and nothing is stored."""
    child = pexpect.spawn(
        sys.executable, ["-I", "-S", str(MAIN), "add", "dev"], env=dict(os.environ), timeout=20
    )
    child.expect_exact("Access key id: ")
    child.sendintr()
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 130
    assert not (store / "aws-vault").exists()
