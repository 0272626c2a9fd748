"""The first call of an hour loads and runs what it needs, and nothing for other sources or errors."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from conftest import MAIN, TOP, put_role

if TYPE_CHECKING:
    from pathlib import Path

    from fakeaws import FakeAWS

HEAVY = {
    *("boto3", "botocore", "gnupg", "sh", "argcomplete", "pyotp", "cryptography", "urllib3"),
    *("http", "email", "logging", "subprocess", "asyncio", "ssl", "shutil", "difflib", "uuid", "random", "secrets"),
    *(f"pass_aws.{room}" for room in ("sso", "server", "console", "keys", "installation", "doctor")),
    *("pass_aws.mfa.drivers", "pass_aws.system.question", "pass_aws.command_line.aws_vault", "pass_aws.text.suggestions"),
    *("pass_aws.aws.botocore_client", "pass_aws.system.programs", "pass_aws.store.writing", "pass_aws.store.repository"),
}  # fmt: skip
MOST_FILES, DEEPEST = 74, 20
"""Slightly more than now; more would make the way of a request harder to follow."""


@pytest.fixture
def role(fake: FakeAWS, store: Path, aws_config: Path, tmp_path: Path) -> None:
    """The role `ro` with nothing cached; the keyring that the first call of all makes is there."""
    put_role(fake, store, aws_config)
    subprocess.run([sys.executable, "-I", "-S", MAIN, "env", "ro"], stdout=subprocess.DEVNULL, check=True)
    shutil.rmtree(tmp_path / "home/.cache/pass-aws")
    fake.calls.clear()


@pytest.mark.usefixtures("role")
def test_a_role_of_a_stored_key(fake: FakeAWS) -> None:
    """Decrypting, assuming, encrypting and printing load no library, and TLS only for an https URL."""
    argv = [sys.executable, "-X", "importtime", "-I", "-S", str(MAIN), "credential-process", "ro"]
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert fake.actions() == ["AssumeRole"]
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    loaded = {line.rpartition("|")[2].strip() for line in lines}
    assert "pass_aws.aws.sts_door" in loaded
    assert HEAVY & loaded == set()


@pytest.mark.usefixtures("role")
def test_its_way_can_be_followed(fake: FakeAWS, front: str) -> None:
    """`exec` of a role with nothing cached runs few files, and its calls are not nested deeply."""
    argv = [
        sys.executable,
        "-I",
        "-S",
        str(TOP / "tests/support/walk.py"),
        str(MAIN),
        "exec",
        "ro",
        "--",
        "true",
    ]
    done = subprocess.run(
        argv,
        env={**os.environ, "_PASS_AWS_FRONT": front},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert fake.actions() == ["AssumeRole"]
    way = json.loads(done.stdout)
    assert {"cache/waiting.py", "gpg/process.py", "aws/sts_door.py", "cache/tickets.py"} <= set(way["files"])
    assert len(way["files"]) <= MOST_FILES, way["files"]
    assert len(way["deepest"]) <= DEEPEST, way["deepest"]
