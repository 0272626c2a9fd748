"""GetSessionToken, GetFederationToken and their callers: the fake refuses what AWS refuses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from fakeaws.client import iam, life, refused, session, sts

if TYPE_CHECKING:
    from fakeaws import FakeAWS


def test_a_session_of_a_user(fake: FakeAWS) -> None:
    """The session's identity is the user's; it lasts 12 hours, or the requested duration."""
    alice = fake.user("alice")
    mine = sts(fake, alice.key())
    answer = mine.get_session_token()
    assert life(answer) == pytest.approx(43200, abs=60)
    who = sts(fake, answer["Credentials"]).get_caller_identity()
    assert (who["Arn"], who["UserId"]) == (alice.arn, alice.user_id)
    assert fake.calls[-1].key_id == answer["Credentials"]["AccessKeyId"]
    assert life(mine.get_session_token(DurationSeconds=129600)) == pytest.approx(129600, abs=60)


@pytest.mark.parametrize("seconds", [899, 129601])
@pytest.mark.parametrize("action", ["get_session_token", "get_federation_token"])
def test_limits_of_durations(fake: FakeAWS, action: str, seconds: int) -> None:
    """900 to 129600 seconds, with AWS's message."""
    mine = sts(fake, fake.user("alice").key(), parameter_validation=False)
    more = {"Name": "alice"} if "federation" in action else {}
    text = f"1 validation error detected: Value '{seconds}' at 'durationSeconds' failed to satisfy constraint"
    with refused("ValidationError", text, 400):
        getattr(mine, action)(DurationSeconds=seconds, **more)


def test_sessions_of_root_last_an_hour(fake: FakeAWS) -> None:
    """Root gets 3600 s by default, and longer durations are reduced."""
    root = fake.root()
    mine = sts(fake, root.key())
    assert mine.get_caller_identity()["Arn"] == "arn:aws:iam::111111111111:root"
    assert life(mine.get_session_token()) == pytest.approx(3600, abs=60)
    assert life(mine.get_session_token(DurationSeconds=43200)) == pytest.approx(3600, abs=60)
    assert life(mine.get_session_token(DurationSeconds=900)) == pytest.approx(900, abs=60)
    assert life(mine.get_federation_token(Name="root", DurationSeconds=43200)) == pytest.approx(3600, abs=60)


def test_temporary_credentials_cannot_get_a_session(fake: FakeAWS) -> None:
    """Sessions, roles and federation tokens may not call GetSessionToken or GetFederationToken."""
    alice = fake.user("alice")
    mine, role = sts(fake, alice.key()), fake.role("dev")
    for made in (
        mine.get_session_token(),
        mine.assume_role(RoleArn=role.arn, RoleSessionName="me"),
        mine.get_federation_token(Name="fed"),
    ):
        theirs = sts(fake, made["Credentials"])
        with refused("AccessDenied", "Cannot call GetSessionToken with session credentials", 403):
            theirs.get_session_token()
        with refused("AccessDenied", "Cannot call GetFederationToken with session credentials", 403):
            theirs.get_federation_token(Name="fed")


def test_a_federation_token_has_its_own_name(fake: FakeAWS) -> None:
    """GetFederationToken: federated-user ARN, 12 hours, policies checked, of STS only GetCallerIdentity."""
    mine = sts(fake, fake.user("alice").key())
    policy = json.dumps({"Version": "2012-10-17", "Statement": []})
    answer = mine.get_federation_token(Name="al", Policy=policy)
    assert life(answer) == pytest.approx(43200, abs=60)
    assert answer["FederatedUser"]["Arn"] == "arn:aws:sts::111111111111:federated-user/al"
    assert answer["PackedPolicySize"] > 0
    theirs = sts(fake, answer["Credentials"])
    assert theirs.get_caller_identity()["UserId"] == "111111111111:al"
    with refused("AccessDenied", "not authorized to perform: sts:AssumeRole", 403):
        theirs.assume_role(RoleArn=fake.role("dev").arn, RoleSessionName="me")
    with refused("AccessDenied", "not authorized to perform: sts:GetAccessKeyInfo", 403):
        theirs.get_access_key_info(AccessKeyId="A" * 20)
    with refused("InvalidClientTokenId", status=403):
        iam(fake, answer["Credentials"]).get_user(UserName="alice")
    with refused("ValidationError", "at 'name' failed", 400):
        mine.get_federation_token(Name="x" * 33)
    with refused("MalformedPolicyDocument", status=400):
        mine.get_federation_token(Name="al", Policy="{nonsense")


def test_the_account_of_a_key_id(fake: FakeAWS) -> None:
    """GetAccessKeyInfo returns the account of any id; a GetSessionToken session may not call it."""
    key, far = fake.user("alice").key(), fake.user("bob", "987654321098").key()
    mine = sts(fake, key)
    assert mine.get_access_key_info(AccessKeyId=far.id)["Account"] == "987654321098"
    assert (len(far.id), far.id[:4], len(far.secret)) == (20, "AKIA", 40)
    made = session(fake, key)
    assert mine.get_access_key_info(AccessKeyId=made["AccessKeyId"])["Account"] == "111111111111"
    with refused("AccessDenied", "not authorized to perform: sts:GetAccessKeyInfo", 403):
        sts(fake, made).get_access_key_info(AccessKeyId=far.id)
    with refused("ValidationError", "Invalid Access Key", 400):
        mine.get_access_key_info(AccessKeyId="AKIA1111111111111111")


def test_a_region_without_sts(fake: FakeAWS) -> None:
    """Such a region gives RegionDisabledException, another one does not."""
    key = fake.user("alice").key()
    fake.world.disabled_regions.add("ap-east-1")
    with refused(
        "RegionDisabledException", "STS is not activated in this region for account:111111111111", 403
    ):
        sts(fake, key, region="ap-east-1").get_session_token()
    sts(fake, key, region="ap-east-2").get_session_token()


def test_deny_and_deny_without_mfa(fake: FakeAWS) -> None:
    """`deny` always refuses, `deny_without_mfa` until the session has MFA; the two free calls are always allowed."""
    alice = fake.user("alice", deny=("iam:Get*",), deny_without_mfa=("*",))
    key, device = alice.key(), alice.mfa()
    with refused(
        "AccessDenied", "not authorized to perform: iam:ListMFADevices on resource: user alice", 403
    ):
        iam(fake, key).list_mfa_devices()
    sts(fake, key).get_caller_identity()
    strong = session(fake, key, SerialNumber=device.serial, TokenCode=device.code())
    devices = iam(fake, strong).list_mfa_devices(UserName="alice")["MFADevices"]
    assert [listed["SerialNumber"] for listed in devices] == [device.serial]
    with refused("AccessDenied", "iam:GetUser", 403):
        iam(fake, strong).get_user(UserName="alice")


def test_unknown_parameters_are_refused(fake: FakeAWS) -> None:
    """A parameter without a rule here fails loudly, so that no test passes only because the fake ignores it."""
    mine = sts(fake, fake.user("alice").key())
    with refused("UnmodelledParameter", "the fake does not know minimumSessionTokenSize", 400):
        mine.get_session_token(MinimumSessionTokenSize=4096)
    with refused("InvalidAction", "Could not find operation AssumeRoot", 400):
        mine.assume_root(TargetPrincipal="111111111111", TaskPolicyArn={"arn": "arn:aws:iam::aws:policy/x"})
