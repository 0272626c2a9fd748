"""`import` shows, tests, stores and reads back keys; it removes plain text only on request."""

from __future__ import annotations

import json
import subprocess
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from conftest import gpg, put, run
from hypothesis import given
from hypothesis import strategies as st
from in_process import Runner
from mfa_world import insert

from pass_aws.errors import FAILED, MUST_ASK, USAGE
from pass_aws.keys import import_formats
from pass_aws.store import entry

if TYPE_CHECKING:
    from pathlib import Path

    from fakeaws import AccessKey, FakeAWS

    from pass_aws.model import Credentials

CREDENTIALS = """# mine\r
[dev]\r
aws_access_key_id = {id}\r
aws_secret_access_key={secret}\r
region = eu-west-1\r
\r
[work] ; the other one\r
aws_access_key_id = {work_id}
aws_secret_access_key = {work_secret}
[session]
aws_access_key_id = ASIAEXAMPLEEXAMPLE00
aws_secret_access_key = x
aws_session_token = y
"""


@pytest.fixture
def key(fake: FakeAWS) -> AccessKey:
    return fake.user("alice").key()


@pytest.fixture
def work(fake: FakeAWS) -> AccessKey:
    return fake.user("bob").key()


@pytest.fixture
def credentials(aws_config: Path, key: AccessKey, work: AccessKey) -> Path:
    path = aws_config.with_name("credentials")
    text = CREDENTIALS.format(id=key.id, secret=key.secret, work_id=work.id, work_secret=work.secret)
    path.write_bytes(text.encode())
    return path


def stored(store: Path, keyring: Path, name: str = "dev") -> Credentials:
    text = gpg(keyring, "-d", str(store / "aws-vault" / f"{name}.gpg"))
    return entry.parse(text.encode(), name).credentials


def test_a_dry_run_changes_nothing(credentials: Path, store: Path, key: AccessKey, work: AccessKey) -> None:
    """--dry-run shows what would happen to each key, its owner, and no secret.

    Temporary credentials are refused.
    """
    before = credentials.read_bytes()
    done = run("import", "--dry-run")
    assert done.returncode == FAILED
    rows = [line.split(None, 3) for line in done.stdout.splitlines()]
    assert [row[0] for row in rows] == ["Profile", "dev", "work", "session"]
    assert rows[1] == [
        "dev",
        f"…{key.id[-4:]}",
        str(credentials),
        "new: arn:aws:iam::111111111111:user/alice",
    ]
    assert rows[3][3] == "refused: it has a session token, so it expires"
    assert "1 key would be skipped: session" in done.stderr
    assert not (store / "aws-vault").exists()
    assert credentials.read_bytes() == before
    for secret in (key.secret, work.secret):
        assert secret not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("names", "said"), [(["a"], "1 key was skipped: a"), (["a", "b"], "2 keys were skipped: a, b")]
)
def test_skipped_keys_are_reported(names: list[str], said: str, aws_config: Path, store: Path) -> None:
    """Skipped keys are reported in numbers and by name."""
    assert store.is_dir()
    text = (
        "[{}]\naws_access_key_id = ASIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\naws_session_token = y\n"
    )
    aws_config.with_name("credentials").write_text("".join(map(text.format, names)))
    done = run("import", "--yes")
    assert done.returncode == FAILED
    assert said in done.stderr


def test_scrub_removes_the_plain_text(
    credentials: Path, git_store: Path, keyring: Path, key: AccessKey
) -> None:
    """--scrub removes the two lines after the key is stored, and keeps every other byte."""
    before = credentials.read_bytes()
    done = run("import", "dev", "--scrub", "--yes")
    assert done.returncode == 0, done.stderr
    found = stored(git_store, keyring)
    assert (found.access_key_id, found.secret_access_key) == (key.id, key.secret)
    lines = before.splitlines(keepends=True)
    assert credentials.read_bytes() == b"".join(lines[:2] + lines[4:])
    assert "pass aws rotate dev" in done.stderr
    assert "pass aws configure dev" in done.stderr
    assert run("env", "dev", "--format", "json").returncode == 0


def test_without_scrub_the_file_is_kept(credentials: Path, store: Path) -> None:
    """A message says that the plain text still exists."""
    before = credentials.read_bytes()
    done = run("import", "dev", "--yes")
    assert done.returncode == 0, done.stderr
    assert f"the plain text is still in {credentials}; --scrub removes it" in done.stderr
    assert credentials.read_bytes() == before
    assert (store / "aws-vault" / "dev.gpg").exists()


def test_a_skipped_entry_is_not_to_be_removed(store: Path) -> None:
    """If nothing was stored, the entry may be the only place of the secret: `pass rm` is not suggested."""
    text = b"AKIAIOSFODNN7EXAMPLE\n"
    subprocess.run(["pass", "insert", "-m", "plain"], input=text, check=True, capture_output=True)
    done = run("import", "x", "--entry", "plain", "--yes")
    assert (done.returncode, "1 key was skipped" in done.stderr) == (FAILED, True)
    assert "pass rm" not in done.stderr


def test_import_needs_a_confirmation(credentials: Path, store: Path) -> None:
    """Without a terminal nothing happens, and the hint names the option."""
    done = run("import", "dev")
    assert done.returncode == MUST_ASK
    assert "--yes" in done.stderr
    assert not (store / "aws-vault").exists()
    assert credentials.exists()


def test_a_stored_key_is_scrubbed(credentials: Path, store: Path, key: AccessKey) -> None:
    """If a run was killed before it scrubbed, the same command finishes."""
    put(store, "dev", key.id, key.secret)
    before = (store / "aws-vault" / "dev.gpg").read_bytes()
    done = run("import", "dev", "--scrub", "--yes")
    assert done.returncode == 0, done.stderr
    assert "already stored" in done.stdout
    assert (store / "aws-vault" / "dev.gpg").read_bytes() == before
    assert key.secret not in credentials.read_text()


def test_another_key_is_not_replaced(credentials: Path, store: Path, keyring: Path, key: AccessKey) -> None:
    """The two keys are shown next to each other; --force replaces."""
    put(store, "dev", "AKIAIOSFODNN7EXAMPLE", "x" * 40)
    done = run("import", "dev", "--scrub", "--yes")
    assert done.returncode == FAILED
    assert f"…{key.id[-4:]}" in done.stdout
    assert "conflict: …MPLE is stored" in done.stdout
    assert key.secret in credentials.read_text()
    assert run("import", "dev", "--force", "--yes").returncode == 0
    assert stored(store, keyring).secret_access_key == key.secret


def test_a_key_that_does_not_work_is_kept_in_the_file(credentials: Path, store: Path, key: AccessKey) -> None:
    """AWS is called first; a key that it refuses is neither stored nor removed."""
    key.deactivate()
    done = run("import", "dev", "--scrub", "--yes")
    assert done.returncode == FAILED
    assert "refused: AWS does not know access key" in done.stdout
    assert key.secret in credentials.read_text()
    assert not (store / "aws-vault").exists()
    assert run("import", "dev", "--no-verify", "--yes").returncode == 0


def test_a_key_that_cannot_be_stored_is_not_scrubbed(credentials: Path, store: Path, key: AccessKey) -> None:
    """Without a recipient no key is stored, so none is removed from the file."""
    (store / ".gpg-id").write_text("nobody\n")
    assert run("import", "dev", "--scrub", "--yes").returncode == FAILED
    assert key.secret in credentials.read_text()


def test_the_csv_of_the_console(
    store: Path, keyring: Path, key: AccessKey, work: AccessKey, tmp_path: Path
) -> None:
    """The CSV may begin with a byte order mark; --scrub removes the row."""
    path = tmp_path / "rootkey.csv"
    path.write_bytes(f"\ufeffAccess key ID,Secret access key\r\n{key.id},{key.secret}\r\n".encode())
    done = run("import", "dev", "--csv", str(path), "--scrub", "--yes")
    assert done.returncode == 0, done.stderr
    assert stored(store, keyring).secret_access_key == key.secret
    assert path.read_bytes().decode() == "\ufeffAccess key ID,Secret access key\r\n"
    path.write_text(
        "User name,Password,Access key ID,Secret access key,Console login link\n"
        f"work,,{work.id},{work.secret},https://111111111111.signin.aws.amazon.com/console\n"
    )
    assert run("import", "--csv", str(path), "--yes").returncode == 0
    assert stored(store, keyring, "work").secret_access_key == work.secret


def test_environment_and_json(
    store: Path, keyring: Path, key: AccessKey, work: AccessKey, tmp_path: Path
) -> None:
    """The output of `aws configure export-credentials` is read from standard input or a file."""
    given = {"AWS_ACCESS_KEY_ID": key.id, "AWS_SECRET_ACCESS_KEY": key.secret}
    assert run("import", "--env", **given).returncode == USAGE
    assert run("import", "dev", "--env", "--yes", **given).returncode == 0
    assert stored(store, keyring).secret_access_key == key.secret
    text = json.dumps({"Version": 1, "AccessKeyId": work.id, "SecretAccessKey": work.secret})
    assert run("import", "work", "--json", "-", "--yes", stdin=text).returncode == 0
    assert stored(store, keyring, "work").access_key_id == work.id
    (tmp_path / "session").write_text(
        json.dumps({"AccessKeyId": "A" * 20, "SecretAccessKey": "x", "SessionToken": "y"})
    )
    done = run("import", "other", "--json", str(tmp_path / "session"), "--yes")
    assert done.returncode == FAILED
    assert "it expires" in done.stdout


@pytest.mark.parametrize("escape", ["/", r"\/"])
def test_scrub_empties_the_secret_in_a_json_file(
    store: Path, keyring: Path, key: AccessKey, tmp_path: Path, escape: str
) -> None:
    """In the output of `aws iam create-access-key` the secret becomes empty; every other byte is kept."""
    path = tmp_path / "key.json"
    fields = {"UserName": "é", "AccessKeyId": key.id, "SecretAccessKey": "SECRET"}
    text = json.dumps({"AccessKey": fields}, indent=4)
    path.write_text(text.replace("SECRET", key.secret.replace("/", escape), 1))
    before = path.read_text()
    done = run("import", "dev", "--json", str(path), "--scrub", "--yes")
    assert done.returncode == 0, done.stderr
    assert f"removed 1 key from {path}" in done.stderr
    assert stored(store, keyring).secret_access_key == key.secret
    assert path.read_text() == before.replace(key.secret.replace("/", escape), "")
    again = run("import", "dev", "--json", str(path), "--scrub", "--yes")
    assert again.returncode == FAILED
    assert stored(store, keyring).secret_access_key == key.secret


def test_scrub_removes_a_plain_entry_in_one_commit(
    git_store: Path, keyring: Path, key: AccessKey, work: AccessKey
) -> None:
    """The entry is removed after its key is stored; if a run was killed, the same command finishes."""
    insert(git_store, "cloud/dev", f"{key.id}\nsecret: {key.secret}\n")
    text = f"aws_access_key_id = {work.id}\naws_secret_access_key = {work.secret}\n"
    insert(git_store, "cloud/work", text)
    assert run("import", "--entry", "cloud/dev", "--yes").returncode == 0
    done = run("import", "--entry", "cloud/dev", "--entry", "cloud/work", "--scrub", "--yes")
    assert done.returncode == 0, done.stderr
    assert not (git_store / "cloud").exists()
    assert stored(git_store, keyring).secret_access_key == key.secret
    assert stored(git_store, keyring, "work").secret_access_key == work.secret
    git = ["git", "-C", str(git_store)]
    subject = subprocess.check_output([*git, "log", "-1", "--format=%s"], text=True)
    assert subject == "Remove cloud/dev, cloud/work from store.\n"
    assert subprocess.check_output([*git, "status", "--porcelain"]) == b""


def test_a_scrub_that_was_killed_is_finished(git_store: Path, key: AccessKey) -> None:
    """If the entry was removed and not committed, the same command commits it, once the key is stored."""
    insert(git_store, "cloud/dev", f"{key.id}\nsecret: {key.secret}\n")
    words = ("import", "--entry", "cloud/dev", "--scrub", "--yes")
    (git_store / "cloud" / "dev.gpg").rename(git_store / "kept")
    lost = run(*words)
    assert lost.returncode == FAILED
    assert "there is no entry cloud/dev" in lost.stderr
    git = ["git", "-C", str(git_store)]
    assert subprocess.check_output([*git, "status", "--porcelain", "cloud"]) == b" D cloud/dev.gpg\n"
    (git_store / "kept").rename(git_store / "cloud" / "dev.gpg")
    assert run("import", "--entry", "cloud/dev", "--yes").returncode == 0
    (git_store / "cloud" / "dev.gpg").unlink()
    done = run(*words)
    assert done.returncode == 0, done.stderr
    assert "removed the entry cloud/dev" in done.stderr
    subject = subprocess.check_output([*git, "log", "-1", "--format=%s"], text=True)
    assert subject == "Remove cloud/dev from store.\n"
    assert subprocess.check_output([*git, "status", "--porcelain"]) == b""


@pytest.mark.parametrize("more", ["url: https://example.com\n", "hunter2\n", "password: hunter2\n"])
def test_an_entry_with_other_content_is_kept(store: Path, keyring: Path, key: AccessKey, more: str) -> None:
    """A password in the same entry would be lost: the key is stored, the entry kept, the exit status 1."""
    insert(store, "dev", f"{key.secret}\naccess key id: {key.id}\n{more}")
    before = (store / "dev.gpg").read_bytes()
    done = run("import", "--entry", "dev", "--scrub", "--yes")
    assert done.returncode == FAILED
    assert "kept the entry dev, because it contains more than the key" in done.stderr
    assert "pass edit dev" in done.stderr
    assert "hunter2" not in done.stdout + done.stderr
    assert stored(store, keyring).secret_access_key == key.secret
    assert (store / "dev.gpg").read_bytes() == before


@pytest.mark.parametrize(
    "text",
    [
        "{secret}\naccess key id: {id}\nurl: https://console.aws.amazon.com\n",
        "{id}\nsecret: {secret}\n",
        "password\nuser: alice@example.com\nAWS_ACCESS_KEY_ID={id}\nAWS_SECRET_ACCESS_KEY='{secret}'\n",
        "aws_access_key_id = {id}\naws_secret_access_key = {secret}\n",
        "export AWS_ACCESS_KEY_ID={id}\nexport AWS_SECRET_ACCESS_KEY={secret}\n",
    ],
)
def test_plain_entries_of_pass(text: str, store: Path, keyring: Path, key: AccessKey) -> None:
    """An entry has the key on the first line and `name: value` below, or lines as in the AWS files."""
    insert(store, "cloud/aws/dev", text.format(id=key.id, secret=key.secret))
    done = run("import", "--entry", "cloud/aws/dev", "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    found = stored(store, keyring)
    assert (found.access_key_id, found.secret_access_key) == (key.id, key.secret)
    assert "pass rm cloud/aws/dev" in done.stderr


AWS_VAULT = """#!/bin/sh
[ -z "$AWS_VAULT" ] && [ "$AWS_CONFIG_FILE" = /dev/null ] || exit 9
case "$*" in
"--backend=file list --credentials") echo dev; echo "two words" ;;
"--backend=file export --no-session --format=json dev")
    echo '{{"Version": 1, "AccessKeyId": "{id}", "SecretAccessKey": "{secret}"}}' ;;
"--backend=file export --no-session --format=json two words")
    echo '{{"Version": 1, "AccessKeyId": "ASIA", "SecretAccessKey": "x", "SessionToken": "y"}}' ;;
*) exit 8 ;;
esac
"""


def test_other_backends_of_aws_vault(store: Path, keyring: Path, key: AccessKey, programs: Path) -> None:
    """Each key is read with aws-vault's own export, without the config file that would change it."""
    (programs / "aws-vault").write_text(AWS_VAULT.format(id=key.id, secret=key.secret))
    (programs / "aws-vault").chmod(0o755)
    done = run("import", "dev", "--aws-vault", "file", "--yes", AWS_VAULT="dev", AWS_CONFIG_FILE="/x")
    assert done.returncode == 0, done.stdout + done.stderr
    assert stored(store, keyring).secret_access_key == key.secret
    done = run("import", "--aws-vault", "file", "--dry-run")
    assert "two words" in done.stdout
    assert run("import", "--aws-vault", "keychain").returncode == FAILED


def test_sources_that_cannot_be_scrubbed(store: Path) -> None:
    """--scrub of such a source is refused before anything is done."""
    for source in (["--env"], ["--aws-vault", "file"], ["--json", "-"]):
        assert run("import", "dev", *source, "--scrub").returncode == USAGE
    assert not (store / "aws-vault").exists()


def test_invalid_files(
    store: Path, tmp_path: Path, fake: FakeAWS, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that does not exist, is not CSV, or has no key gives one line that shows nothing of it."""
    assert store.is_dir()
    runner = Runner(fake, capsys)
    path = tmp_path / "file"
    assert "No such file" in runner("import", "dev", "--csv", str(path)).err
    path.write_text("nothing of the kind\nCANARY,CANARY\n")
    for words in (["--csv", str(path)], ["--json", str(path)]):
        done = runner("import", "dev", *words)
        assert done.status == FAILED
        assert "has no access key" in done.err
        assert "CANARY" not in done.err
    path.write_text("x" * 200_000)  # more than the csv module reads as one field
    assert "has no access key: it is not CSV" in runner("import", "dev", "--csv", str(path)).err
    given = run("import", "dev", "--json", "-", stdin="CANARY")
    assert "standard input has no access key: it is not JSON" in given.stderr
    assert "CANARY" not in given.stderr
    done = runner("import", "--entry", "nowhere")
    assert done.err.splitlines()[-1] == "pass aws: hint: run pass ls to see all entries"
    done = runner("import")
    assert done.status == FAILED
    assert "no keys to import" in done.err


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    """No text causes a traceback."""
    import_formats.of_entry(text, "dev", "x")
    for parser in (import_formats.of_csv, import_formats.of_json):
        with suppress(ValueError):
            parser(text, "dev", "x")
