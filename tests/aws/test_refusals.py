"""Each refusal of AWS becomes one line with the error and one with the remedy, without secrets."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

import pytest
from fakeaws import faults
from hypothesis import given
from hypothesis import strategies as st

from pass_aws.aws import refusal_rows as rows
from pass_aws.aws import refusals, sts
from pass_aws.aws.calls import Aws
from pass_aws.aws.partition import Endpoint
from pass_aws.aws.refusal_rows import TABLE, Facts
from pass_aws.aws.refusals import AwsError
from pass_aws.aws.role_request import RoleRequest
from pass_aws.model import Credentials

if TYPE_CHECKING:
    from fakeaws import AccessKey, FakeAWS

ROLE = "arn:aws:iam::222222222222:role/Ops"
SERIAL = "arn:aws:iam::111111111111:mfa/alice"
KEY = Credentials("AKIA2222222222222222", "MARKED+SECRET+0000000000000000000000000+")
SESSION = Credentials("ASIA2222222222223333", "MARKED+SECRET+0000000000000000000000000+", "MARKED/TOKEN")
CODE = "314159"
DENIED_USER = "User: arn:aws:iam::111111111111:user/alice is not authorized to perform: "


INVALID = "The security token included in the request is invalid"
MFA = "MultiFactorAuthentication failed"


class Case(NamedTuple):
    """A refusal in AWS's words, how it is caused, and what our two lines must contain."""

    call: str
    code: str
    text: str
    status: int
    cause: str
    message: str
    hint: str
    signer: Credentials = KEY
    serial: str = ""
    skew: int = 0


CASES = (
    Case(
        "ListMFADevices", "InvalidClientTokenId", INVALID, 403,
        rows.UNKNOWN_KEY, "IAM does not accept the session …3333", "mfa_serial", SESSION,
    ),
    Case(
        "GetCallerIdentity", "InvalidClientTokenId", INVALID,
        403, rows.UNKNOWN_KEY, "does not know access key …3333", "--fresh", SESSION,
    ),
    Case(
        "GetCallerIdentity", "InvalidClientTokenId", INVALID,
        403, rows.UNKNOWN_KEY, "does not know access key …2222 in partition aws", "inactive",
    ),
    Case(
        "AssumeRole", "SignatureDoesNotMatch",
        "Signature expired: 20261122T100000Z is now earlier than 20261122T101500Z", 403,
        rows.CLOCK, "clock is 20 minutes behind AWS's", "timedatectl", skew=1200,
    ),
    Case(
        "AssumeRole", "SignatureDoesNotMatch",
        "Signature not yet current: 20261122T103000Z is still later than 20261122T101500Z", 403,
        rows.CLOCK, "clock is 20 minutes ahead of AWS's", "timedatectl", skew=-1200,
    ),
    Case(
        "AssumeRole", "SignatureDoesNotMatch", "The request signature we calculated does not match", 403,
        rows.CLOCK, "clock is 7 minutes behind AWS's", "timedatectl", skew=400,
    ),
    Case(
        "AssumeRole", "SignatureDoesNotMatch", "The request signature we calculated does not match", 403,
        rows.BAD_SECRET, "the secret of access key …2222", "pass aws add NAME --force",
    ),
    Case("AssumeRole", "RequestExpired", "Request has expired.", 400, rows.CLOCK, "clock", "timedatectl"),
    Case(
        "AssumeRoleWithWebIdentity", "ExpiredTokenException", "Token expired: current date/time 1 must be …",
        400, rows.EXPIRED, "the web identity token has expired", "new one",
    ),
    Case(
        "AssumeRole", "ExpiredToken", "The security token included in the request is expired", 403,
        rows.EXPIRED, "the session …3333 that signs AssumeRole", "--fresh", SESSION,
    ),
    Case(
        "GetSessionToken", "AccessDenied",
        f"{MFA} with invalid MFA one time pass code. ", 403,
        rows.WRONG_CODE, f"the one-time code of {SERIAL}", "seconds behind AWS's", serial=SERIAL, skew=60,
    ),
    Case(
        "GetSessionToken", "AccessDenied",
        f"{MFA} with invalid MFA one time pass code. ", 403,
        rows.WRONG_CODE, f"the one-time code of {SERIAL}", "wait for the next code", serial=SERIAL,
    ),
    Case(
        "GetSessionToken", "AccessDenied",
        f"{MFA}, unable to validate MFA code.  Please verify your MFA serial number is valid and associated "
        "with this user.", 403,
        rows.UNKNOWN_DEVICE, f"{SERIAL} is not an MFA device", "list-mfa-devices", serial=SERIAL,
    ),
    Case(
        "AssumeRole", "AccessDenied",
        f"{MFA}, must provide both MFA serial number and one time pass code.", 403,
        rows.PARAMETER, "or neither", "mfa_serial",
    ),
    Case(
        "GetSessionToken", "AccessDenied", "Cannot call GetSessionToken with session credentials", 403,
        rows.IS_SESSION, "does not accept the session …3333", "--no-session", SESSION,
    ),
    Case(
        "AssumeRole", "AccessDenied", f"{DENIED_USER}sts:AssumeRole on resource: {ROLE}", 403, rows.DENIED,
        f"arn:aws:iam::111111111111:user/alice is not allowed to assume {ROLE}", "trust policy",
    ),
    Case(
        "ListMFADevices", "AccessDenied",
        f"{DENIED_USER}iam:ListMFADevices on resource: user alice because no identity-based policy allows the"
        " iam:ListMFADevices action", 403,
        rows.DENIED, "has no permission for iam:ListMFADevices (because no identity-based policy", "permission",
    ),
    Case(
        "AssumeRoleWithWebIdentity", "AccessDenied",
        "Not authorized to perform sts:AssumeRoleWithWebIdentity", 403,
        rows.DENIED, f"the web identity token is not allowed to assume {ROLE}", "audience",
    ),
    Case(
        "AssumeRole", "AccessDenied", "Roles may not be assumed by root accounts.", 403,
        rows.DENIED, "root user", "IAM user",
    ),
    Case("AssumeRole", "AccessDenied", "No.", 403, rows.DENIED, "AWS denies AssumeRole: No", "ask for the permission"),
    Case(
        "AssumeRole", "ValidationError",
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.", 400,
        rows.TOO_LONG, f"7200 s is longer than {ROLE} allows for a session", "duration_seconds",
    ),
    Case(
        "AssumeRole", "ValidationError",
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
        400, rows.CHAINED, "one hour at most, not 7200 s", "3600", SESSION,
    ),
    Case(
        "AssumeRole", "ValidationError",
        f"1 validation error detected: Value '{CODE}' at 'tokenCode' failed to satisfy constraint: Member"
        " must satisfy regular expression pattern: [\\d]*", 400,
        rows.PARAMETER, "the tokenCode of AssumeRole: Member must satisfy regular expression", "profile",
        serial=SERIAL,
    ),
    Case(
        "AssumeRole", "ValidationError", "arn:x is invalid", 400,
        rows.PARAMETER, "AWS refuses AssumeRole: arn:x is invalid", "profile",
    ),
    Case(
        "AssumeRole", "RegionDisabledException", "STS is not activated in this region for account:1.", 403,
        rows.REGION, "STS is not active in us-east-1", "--region",
    ),
    Case(
        "AssumeRole", "PackedPolicyTooLarge", "Serialized token too large for session", 400,
        rows.PARAMETER, "policy or the tags: Serialized token too large", "make them shorter",
    ),
    Case(
        "AssumeRole", "MalformedPolicyDocument", "Syntax errors in policy.", 400,
        rows.PARAMETER, "Syntax errors in policy", "correct",
    ),
    Case(
        "AssumeRoleWithWebIdentity", "InvalidIdentityToken", "Couldn't retrieve verification key", 400,
        rows.DENIED, f"web identity token for {ROLE}: InvalidIdentityToken", "audience",
    ),
    Case(
        "AssumeRoleWithWebIdentity", "IDPRejectedClaim", "rejected", 403,
        rows.DENIED, "IDPRejectedClaim", "issuer",
    ),
    Case(
        "AssumeRoleWithWebIdentity", "IDPCommunicationError", "timeout", 400,
        rows.TROUBLE, "could not reach the identity provider", "try again",
    ),
    Case("GetCallerIdentity", "Throttling", "Rate exceeded", 400, rows.BUSY, "AWS throttles", "wait"),
    Case(
        "ListMFADevices", "EntityTemporarilyUnmodifiable", "later", 409, rows.BUSY, "still busy", "wait",
    ),
    Case("ListMFADevices", "ConcurrentModification", "later", 409, rows.BUSY, "still busy", "wait"),
    Case(
        "ListMFADevices", "LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2", 409,
        rows.OTHER, "two access keys", "delete",
    ),
    Case(
        "ListMFADevices", "NoSuchEntity", "The user with name bob cannot be found.", 404,
        rows.MISSING, "The user with name bob cannot be found", "",
    ),
    Case("ListMFADevices", "EntityAlreadyExists", "Device bob", 409, rows.OTHER, "Device bob", "another"),
    Case(
        "ListMFADevices", "InvalidAuthenticationCode", "Authentication code for device is not valid.", 403,
        rows.WRONG_CODE, "the two one-time codes", "two new consecutive codes",
    ),
    Case(
        "ListMFADevices", "DeleteConflict", "MFA VirtualDevice in use. Must deactivate first.", 409,
        rows.OTHER, "still in use", "deactivate",
    ),
    Case("GetCallerIdentity", "InternalFailure", "oops", 500, rows.TROUBLE, "HTTP 500", "try again"),
    Case(
        "GetSessionToken", "InternalFailure", "oops", 500,
        rows.LOST, f"one-time code of {SERIAL} may be used up", "next code", serial=SERIAL,
    ),
    Case("GetCallerIdentity", "OptInRequired", "Sign up.", 403, rows.OTHER, "OptInRequired: Sign up", ""),
)  # fmt: skip


def make(case: Case, fake: FakeAWS) -> object:
    """A real call over HTTP that is refused as in the case."""
    fake.clock.skew = case.skew
    fake.fault(case.call, faults.error(case.code, case.text, case.status), times=9)
    aws, endpoint = door(fake)
    mfa = {"serial": case.serial, "code": CODE} if case.serial else {}
    request = RoleRequest(ROLE, "me", 7200, external_id="xid-1")
    if case.call == "GetSessionToken":
        return aws.session(sts.get_session_token(case.signer, endpoint, duration=3600, **mfa))
    if case.call == "AssumeRole":
        return aws.session(sts.assume_role(case.signer, endpoint, request, **mfa))
    if case.call == "AssumeRoleWithWebIdentity":
        return aws.session(sts.assume_role_with_web_identity(endpoint, request, "a.b.c"))
    if case.call == "ListMFADevices":
        return aws.mfa_serials(case.signer, endpoint)
    return aws.caller_identity(case.signer, endpoint)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.code}-{case.cause}")
def test_each_refusal_has_its_message_and_hint(case: Case, fake: FakeAWS) -> None:
    """Code, text and circumstances over HTTP lead to the row's message, hint and cause."""
    with pytest.raises(AwsError) as caught:
        make(case, fake)
    error = caught.value
    assert error.cause == case.cause
    assert case.message in str(error)
    assert case.hint in error.hint
    assert error.aws_code == case.code
    assert abs(error.skew - case.skew) < 30
    assert not any(secret in f"{error}{error.hint}" for secret in ("MARKED", CODE, "xid-1"))


def test_every_row_has_a_case() -> None:
    """Every row of the table has a case above."""
    reached = set()
    for case in CASES:
        facts = Facts(
            case.call, case.code, case.text, case.status,
            is_session=bool(case.signer.session_token), skew=case.skew, serial=case.serial,
        )  # fmt: skip
        fits = (
            number
            for number, row in enumerate(TABLE)
            if case.code in row.codes and row.part in case.text and row.when(facts)
        )
        reached.add(next(fits, None))
    assert set(range(len(TABLE))) - reached == set()


def door(fake: FakeAWS) -> tuple[Aws, Endpoint]:
    return Aws({}, time.time, lambda _: None), Endpoint("us-east-1", "aws", fake.url)


def credentials(key: AccessKey) -> Credentials:
    return Credentials(key.id, key.secret)


def test_refusals_of_the_strict_fake(fake: FakeAWS) -> None:
    """The refusals of our fake, in AWS's words, match their rows."""
    alice, bob = fake.user("alice"), fake.user("bob", deny=("iam:*",))
    key, device, role = alice.key(), alice.mfa(), fake.role("Ops", max_session=3600)
    good, (aws, here) = credentials(key), door(fake)
    session = aws.session(sts.get_session_token(good, here, duration=3600))
    wrong = {"serial": device.serial, "code": device.wrong_code()}
    alien = {"serial": bob.mfa().serial, "code": "000000"}
    missing = RoleRequest("arn:aws:iam::111111111111:role/Missing", "me", 900)
    half = Credentials(good.access_key_id, good.secret_access_key[:-1])
    token = fake.web_token().token
    found = []
    for call in (
        lambda: aws.caller_identity(Credentials("AKIA1111111111111111", "x" * 40), here),
        lambda: aws.caller_identity(half, here),
        lambda: aws.session(sts.get_session_token(session, here, duration=3600)),
        lambda: aws.session(sts.get_session_token(good, here, duration=3600, **wrong)),
        lambda: aws.session(sts.get_session_token(good, here, duration=3600, **alien)),
        lambda: aws.session(sts.get_session_token(good, here, duration=200_000)),
        lambda: aws.session(sts.assume_role(good, here, missing)),
        lambda: aws.session(sts.assume_role(good, here, RoleRequest(role.arn, "me", 7200))),
        lambda: aws.session(sts.assume_role(session, here, RoleRequest(role.arn, "me", 7200))),
        lambda: aws.session(sts.assume_role(good, here, RoleRequest(role.arn, "me", 900, policy="{"))),
        lambda: aws.session(sts.assume_role_with_web_identity(here, RoleRequest(role.arn, "me", 900), token)),
        lambda: aws.session(
            sts.assume_role_with_web_identity(here, RoleRequest(role.arn, "me", 900), "no.such.token")
        ),
        lambda: aws.mfa_serials(credentials(bob.key()), here),
    ):
        with pytest.raises(AwsError) as caught:
            call()
        found.append(caught.value.cause)
    assert found == [
        rows.UNKNOWN_KEY, rows.BAD_SECRET, rows.IS_SESSION, rows.WRONG_CODE, rows.UNKNOWN_DEVICE,
        rows.PARAMETER, rows.DENIED, rows.TOO_LONG, rows.CHAINED, rows.PARAMETER,
        rows.DENIED, rows.DENIED, rows.DENIED,
    ]  # fmt: skip


def test_a_wrong_clock_is_reported(fake: FakeAWS) -> None:
    """AWS's clock is 20 minutes ahead: the signature has expired, and the error has the difference."""
    key, (aws, here) = fake.user("alice").key(), door(fake)
    fake.clock.skew = 1200
    with pytest.raises(AwsError, match="20 minutes behind AWS's") as caught:
        aws.caller_identity(credentials(key), here)
    assert caught.value.cause == rows.CLOCK


def test_expired_sessions_and_tokens_have_different_hints(fake: FakeAWS) -> None:
    """An expired signer needs --fresh, an expired web token a new one."""
    alice, (aws, here) = fake.user("alice"), door(fake)
    role = fake.role("Ops", trust=["oidc.example.com"])
    session = aws.session(sts.get_session_token(credentials(alice.key()), here, duration=900))
    token = fake.web_token().token
    fake.clock.advance(1000)
    with pytest.raises(AwsError, match="the session …") as first:
        aws.session(sts.assume_role(session, here, RoleRequest(role.arn, "me", 900)))
    with pytest.raises(AwsError, match="web identity token has expired") as second:
        aws.session(sts.assume_role_with_web_identity(here, RoleRequest(role.arn, "me", 900), token))
    assert (first.value.cause, second.value.cause) == (rows.EXPIRED, rows.EXPIRED)


def test_the_causes_of_a_refused_role_fit_the_call() -> None:
    """The external id is a possible cause only if it was sent; the hint asks for MFA only without it."""
    facts = Facts("AssumeRole", "AccessDenied", f"{DENIED_USER}sts:AssumeRole on resource: x", 403)
    assert "or it requires an external_id or MFA" in refusals.refusal(facts).hint
    sent = facts._replace(external_id=True, serial=SERIAL)
    assert refusals.refusal(sent).hint.endswith("or it requires another external_id")


def test_an_explicit_deny_is_in_the_message() -> None:
    """AWS's own reason is in the message."""
    text = f"{DENIED_USER}sts:AssumeRole on resource: x with an explicit deny in a service control policy"
    told = refusals.refusal(Facts("AssumeRole", "AccessDenied", text, 403)).message
    assert told.endswith("(with an explicit deny in a service control policy)")


CODES = st.sampled_from([*sorted({code for row in TABLE for code in row.codes}), "", "Odd{code}"])
PARTS = st.sampled_from([row.part for row in TABLE])


@given(CODES, PARTS, st.text(), st.sampled_from([0, 200, 302, 400, 403, 500, 503]))
def test_any_text_of_any_server_gives_two_clean_lines(code: str, part: str, text: str, status: int) -> None:
    """The lines have no newline, escape sequence or template braces, and are never empty."""
    told = refusals.refusal(Facts("AssumeRole", code, text + part + text, status))
    assert told.message
    assert told.message.isprintable()
    assert told.hint.isprintable()
    assert len(told.message) < 800


ASCII = st.text(st.characters(min_codepoint=33, max_codepoint=126))


@given(ASCII.filter(bool), st.text(), st.text())
def test_secrets_are_removed_from_any_place(secret: str, before: str, after: str) -> None:
    """A secret in AWS's answer is removed before anything else reads the text."""
    assert secret not in refusals.scrubbed(f"{before}{secret}{after}", (secret, ""))
