"""Each command about keys runs once against moto, a second fake of AWS, as far as moto has the calls."""

from __future__ import annotations

import json
import urllib.request
from typing import TYPE_CHECKING

import boto3
import pytest
from conftest import put
from in_process import Runner
from moto.server import ThreadedMotoServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any

    from fakeaws import FakeAWS


@pytest.fixture
def iam(monkeypatch: pytest.MonkeyPatch, fake: FakeAWS) -> Iterator[Any]:
    """IAM of a fresh moto, to which the environment points; of the fake only the clock is used."""
    assert fake.url
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    reset = urllib.request.Request(f"{url}/moto-api/reset", method="POST")  # noqa: S310 - ours
    urllib.request.urlopen(reset, timeout=20).close()  # noqa: S310 - all servers of a process share their users
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    admin = {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": "x"}
    yield boto3.client("iam", region_name="us-east-1", endpoint_url=url, **admin)
    server.stop()


def test_the_life_of_a_key(
    iam: Any,  # noqa: ANN401 - boto3 has no types
    fake: FakeAWS,
    git_store: Path,
    aws_config: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A device is enrolled; the key is rotated, kept inactive, audited, and deleted with the device."""
    run = Runner(fake, capsys)
    iam.create_user(UserName="alice")
    first = iam.create_access_key(UserName="alice")["AccessKey"]
    put(git_store, "dev", first["AccessKeyId"], first["SecretAccessKey"])
    aws_config.write_text("[profile dev]\n")

    def keys() -> dict[str, str]:
        listed = iam.list_access_keys(UserName="alice")["AccessKeyMetadata"]
        return {key["AccessKeyId"]: key["Status"] for key in listed}

    for words in (
        ("mfa", "enroll", "dev", "--name", "phone", "--write-config"),
        ("rotate", "dev"),
        ("rotate", "dev", "--keep-inactive"),
    ):
        done = run(*words)
        assert done.status == 0, done.err
    (device,) = iam.list_mfa_devices(UserName="alice")["MFADevices"]
    assert aws_config.read_text() == f"[profile dev]\nmfa_serial = {device['SerialNumber']}\n"
    assert first["AccessKeyId"] not in keys()
    assert sorted(keys().values()) == ["Active", "Inactive"]
    done = run("rotate", "dev", "--finish")
    assert done.status == 0, done.err
    assert list(keys().values()) == ["Active"]
    audited = run("audit", "--json")
    assert audited.status == 0, audited.out
    assert [row["profile"] for row in json.loads(audited.out)] == ["dev"]
    for last in (("mfa", "remove", "dev", "-f", "--write-config"), ("remove", "dev", "--at-aws", "-f")):
        done = run(*last)
        assert done.status == 0, done.err
    assert (keys(), iam.list_mfa_devices(UserName="alice")["MFADevices"]) == ({}, [])
    assert not (git_store / "aws-vault").exists()
