"""Where moto and the fake both answer, their answers agree: the same keys after botocore's parsing, the same limits.

moto accepts what the fake refuses, so only valid calls, and the refusals that moto has, are compared.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from moto.server import ThreadedMotoServer

from fakeaws.client import client

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fakeaws import FakeAWS

ROLE = {"RoleArn": "arn:aws:iam::111111111111:role/dev", "RoleSessionName": "me"}
POLICY = json.dumps({"Version": "2012-10-17", "Statement": []})
ANYBODY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}],
    }
)


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    """moto's URL; an IAM user alice and a role dev exist."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    admin = {"AccessKeyId": "AKIAIOSFODNN7EXAMPLE", "SecretAccessKey": "x"}
    iam = client(url, "iam", admin)
    iam.create_user(UserName="alice")
    iam.create_role(RoleName="dev", AssumeRolePolicyDocument=ANYBODY)
    yield url
    server.stop()


class Peers:
    """alice's clients at the fake and at moto, for the same call at both."""

    def __init__(self, fake: FakeAWS, moto: str) -> None:
        self.fake = fake
        fake.role("dev")
        alice = fake.user("alice")
        admin = {"AccessKeyId": "AKIAIOSFODNN7EXAMPLE", "SecretAccessKey": "x"}
        iam = client(moto, "iam", admin)
        for old in iam.list_access_keys(UserName="alice")["AccessKeyMetadata"]:
            iam.delete_access_key(UserName="alice", AccessKeyId=old["AccessKeyId"])
        for device in iam.list_mfa_devices(UserName="alice")["MFADevices"]:
            iam.deactivate_mfa_device(UserName="alice", SerialNumber=device["SerialNumber"])
        for device in iam.list_virtual_mfa_devices()["VirtualMFADevices"]:
            iam.delete_virtual_mfa_device(SerialNumber=device["SerialNumber"])
        theirs = iam.create_access_key(UserName="alice")["AccessKey"]
        self.sides = ((fake.url, alice.key()), (moto, theirs))

    def __call__(self, service: str, call: str, **given: Any) -> list[Any]:  # noqa: ANN401 - boto3 has no types
        """The answers of both, or the code and HTTP status of both refusals."""
        return [outcome(getattr(client(url, service, key), call), given) for url, key in self.sides]


def outcome(call: Callable[..., Any], given: dict[str, Any]) -> Any:  # noqa: ANN401 - boto3 has no types
    try:
        return call(**given)
    except ClientError as error:
        response = error.response
        return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


@pytest.fixture
def peers(fake: FakeAWS, moto: str) -> Peers:
    return Peers(fake, moto)


def shape(value: Any) -> Any:  # noqa: ANN401 - boto3 has no types
    """The parts of an answer that must be equal: the keys and the types, not the values."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items() if key != "ResponseMetadata"}
    if isinstance(value, list):
        return [shape(item) for item in value[:1]]
    return type(value).__name__


CALLS: list[tuple[str, str, dict[str, Any]]] = [
    ("sts", "get_caller_identity", {}),
    ("sts", "get_session_token", {"DurationSeconds": 900}),
    ("sts", "get_federation_token", {"Name": "fed", "Policy": POLICY}),
    ("sts", "assume_role", ROLE | {"DurationSeconds": 900}),
    ("iam", "create_access_key", {}),
    ("iam", "create_access_key", {"UserName": "alice"}),
    ("iam", "list_access_keys", {"UserName": "alice"}),
    ("iam", "get_user", {"UserName": "alice"}),
    ("iam", "list_mfa_devices", {"UserName": "alice"}),
    ("iam", "list_virtual_mfa_devices", {"AssignmentStatus": "Any"}),
    ("iam", "create_virtual_mfa_device", {"VirtualMFADeviceName": "phone"}),
]
# What moto omits though AWS's model requires it, or always returns though AWS returns it only with policies.
KNOWN = {"list_access_keys": "IsTruncated", "assume_role": "PackedPolicySize"}


@pytest.mark.parametrize(("service", "call", "given"), CALLS)
def test_answers_have_the_same_shape(peers: Peers, service: str, call: str, given: dict[str, Any]) -> None:
    """Each answer that both the fake and moto give has the same keys and types."""
    ours, theirs = (shape(answer) for answer in peers(service, call, **given))
    for side in (ours, theirs):
        side.pop(KNOWN.get(call, ""), None)
    assert ours == theirs


def test_the_quota_is_the_same(peers: Peers) -> None:
    """The fake and moto refuse the third key with LimitExceeded and 409."""
    for answer in peers("iam", "create_access_key"):
        assert answer["AccessKey"]["Status"] == "Active"
    assert peers("iam", "create_access_key") == [("LimitExceeded", 409)] * 2


NOBODY = {"UserName": "nobody"}
GONE = {"AccessKeyId": "AKIA" + "Q" * 16}
REFUSALS = [
    ("iam", "list_access_keys", NOBODY, "NoSuchEntity"),
    ("iam", "create_access_key", NOBODY, "NoSuchEntity"),
    ("iam", "get_user", NOBODY, "NoSuchEntity"),
    ("iam", "get_role", {"RoleName": "nobody"}, "NoSuchEntity"),
    ("iam", "delete_access_key", GONE | {"UserName": "alice"}, "NoSuchEntity"),
    ("iam", "update_access_key", GONE | {"UserName": "alice", "Status": "Inactive"}, "NoSuchEntity"),
    ("iam", "delete_virtual_mfa_device", {"SerialNumber": "arn:aws:iam::111111111111:mfa/x"}, "NoSuchEntity"),
    ("sts", "assume_role", ROLE | {"RoleSessionName": "x" * 65}, "ValidationError"),
]


@pytest.mark.parametrize(("service", "call", "given", "code"), REFUSALS)
def test_refusals_are_the_same(
    peers: Peers, service: str, call: str, given: dict[str, str], code: str
) -> None:
    """The fake and moto refuse with the same code and HTTP status."""
    ours, theirs = peers(service, call, **given)
    assert ours == theirs
    assert ours[0] == code


def test_the_life_of_keys_and_devices_is_the_same(peers: Peers) -> None:
    """The fake and moto answer alike to deactivation, deletion, last use and a removed device."""
    for url, key in peers.sides:
        iam = client(url, "iam", key)
        made = iam.create_access_key(UserName="alice")["AccessKey"]["AccessKeyId"]
        iam.update_access_key(UserName="alice", AccessKeyId=made, Status="Inactive")
        listed = iam.list_access_keys(UserName="alice")["AccessKeyMetadata"]
        assert {item["AccessKeyId"]: item["Status"] for item in listed}[made] == "Inactive"
        used = iam.get_access_key_last_used(AccessKeyId=made)
        assert (used["UserName"], used["AccessKeyLastUsed"]["ServiceName"]) == ("alice", "N/A")
        iam.delete_access_key(UserName="alice", AccessKeyId=made)
        device = iam.create_virtual_mfa_device(VirtualMFADeviceName="phone")["VirtualMFADevice"]
        assert isinstance(device["Base32StringSeed"], bytes)
        with pytest.raises(ClientError, match="EntityAlreadyExists"):
            iam.create_virtual_mfa_device(VirtualMFADeviceName="phone")
        iam.delete_virtual_mfa_device(SerialNumber=device["SerialNumber"])
    identities = peers("sts", "get_caller_identity")
    assert {answer["Arn"].rpartition(":")[2] for answer in identities} == {"user/alice"}
