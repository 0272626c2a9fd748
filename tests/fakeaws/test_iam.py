"""IAM at the fake: keys with their limit and propagation, users, roles, and when UserName is required."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from fakeaws import Propagation
from fakeaws.client import assume, iam, refused, session, sts

if TYPE_CHECKING:
    from fakeaws import FakeAWS

GONE = "AKIA" + "Q" * 16


def keys(fake: FakeAWS, who: Any, **given: str) -> dict[str, str]:  # noqa: ANN401 - boto3 has no types
    """The user's keys with their status."""
    listed = iam(fake, who).list_access_keys(**given)["AccessKeyMetadata"]
    return {item["AccessKeyId"]: item["Status"] for item in listed}


def test_the_life_of_a_key(fake: FakeAWS) -> None:
    """A key is created, used, deactivated and deleted by its own user, who need not be named."""
    first = fake.user("alice").key()
    second = iam(fake, first).create_access_key()["AccessKey"]
    assert (second["UserName"], second["Status"]) == ("alice", "Active")
    assert sts(fake, second).get_caller_identity()["Arn"].endswith(":user/alice")
    assert keys(fake, second) == {first.id: "Active", second["AccessKeyId"]: "Active"}
    iam(fake, second).update_access_key(AccessKeyId=first.id, Status="Inactive")
    assert keys(fake, second)[first.id] == "Inactive"
    with refused("InvalidClientTokenId", status=403):
        sts(fake, first).get_caller_identity()
    iam(fake, second).delete_access_key(AccessKeyId=first.id)
    assert list(keys(fake, second)) == [second["AccessKeyId"]]


def test_a_user_has_two_keys_at_most(fake: FakeAWS) -> None:
    """A third key is refused with LimitExceeded, inactive ones included."""
    alice = fake.user("alice")
    key, other = alice.key(), alice.key()
    other.deactivate()
    with refused("LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2", 409):
        iam(fake, key).create_access_key()
    other.delete()
    iam(fake, key).create_access_key()
    assert len(alice.keys) == 2


def test_a_user_manages_other_users_of_its_account(fake: FakeAWS) -> None:
    """UserName names another user; one of another account is not found, and nor is another user's key."""
    key, bob = fake.user("alice").key(), fake.user("bob")
    theirs, far = bob.key(), fake.user("carol", "222222222222").key()
    assert list(keys(fake, key, UserName="bob")) == [theirs.id]
    with refused("NoSuchEntity", "The user with name carol cannot be found.", 404):
        keys(fake, key, UserName="carol")
    for wrong in (theirs.id, far.id, GONE):
        with refused("NoSuchEntity", f"The Access Key with id {wrong} cannot be found", 404):
            iam(fake, key).delete_access_key(AccessKeyId=wrong)
        with refused("NoSuchEntity", f"The Access Key with id {wrong} cannot be found", 404):
            iam(fake, key).update_access_key(AccessKeyId=wrong, Status="Inactive")
    iam(fake, key).delete_access_key(UserName="bob", AccessKeyId=theirs.id)


def test_temporary_credentials_must_name_the_user(fake: FakeAWS) -> None:
    """An MFA session or role gets ValidationError without UserName; with it the call is allowed."""
    alice = fake.user("alice")
    key, device = alice.key(), alice.mfa()
    strong = session(fake, key, SerialNumber=device.serial, TokenCode=device.code())
    for who in (strong, assume(fake, key, fake.role("dev"))["Credentials"]):
        for call in ("list_access_keys", "create_access_key", "get_user", "list_mfa_devices"):
            with refused(
                "ValidationError", "Must specify userName when calling with non-User credentials", 400
            ):
                getattr(iam(fake, who), call)()
        assert list(keys(fake, who, UserName="alice")) == [key.id]


def test_iam_refuses_a_session_without_mfa(fake: FakeAWS) -> None:
    """A GetSessionToken session that was made without a code gets InvalidClientTokenId."""
    key = fake.user("alice").key()
    with refused("InvalidClientTokenId", "security token included in the request is invalid", 403):
        keys(fake, session(fake, key), UserName="alice")


def test_sessions_outlive_their_key(fake: FakeAWS) -> None:
    """Sessions made from a deleted key stay valid."""
    key = fake.user("alice").key()
    made = session(fake, key)
    key.delete()
    sts(fake, made).get_caller_identity()


def test_a_new_key_is_known_late_and_not_everywhere(fake: FakeAWS) -> None:
    """After the delay a key is known as the letters say, then always. The old key is not affected."""
    old = fake.user("alice").key()
    fake.world.propagation = Propagation(delay=10, flaps=".x.xx")
    mine = sts(fake, iam(fake, old).create_access_key()["AccessKey"])
    for _ in range(2):
        with refused("InvalidClientTokenId", status=403):
            mine.get_caller_identity()
    fake.clock.advance(10)
    for _ in range(8):
        try:
            mine.get_caller_identity()
        except mine.exceptions.ClientError as error:
            assert error.response["Error"]["Code"] == "InvalidClientTokenId"  # noqa: PT017 - two outcomes are correct
    expected = "xx.x.xx..."
    outcomes = "".join("." if call.outcome == "ok" else "x" for call in fake.calls[1:])
    assert outcomes == expected
    sts(fake, old).get_caller_identity()
    assert fake.user("bob").key(delay=5).answers(fake.clock.now()) is False


def test_the_last_use_is_in_minutes(fake: FakeAWS) -> None:
    """A key has no date until it is used, then service, region and a minute.

    Another account's key gives nothing.
    """
    alice, bob = fake.user("alice"), fake.user("bob")
    key, unused, far = alice.key(), bob.key(), fake.user("carol", "222222222222").key()
    sts(fake, key, region="eu-west-1").get_caller_identity()
    assert key.last_used
    assert key.last_used[1:] == ("sts", "eu-west-1")
    answer = iam(fake, key).get_access_key_last_used(AccessKeyId=key.id)
    assert (answer["UserName"], answer["AccessKeyLastUsed"]["ServiceName"]) == ("alice", "iam")
    assert answer["AccessKeyLastUsed"]["LastUsedDate"].second == 0
    answer = iam(fake, key).get_access_key_last_used(AccessKeyId=unused.id)
    assert answer["AccessKeyLastUsed"] == {"ServiceName": "N/A", "Region": "N/A"}
    for wrong in (GONE, far.id):
        with refused("NoSuchEntity", status=404):
            iam(fake, key).get_access_key_last_used(AccessKeyId=wrong)


def test_users_and_roles_are_described(fake: FakeAWS) -> None:
    """GetUser and GetRole answer; a role's trust policy is a document, its maximum a number."""
    alice = fake.user("alice", path="/team/")
    role = fake.role("dev", trust=["*"], mfa=True, mfa_max_age=60, external_id="x-1", max_session=7200)
    mine = iam(fake, alice.key())
    user = mine.get_user()["User"]
    assert (user["Arn"], user["UserName"], user["Path"]) == (alice.arn, "alice", "/team/")
    assert mine.get_user(UserName="alice")["User"] == user
    found = mine.get_role(RoleName="dev")["Role"]
    assert (found["Arn"], found["MaxSessionDuration"]) == (role.arn, 7200)
    [statement] = found["AssumeRolePolicyDocument"]["Statement"]
    assert set(statement["Condition"]) == {"StringEquals", "Bool", "NumericLessThan"}
    assert json.loads(json.dumps(statement))["Principal"] == {"AWS": ["*"]}
    with refused("NoSuchEntity", "The role with name none cannot be found.", 404):
        mine.get_role(RoleName="none")


def test_lists_are_paged(fake: FakeAWS) -> None:
    """MaxItems and Marker work as botocore's paginator uses them."""
    alice = fake.user("alice")
    key, other = alice.key(), alice.key()
    paginator = iam(fake, key).get_paginator("list_access_keys")
    pages = list(paginator.paginate(PaginationConfig={"PageSize": 1}))
    assert [page["AccessKeyMetadata"][0]["AccessKeyId"] for page in pages] == [key.id, other.id]
    assert [page["IsTruncated"] for page in pages] == [True, False]
    with refused("ValidationError", "Invalid Marker.", 400):
        iam(fake, key).list_access_keys(Marker="x")


@pytest.mark.parametrize("service", ["sts", "iam"])
def test_a_signature_is_for_one_service(fake: FakeAWS, service: str) -> None:
    """The version in the form identifies the service, and the record has it."""
    key = fake.user("alice").key()
    {"sts": lambda: sts(fake, key).get_caller_identity(), "iam": lambda: iam(fake, key).get_user()}[service]()
    assert [call.service for call in fake.calls] == [service]
