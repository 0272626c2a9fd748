"""Real clients get and use credentials in every way: the environment, both servers, credential_process.

boto3 and the AWS CLI come with the tests, rclone (Go) from the system's packages. The JavaScript SDK is installed
from npm, once, into `.venv/js`, if node 20 or newer is installed: Debian 12 has none, so a new machine may skip it.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from canned_http import Answer, Asked, Canned
from conftest import TOP, put_role, run

if TYPE_CHECKING:
    from fakeaws import FakeAWS

JS = "3.1169.0"
OLDEST_NODE = 20
QUICKLY = (
    *("--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline"),
    *("--fetch-retries=1", "--fetch-retry-mintimeout=1000"),
)
BOTO3 = """
import boto3, json
print(json.dumps(boto3.client("sts").get_caller_identity()["Arn"]))
"""
JAVASCRIPT = """
import * as providers from "@aws-sdk/credential-providers";
const found = await providers[process.argv[2]](JSON.parse(process.argv[3] ?? "{}"))();
console.log(found.accessKeyId);
"""
BUCKETS = b"""<?xml version="1.0" encoding="UTF-8"?>
<ListAllMyBucketsResult><Owner><ID>1</ID></Owner><Buckets><Bucket><Name>mine</Name>
<CreationDate>2026-01-01T00:00:00.000Z</CreationDate></Bucket></Buckets></ListAllMyBucketsResult>"""

EXEC = {
    "environment": ["exec", "ro", "--"],
    "--server": ["exec", "--server", "ro", "--"],
    "--server=imds": ["exec", "--server=imds", "ro", "--"],
}


class World(NamedTuple):
    """alice's key `dev`, the role `ro`, and `ro-sdk` with our credential_process line."""

    fake: FakeAWS
    config: Path

    def arn(self, key_id: str) -> str:
        """The owner of a session."""
        return self.fake.world.sessions[key_id].caller.arn


@pytest.fixture
def world(store: Path, fake: FakeAWS, aws_config: Path) -> World:
    put_role(fake, store, aws_config)
    done = run("configure", "ro", "--as", "ro-sdk")
    assert done.returncode == 0, done.stderr
    return World(fake, aws_config)


def by(how: str, *command: str, **env: str) -> str:
    """The output of a command that gets its credentials in this way."""
    if how == "credential_process":
        env = {**os.environ, **env, "AWS_PROFILE": "ro-sdk", "AWS_SDK_LOAD_CONFIG": "1"}
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=120)
        assert done.returncode == 0, done.stderr
        return done.stdout
    ours = run(*EXEC[how], *command, **env)
    assert ours.returncode == 0, ours.stderr
    return ours.stdout


WAYS = [*EXEC, "credential_process"]


@pytest.mark.parametrize("how", WAYS)
def test_boto3(how: str, world: World) -> None:
    """boto3 calls AWS as the role, whatever way it gets its credentials."""
    assert ":assumed-role/ro/" in by(how, sys.executable, "-c", BOTO3)


@pytest.mark.parametrize("how", WAYS)
def test_aws_cli(how: str, world: World) -> None:
    """The AWS CLI, version 1, calls AWS as the role."""
    found = json.loads(by(how, "aws", "sts", "get-caller-identity"))
    assert ":assumed-role/ro/" in found["Arn"]


@pytest.mark.parametrize("how", WAYS)
def test_rclone(how: str, world: World) -> None:
    """A Go client signs a request for S3 with a session of the role."""
    with Canned(lambda _: Answer(BUCKETS)) as s3:
        remote = f':s3,provider=Other,env_auth,endpoint="{s3.url}":'
        out = by(how, "rclone", "--config", "/dev/null", "--retries", "1", "lsd", remote)
    assert out.rstrip().endswith("mine")
    assert ":assumed-role/ro/" in world.arn(signer(s3.asked))


def signer(asked: list[Asked]) -> str:
    found = re.search(r"Credential=(\w+)/", asked[-1].headers["authorization"])
    assert found
    return found[1]


def authorities() -> str:
    """The system's certificates: node has its own, so behind a proxy that only pip trusts, npm fails after a minute."""
    return os.environ.get("SSL_CERT_FILE", "") or "/etc/ssl/certs/ca-certificates.crt"


@pytest.fixture(scope="session")
def javascript() -> Path:
    """The directory with the JavaScript SDK; installed with the caller's own environment, before a test changes it."""
    node, npm = shutil.which("node"), shutil.which("npm")
    version = (
        subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
        if node
        else "v0"
    )
    if not npm or int(version[1:].split(".")[0]) < OLDEST_NODE:
        pytest.skip(f"needs npm and node {OLDEST_NODE} or newer")
    folder = TOP / ".venv" / "js" / JS
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "package-lock.json").exists():
            install(npm, folder)  # it writes this file last
        program = folder / "ask.mjs"
        if not program.exists() or program.read_text() != JAVASCRIPT:
            program.write_text(JAVASCRIPT)
    return folder


def install(npm: str, folder: Path) -> None:
    wanted = f"@aws-sdk/credential-providers@{JS}"
    words = [npm, "install", "--silent", "--omit=dev", *QUICKLY, "--prefix", str(folder), wanted]
    trust = {} if "NODE_EXTRA_CA_CERTS" in os.environ else {"NODE_EXTRA_CA_CERTS": authorities()}
    env = {**os.environ, **trust}
    done = subprocess.run(words, env=env, capture_output=True, text=True, check=False, timeout=300)
    if done.returncode:
        pytest.skip(f"npm cannot install {wanted}: {done.stderr.strip()[-200:]}")


@pytest.mark.parametrize(
    ("how", "provider", "options"),
    [
        ("environment", "fromEnv", {}),
        ("environment", "fromNodeProviderChain", {}),
        ("--server", "fromHttp", {}),
        ("--server", "fromContainerMetadata", {}),
        ("--server", "fromNodeProviderChain", {}),
        ("--server=imds", "fromInstanceMetadata", {}),
        ("--server=imds", "fromNodeProviderChain", {}),
        ("credential_process", "fromProcess", {"profile": "ro-sdk"}),
        ("credential_process", "fromNodeProviderChain", {}),
    ],
)
def test_javascript(how: str, provider: str, options: dict[str, str], javascript: Path, world: World) -> None:
    """The SDK's separate providers, and its default chain."""
    key_id = by(how, "node", str(javascript / "ask.mjs"), provider, json.dumps(options)).strip()
    assert ":assumed-role/ro/" in world.arn(key_id)
