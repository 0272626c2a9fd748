"""The fake refuses the callers that AWS would refuse: signatures, scopes, clocks, keys, tokens."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from fakeaws.client import refused, sts

if TYPE_CHECKING:
    from fakeaws import FakeAWS

BODY = b"Action=GetCallerIdentity&Version=2011-06-15"
UNKNOWN = "The security token included in the request is invalid"


def test_a_correctly_signed_call_is_recorded(fake: FakeAWS) -> None:
    """The record has the caller, the region and the key."""
    alice = fake.user("alice", path="/team/")
    key = alice.key()
    answer = sts(fake, key, region="eu-west-1").get_caller_identity()
    assert answer["Arn"] == "arn:aws:iam::111111111111:user/team/alice" == alice.arn
    assert (answer["Account"], answer["UserId"][:4], len(answer["UserId"])) == ("111111111111", "AIDA", 21)
    [call] = fake.calls
    assert (call.service, call.action, call.outcome) == ("sts", "GetCallerIdentity", "ok")
    assert (call.key_id, call.caller, call.region) == (key.id, alice.arn, "eu-west-1")
    assert (call.method, call.path, "http://" + call.host) == ("POST", "/", fake.url)
    assert abs(call.time - fake.clock.now()) < 60


def test_a_wrong_secret(fake: FakeAWS) -> None:
    """SignatureDoesNotMatch with AWS's text, and the claimed key is recorded."""
    key = fake.user("alice").key()
    key.secret, right = "x" * 40, key.secret
    bad = sts(fake, key)
    key.secret = right
    with refused("SignatureDoesNotMatch", "Check your AWS Secret Access Key and signing method", 403):
        bad.get_caller_identity()
    assert (fake.calls[0].key_id, fake.calls[0].outcome) == (key.id, "SignatureDoesNotMatch")


def test_unknown_inactive_and_deleted_keys_have_the_same_error(fake: FakeAWS) -> None:
    """All get InvalidClientTokenId; a key that is activated again works."""
    key = fake.user("alice").key()
    mine = sts(fake, key)
    key.deactivate()
    with refused("InvalidClientTokenId", UNKNOWN, 403):
        mine.get_caller_identity()
    key.activate()
    mine.get_caller_identity()
    key.delete()
    with refused("InvalidClientTokenId", UNKNOWN, 403):
        mine.get_caller_identity()


def test_a_session_needs_its_own_token(fake: FakeAWS) -> None:
    """A missing token, one of another session, or one with a long-lived key: InvalidClientTokenId."""
    key = fake.user("alice").key()
    mine, other = (sts(fake, key).get_session_token()["Credentials"] for _ in range(2))
    assert mine["AccessKeyId"].startswith("ASIA")
    sts(fake, mine).get_caller_identity()
    plain = {"AccessKeyId": key.id, "SecretAccessKey": key.secret}
    for wrong in (
        mine | {"SessionToken": other["SessionToken"]},
        mine | {"SessionToken": ""},
        plain | {"SessionToken": mine["SessionToken"]},
    ):
        with refused("InvalidClientTokenId", UNKNOWN, 403):
            sts(fake, wrong).get_caller_identity()


def test_a_session_expires_on_the_clock_of_the_fake(fake: FakeAWS) -> None:
    """ExpiredToken from the second of its expiry on, not earlier."""
    key = fake.user("alice").key()
    session = sts(fake, key).get_session_token(DurationSeconds=900)["Credentials"]
    fake.clock.advance(890)
    sts(fake, session).get_caller_identity()
    fake.clock.advance(11)
    with refused("ExpiredToken", "The security token included in the request is expired", 403):
        sts(fake, session).get_caller_identity()


def test_a_wrong_clock_is_refused(fake: FakeAWS) -> None:
    """Five minutes either way; AWS's text has the difference, and the Date header AWS's time."""
    mine = sts(fake, fake.user("alice").key())
    for skew in (290, -290):
        fake.clock.skew = skew
        mine.get_caller_identity()
    fake.clock.skew = 310
    with refused("SignatureDoesNotMatch", "Signature expired: ", 403):
        mine.get_caller_identity()
    fake.clock.skew = -310
    with refused("SignatureDoesNotMatch", "Signature not yet current: ", 403):
        mine.get_caller_identity()
    fake.clock.skew = 200
    headers = mine.get_caller_identity()["ResponseMetadata"]["HTTPHeaders"]
    assert abs(parsedate_to_datetime(headers["date"]).timestamp() - fake.clock.wall()) < 60
    assert fake.clock.wall() - time.time() > 190


def test_an_unsigned_call_is_refused(fake: FakeAWS) -> None:
    """A signed action without a signature gets MissingAuthenticationToken."""
    with refused("MissingAuthenticationToken", "Request is missing Authentication Token", 403):
        sts(fake).get_caller_identity()


def test_a_key_is_valid_only_in_its_partition(fake: FakeAWS) -> None:
    """A key of aws in a Chinese region is unknown there, a Chinese one is not."""
    here, there = fake.user("alice").key(), fake.user("li", "333333333333", partition="aws-cn").key()
    with refused("InvalidClientTokenId", UNKNOWN, 403):
        sts(fake, here, region="cn-north-1").get_caller_identity()
    answer = sts(fake, there, region="cn-north-1").get_caller_identity()
    assert answer["Arn"] == "arn:aws-cn:iam::333333333333:user/li"
    with refused("InvalidClientTokenId", UNKNOWN, 403):
        sts(fake, there, region="us-gov-west-1").get_caller_identity()
