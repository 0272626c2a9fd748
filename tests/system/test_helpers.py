"""Helper programs get no credentials; programs that are a source of credentials get the caller's."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from conftest import MAIN, put
from hypothesis import given
from hypothesis import strategies as st
from strace import watched

from pass_aws.credentials.sources.process import credentials
from pass_aws.system import child_environment, programs

if TYPE_CHECKING:
    from pathlib import Path

    from fakeaws import FakeAWS

DIRECT = (sys.executable, "-I", "-S", str(MAIN))
SECRET = "CALLER/secret+access/key/0123456789abcdef"
CALLERS = {
    "AWS_ACCESS_KEY_ID": "ASIACALLEREXAMPLE000",
    "AWS_SECRET_ACCESS_KEY": SECRET,
    "AWS_SESSION_TOKEN": f"token {SECRET}",
    "AWS_SECURITY_TOKEN": f"security {SECRET}",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN": f"container {SECRET}",
}


@given(
    st.dictionaries(st.sampled_from([*CALLERS, "_PASS_AWS_STORE", "PATH", "HOME", "AWS_REGION"]), st.text())
)
def test_only_credentials_are_removed(env: dict[str, str]) -> None:
    """A helper is the user's own program and gets the user's other variables."""
    kept = {name: value for name, value in env.items() if name in ("PATH", "HOME", "AWS_REGION")}
    assert child_environment.helpers(env) == kept


def test_helpers_of_a_role_get_no_credentials(
    fake: FakeAWS, git_store: Path, aws_config: Path, programs: Path, tmp_path: Path
) -> None:
    """gpg, a hook of git and mfa_process: in `exec` inside `exec`, and in `add --env`."""
    user = fake.user("alice")
    key, device = user.key(), user.mfa("alice")
    put(git_store, "dev", key.id, key.secret)
    code = programs / "code"
    code.write_text(f"#!/bin/sh\necho {device.code()}\n")
    code.chmod(0o755)
    aws_config.write_text(f"[profile dev]\nmfa_serial = {device.serial}\nmfa_process = code # mine\n")
    hook = git_store / ".git" / "hooks" / "post-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexec /bin/true\n")
    hook.chmod(0o755)
    env = {**os.environ, **CALLERS}
    for number, argv in enumerate((["env", "dev"], ["add", "new", "--env", "--no-verify", "--no-config"])):
        more = {} if number == 0 else {"AWS_SESSION_TOKEN": "", "AWS_ACCESS_KEY_ID": "AKIACALLEREXAMPLE000"}
        (tmp_path / f"trace{number}").mkdir()
        seen = watched([*DIRECT, *argv], {**env, **more}, tmp_path / f"trace{number}")
        assert seen.status == 0, seen.err
        wanted = ("/bin/sh", "gpg") if number == 0 else ("git", "gpg", "/bin/true")
        for word in wanted:
            assert any(word in one.argv for one in seen.started[1:]), word
        assert [one.argv for one in seen.started[1:] if SECRET in one.env] == []


def test_a_credential_process_gets_the_credentials_of_the_caller(programs: Path) -> None:
    """As with SDKs, a credential_process may call AWS with its caller's credentials."""
    answer = '{"Version": 1, "AccessKeyId": "ASIA1", "SecretAccessKey": "%s"}'
    (programs / "source").write_text(f"#!/bin/sh\nprintf '{answer}' \"$AWS_SECRET_ACCESS_KEY\"\n")
    (programs / "source").chmod(0o755)
    found = credentials("source", {**os.environ, **CALLERS}, "p", now=0)
    assert found.secret_access_key == SECRET


def test_new_helpers_get_no_credentials_by_default(tmp_path: Path) -> None:
    """A program gets credentials only if its caller in our code requests that."""
    show = tmp_path / "show"
    show.write_text("#!/bin/sh\nexec /usr/bin/env\n")
    show.chmod(0o755)
    assert SECRET.encode() not in programs.run([str(show)], {**os.environ, **CALLERS}).out
    assert SECRET.encode() in programs.run([str(show)], {**os.environ, **CALLERS}, with_credentials=True).out
