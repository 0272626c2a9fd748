"""`exec --server`: the command requests its credentials; everything else is as without a server."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from conftest import MAIN, put_role, run
from run_in_process import say

from pass_aws.errors import FAILED, NOT_FOUND, USAGE

if TYPE_CHECKING:
    from fakeaws import AccessKey, FakeAWS

ASK = """
import json, os, urllib.request
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
def ask(url, headers, method="GET"):
    request = urllib.request.Request(url, headers=headers, method=method)
    return opener.open(request, timeout=20).read().decode()
"""
ECS = f"""{ASK}
answer = ask(os.environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"],
             {{"Authorization": os.environ["AWS_CONTAINER_AUTHORIZATION_TOKEN"]}})
print(json.dumps({{"answer": json.loads(answer), "env": dict(os.environ)}}))
"""
IMDS = f"""{ASK}
base = os.environ["AWS_EC2_METADATA_SERVICE_ENDPOINT"] + "latest/"
token = ask(base + "api/token", {{"X-aws-ec2-metadata-token-ttl-seconds": "60"}}, "PUT")
held = {{"X-aws-ec2-metadata-token": token}}
role = ask(base + "meta-data/iam/security-credentials/", held)
answer = ask(base + "meta-data/iam/security-credentials/" + role, held)
region = ask(base + "meta-data/placement/region", held)
print(json.dumps({{"answer": json.loads(answer), "region": region, "env": dict(os.environ)}}))
"""


class World(NamedTuple):
    """alice's key `dev`, and the role `ro`."""

    fake: FakeAWS
    key: AccessKey
    config: Path


@pytest.fixture
def world(store: Path, fake: FakeAWS, aws_config: Path) -> World:
    return World(fake, put_role(fake, store, aws_config), aws_config)


def started_with(words: list[str]) -> set[int]:
    """The processes with this exact command line."""
    found = set()
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                line = (folder / "cmdline").read_bytes()
            except OSError:
                continue
            if line.split(b"\0")[:-1] == [word.encode() for word in words]:
                found.add(int(folder.name))
    return found


def test_the_command_requests_its_credentials(world: World) -> None:
    """The command's environment has no key and nothing that misleads an SDK.

    The server gives it a session of the role.
    """
    done = run(
        "exec", "--server", "ro", "--", sys.executable, "-c", ECS,
        AWS_CONTAINER_CREDENTIALS_RELATIVE_URI="/x", AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE="/x",
        AWS_ACCESS_KEY_ID="x", AWS_PROFILE="other",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    session = world.fake.world.sessions[told["answer"]["AccessKeyId"]]
    assert (told["answer"]["SecretAccessKey"], told["answer"]["Token"]) == (session.secret, session.token)
    assert told["answer"]["AccountId"] == session.caller.account
    assert set(told["answer"]) == {"AccessKeyId", "SecretAccessKey", "Token", "Expiration", "AccountId"}
    ours = {name for name in told["env"] if name.startswith("AWS_")}
    assert ours == {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN", "AWS_VAULT", "AWS_REGION",
        "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL",
    }  # fmt: skip


def test_the_imds_server(world: World) -> None:
    """`--server=imds` serves IMDSv2, and proxies are bypassed."""
    done = run(
        "exec", "--server=imds", "ro", "--", sys.executable, "-c", IMDS,
        no_proxy="corp.example", AWS_EC2_METADATA_DISABLED="true",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["answer"]["Code"] == "Success"
    assert told["answer"]["AccessKeyId"] in world.fake.world.sessions
    assert told["region"] == "us-east-1"
    assert told["env"]["no_proxy"] == "corp.example,127.0.0.1,localhost"
    assert "AWS_EC2_METADATA_DISABLED" not in told["env"]
    assert "AWS_ACCESS_KEY_ID" not in told["env"]


def test_status_and_signals(world: World, tmp_path: Path) -> None:
    """The exit status or signal is the command's, its pid is ours, and the server ends with it."""
    assert run("exec", "-s", "ro", "--", "sh", "-c", "exit 7").returncode == 7
    assert run("exec", "--server", "ro", "--", "sh", "-c", "kill -KILL $$").returncode == -signal.SIGKILL
    words = [
        sys.executable,
        "-I",
        "-S",
        str(MAIN),
        "exec",
        "--server",
        "ro",
        "--",
        "sh",
        "-c",
        f"echo $$; exec sleep 60 # {tmp_path}",
    ]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert int(child.stdout.readline()) == child.pid
        beside = started_with(words) - {child.pid}
        assert len(beside) == 1
        server = os.pidfd_open(beside.pop())
        child.send_signal(signal.SIGTERM)
        assert child.wait(20) == -signal.SIGTERM
    try:
        assert select.select([server], [], [], 20)[0], "it has not ended"
    finally:
        os.close(server)


def test_the_server_is_not_a_child_of_the_command(world: World) -> None:
    """A command that waits for all its children does not wait for the server; its streams end with it."""
    code = "import os\ntry:\n    os.wait()\nexcept ChildProcessError:\n    print('no child')"
    assert run("exec", "--server", "ro", "--", sys.executable, "-c", code).stdout == "no child\n"


def test_nothing_is_fetched_before_the_first_request(world: World) -> None:
    """Nothing is decrypted or called before the command requests its credentials."""
    assert run("exec", "--server", "--lazy", "ro", "--", "true").returncode == 0
    assert world.fake.calls == []
    done = run("exec", "--server", "--lazy", "ro", "--", sys.executable, "-c", ECS)
    assert done.returncode == 0, done.stderr
    assert world.fake.actions() == ["AssumeRole"]


def test_a_request_never_prompts(world: World) -> None:
    """A request that would need a prompt gets 503 with the reason and a hint; the command continues."""
    serial = world.fake.user("bob").mfa().serial
    world.config.write_text(f"[profile dev]\nmfa_serial = {serial}\n")
    code = ECS.replace("answer = ask(", "import urllib.error\ntry:\n  ask(").replace(
        "print(", "except urllib.error.HTTPError as error:\n  print(error.code, error.read().decode())\n#", 1
    )
    done = run("exec", "--server", "--lazy", "dev", "--", sys.executable, "-c", code)
    assert done.stdout.startswith("503 "), done.stderr
    said = json.loads(done.stdout[4:])["message"]
    assert "--no-input" in said
    assert "pass aws exec dev" in said


@pytest.mark.parametrize(
    "words",
    [
        "--server -n ro",
        "--server --json ro",
        "--server --ec2-server ro",
        "--lazy ro",
        "--server=no ro",
        "--server=imds -s ro",
    ],
)
def test_conflicting_options(words: str, world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """Conflicting options are wrong usage, reported before any decryption."""
    assert say(capsys, "exec", *words.split(), "--", "true", **os.environ).status == USAGE
    assert world.fake.calls == []


@pytest.mark.parametrize(
    ("default", "why"),
    [
        ("credential_process = x", "credential_process"),
        ("aws_access_key_id = x\naws_secret_access_key = y", "key that is in the file"),
        ("role_arn = arn:aws:iam::111111111111:role/x\nsource_profile = dev", "assume its role"),
    ],
)
def test_credentials_that_sdks_prefer_to_the_server(
    default: str, why: str, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """SDKs use a server last, so the command would get other credentials, and is not run."""
    world.config.write_text(f"{world.config.read_text()}[default]\n{default}\n")
    said = say(capsys, "exec", "--server", "ro", "--", "true", **os.environ)
    assert (said.status, world.fake.calls) == (FAILED, [])
    assert why in said.error


def test_a_missing_command(world: World) -> None:
    """The error is the same as without a server, and no process is left."""
    assert run("exec", "--server", "ro", "--", "no-such-command").returncode == NOT_FOUND
    assert world.fake.calls == []
