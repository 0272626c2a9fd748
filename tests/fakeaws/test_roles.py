"""AssumeRole and AssumeRoleWithWebIdentity: the fake applies trust, MFA and limits as AWS does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fakeaws.client import assume, life, refused, session, sts

if TYPE_CHECKING:
    from fakeaws import FakeAWS

FAR = "222222222222"
DENIED = "is not authorized to perform: sts:AssumeRole on resource: "
TAG = {"Key": "team", "Value": "red"}
CHAINED = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
TOO_LONG = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."


def test_a_role_session_is_named_after_role_and_session(fake: FakeAWS) -> None:
    """The session has the assumed role's ARN without its path, an id, and lasts an hour."""
    alice = fake.user("alice")
    role = fake.role("ReadOnly", FAR, trust=[alice.arn], path="/team/")
    answer = assume(fake, alice.key(), role)
    arn = f"arn:aws:sts::{FAR}:assumed-role/ReadOnly/me"
    assert answer["AssumedRoleUser"] == {"Arn": arn, "AssumedRoleId": f"{role.role_id}:me"}
    assert life(answer) == pytest.approx(3600, abs=60)
    who = sts(fake, answer["Credentials"]).get_caller_identity()
    assert (who["Arn"], who["Account"], who["UserId"]) == (arn, FAR, f"{role.role_id}:me")
    assert role.arn == f"arn:aws:iam::{FAR}:role/team/ReadOnly"


def test_a_missing_role_is_refused_like_a_missing_trust(fake: FakeAWS) -> None:
    """AWS does not tell the reason: AccessDenied, with caller and role."""
    alice = fake.user("alice")
    key, closed = alice.key(), fake.role("closed", FAR, trust=[fake.user("bob").arn])
    for arn in (closed.arn, f"arn:aws:iam::{FAR}:role/none"):
        with refused("AccessDenied", f"User: {alice.arn} {DENIED}{arn}", 403):
            sts(fake, key).assume_role(RoleArn=arn, RoleSessionName="me")
    with refused("ValidationError", "is invalid", 400):
        sts(fake, key).assume_role(RoleArn="arn:aws:iam::1:user/somebody", RoleSessionName="me")


@pytest.mark.parametrize(
    ("trust", "good"),
    [
        ("arn:aws:iam::111111111111:user/alice", True),
        ("arn:aws:iam::111111111111:root", True),
        ("111111111111", True),
        ("*", True),
        ("222222222222", False),
        ("arn:aws:iam::111111111111:user/bob", False),
        ("arn:aws:iam::111111111111:role/alice", False),
    ],
)
def test_trust_names_principals(fake: FakeAWS, trust: str, good: bool) -> None:
    """A user's ARN, its account or anyone; the user's session counts as the user."""
    key = fake.user("alice").key()
    role = fake.role("dev", FAR, trust=[trust])
    for who in (key, session(fake, key)):
        if good:
            assume(fake, who, role)
        else:
            with refused("AccessDenied", DENIED, 403):
                assume(fake, who, role)


def test_trust_in_a_role_includes_its_sessions(fake: FakeAWS) -> None:
    """A chain: the second role trusts the first by ARN, not the user; its own account is the default."""
    key = fake.user("alice").key()
    first = fake.role("first", FAR, trust=["111111111111"])
    second = fake.role("second", FAR, trust=[first.arn])
    named = fake.role("named", FAR, trust=[f"arn:aws:sts::{FAR}:assumed-role/first/me"])
    hop = assume(fake, key, first)["Credentials"]
    assume(fake, hop, second)
    assume(fake, hop, named)
    assume(fake, hop, fake.role("same account", FAR))
    with refused("AccessDenied", DENIED, 403):
        assume(fake, key, second)


def test_the_external_id_must_match(fake: FakeAWS) -> None:
    """A missing or wrong one gives AccessDenied; an unnecessary one has no effect."""
    key = fake.user("alice").key()
    role = fake.role("vendor", trust=["*"], external_id="x-1")
    for given in ({}, {"ExternalId": "x-2"}):
        with refused("AccessDenied", DENIED, 403):
            assume(fake, key, role, **given)
    assume(fake, key, role, ExternalId="x-1")
    assume(fake, key, fake.role("open", trust=["*"]), ExternalId="anything")


def test_mfa_in_the_trust_policy(fake: FakeAWS) -> None:
    """SerialNumber and TokenCode, or a session made with MFA; a plain key or session is refused."""
    alice = fake.user("alice")
    key, device = alice.key(), alice.mfa()
    role = fake.role("admin", FAR, trust=[alice.arn], mfa=True)
    for who in (key, session(fake, key)):
        with refused("AccessDenied", DENIED, 403):
            assume(fake, who, role)
    given = {"SerialNumber": device.serial, "TokenCode": device.code()}
    assume(fake, key, role, **given)
    with refused("AccessDenied", "invalid MFA one time pass code", 403):
        assume(fake, key, role, **given)
    fake.clock.advance(30)
    strong = session(fake, key, SerialNumber=device.serial, TokenCode=device.code())
    assume(fake, strong, role)
    with refused("AccessDenied", "must provide both MFA serial number", 403):
        assume(fake, key, role, TokenCode=device.code())


def test_a_refused_role_uses_up_the_code(fake: FakeAWS) -> None:
    """A refused AssumeRole uses up the code."""
    alice = fake.user("alice")
    key, device = alice.key(), alice.mfa()
    given = {"SerialNumber": device.serial, "TokenCode": device.code()}
    with refused("AccessDenied", DENIED, 403):
        assume(fake, key, fake.role("closed", trust=["*"], external_id="x1"), **given)
    with refused("AccessDenied", "invalid MFA one time pass code", 403):
        session(fake, key, **given)


def test_a_role_session_has_no_mfa(fake: FakeAWS) -> None:
    """A role session has no MFA, however it was made, and cannot give any."""
    alice = fake.user("alice")
    key, device = alice.key(), alice.mfa()
    first, second = fake.role("first", mfa=True), fake.role("second", mfa=True)
    strong = session(fake, key, SerialNumber=device.serial, TokenCode=device.code())
    hop = assume(fake, strong, first)["Credentials"]
    with refused("AccessDenied", DENIED, 403):
        assume(fake, hop, second)
    fake.clock.advance(30)
    with refused("AccessDenied", "unable to validate MFA code", 403):
        assume(fake, hop, second, SerialNumber=device.serial, TokenCode=device.code())


def test_mfa_can_be_too_old(fake: FakeAWS) -> None:
    """`aws:MultiFactorAuthAge`: a session's code is valid for a number of seconds."""
    alice = fake.user("alice")
    key, device = alice.key(), alice.mfa()
    role = fake.role("admin", mfa_max_age=600)
    strong = session(fake, key, SerialNumber=device.serial, TokenCode=device.code())
    assume(fake, strong, role)
    fake.clock.advance(601)
    with refused("AccessDenied", DENIED, 403):
        assume(fake, strong, role)
    with refused("AccessDenied", DENIED, 403):
        assume(fake, key, role)


def test_limits_of_durations(fake: FakeAWS) -> None:
    """MaxSessionDuration for direct callers; one hour for temporary ones, whatever the role allows."""
    key = fake.user("alice").key()
    short, long = fake.role("short"), fake.role("long", max_session=43200)
    assert life(assume(fake, key, long, DurationSeconds=43200)) == pytest.approx(43200, abs=60)
    with refused("ValidationError", TOO_LONG, 400):
        assume(fake, key, short, DurationSeconds=3601)
    for who in (session(fake, key), assume(fake, key, short)["Credentials"]):
        assert life(assume(fake, who, long)) == pytest.approx(3600, abs=60)
        assume(fake, who, long, DurationSeconds=3600)
        with refused("ValidationError", CHAINED, 400):
            assume(fake, who, long, DurationSeconds=3601)


def test_root_cannot_assume_a_role(fake: FakeAWS) -> None:
    """Root can assume a role neither with its key nor with a session of it."""
    key, role = fake.root().key(), fake.role("dev")
    for who in (key, session(fake, key)):
        with refused("AccessDenied", "Roles may not be assumed by root accounts.", 403):
            assume(fake, who, role)


def test_transitive_tags_and_source_identity_are_kept_in_a_chain(fake: FakeAWS) -> None:
    """A later hop cannot change them, and may omit them."""
    key, first, second = fake.user("alice").key(), fake.role("first"), fake.role("second")
    answer = assume(fake, key, first, Tags=[TAG], TransitiveTagKeys=["team"], SourceIdentity="alice@corp")
    assert answer["SourceIdentity"] == "alice@corp"
    hop = answer["Credentials"]
    with refused("InvalidParameterValue", "conflicts with a transitive tag key", 400):
        assume(fake, hop, second, Tags=[TAG | {"Key": "Team"}])
    with refused("AccessDenied", "sts:SetSourceIdentity", 403):
        assume(fake, hop, second, SourceIdentity="mallory")
    assert assume(fake, hop, second)["SourceIdentity"] == "alice@corp"
