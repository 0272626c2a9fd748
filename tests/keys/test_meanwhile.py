"""The store changes while a command waits for AWS: no key is lost, and no new recipient can read one."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from conftest import gpg, put, run
from fakeaws.faults import Fault

from pass_aws.store import entry

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from fakeaws import AccessKey, FakeAWS
    from fakeaws.wire import Response


@pytest.fixture
def key(fake: FakeAWS, git_store: Path, aws_config: Path) -> AccessKey:
    """The only key of alice, stored as `dev`."""
    made = fake.user("alice").key()
    put(git_store, "dev", made.id, made.secret)
    aws_config.write_text("[profile dev]\n")
    return made


def meanwhile(fake: FakeAWS, action: str, change: Callable[[], object]) -> list[str]:
    """Makes a change once, between a call and its answer; the list records it."""
    happened: list[str] = []

    def answer(response: Response) -> Response:
        change()
        happened.append(action)
        return response

    fake.fault(action, Fault("meanwhile", change=answer))
    return happened


def secrets(store: Path, keyring: Path) -> dict[str, str]:
    """Every key in the store, by id, without the second key of a rotation."""
    found = {}
    for path in sorted((store / "aws-vault").glob("**/*.gpg")):
        text = gpg(keyring, "-d", str(path)).encode()
        read = entry.parse(text, entry.named(text, path.stem)).credentials
        found[read.access_key_id] = read.secret_access_key
    return found


@pytest.mark.parametrize("action", ["ListAccessKeys", "CreateAccessKey", "DeleteAccessKey"])
def test_an_entry_that_is_moved_during_its_rotation(
    key: AccessKey, fake: FakeAWS, git_store: Path, keyring: Path, action: str
) -> None:
    """After a `pass mv` during a rotation, a working key with its secret is in the store."""
    happened = meanwhile(
        fake,
        action,
        lambda: subprocess.run(
            ["pass", "mv", "aws-vault/dev", "aws-vault/moved"], check=True, capture_output=True
        ),
    )
    done = run("rotate", "dev")
    assert happened == [action]
    assert "Traceback" not in done.stderr
    assert "this is a bug" not in done.stderr
    at_aws = {one.id: one.secret for one in key.user.keys if one.status == "Active"}
    assert set(secrets(git_store, keyring).items()) & set(at_aws.items()), (done.stderr, at_aws)


def test_an_entry_that_is_moved_while_its_session_is_made(
    key: AccessKey, fake: FakeAWS, git_store: Path
) -> None:
    """The command uses the key that it has read; the next command reports that the key does not exist."""
    aws = git_store / "aws-vault"
    happened = meanwhile(fake, "GetSessionToken", lambda: (aws / "dev.gpg").rename(aws / "moved.gpg"))
    done = run("env", "dev")
    assert happened == ["GetSessionToken"]
    assert done.returncode == 0, done.stderr
    calls = len(fake.calls)
    again = run("env", "dev")
    assert again.returncode == 1
    assert "no credentials for profile dev" in again.stderr
    assert len(fake.calls) == calls
    assert key.secret not in done.stderr + again.stderr


def test_recipients_that_change_after_their_check(
    key: AccessKey, fake: FakeAWS, git_store: Path, keyring: Path, fingerprint: str
) -> None:
    """With PASSWORD_STORE_SIGNING_KEY, `.gpg-id` is verified again before use, and nothing is encrypted."""
    ids = git_store / ".gpg-id"
    gpg(keyring, "-o", f"{ids}.sig", "--detach-sign", str(ids))
    new = key.user.key()
    happened = meanwhile(fake, "GetCallerIdentity", lambda: ids.write_text(f"{fingerprint}\nmallory\n"))
    signed = {"PASSWORD_STORE_SIGNING_KEY": fingerprint}
    done = run("add", "other", "--stdin", "--no-config", stdin=f"{new.id}\n{new.secret}\n", **signed)
    assert happened == ["GetCallerIdentity"]
    assert done.returncode == 1
    assert f"the signature of {ids} is not by PASSWORD_STORE_SIGNING_KEY" in done.stderr
    assert not (git_store / "aws-vault" / "other.gpg").exists()
    assert new.secret not in done.stderr
