"""The table of AWS's refusals: the meaning of each code and text, and the message for the user. Data only.

Source: https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html, the error lists of the
operations there and in IAM's reference, and the texts of AWS's answers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

# Causes that callers handle; all others are only reported.
WRONG_CODE = "wrong code"
UNKNOWN_DEVICE = "unknown device"
EXPIRED = "expired"
UNKNOWN_KEY = "unknown key"
BAD_SECRET = "bad secret"  # noqa: S105 - the name of a cause
CLOCK = "clock"
DENIED = "denied"
TOO_LONG = "too long"
CHAINED = "chained"
IS_SESSION = "is a session"
PARAMETER = "parameter"
REGION = "region"
BUSY = "busy"
TROUBLE = "trouble"
NETWORK = "network"
LOST = "lost answer"
GARBAGE = "garbage"
MISSING = "missing"
OTHER = "other"

SKEW = 300
"""Seconds; AWS refuses a signature if the clocks differ by more."""
CODE_SKEW = 30
"""Seconds; AWS refuses a one-time code made here if the clocks differ by more."""


class Facts(NamedTuple):
    """The facts about a refused call.

    Args:
        call: the operation, `AssumeRole`.
        code: AWS's error code.
        text: AWS's message, without the secrets of the call.
        status: the HTTP status.
        key_id: the access key that signed the call, or empty.
        is_session: whether a session signed the call.
        region: of the call, in `partition`.
        skew: seconds by which AWS's clock is ahead of ours, from the Date header.
        role_arn: of the role to assume, or empty.
        external_id: whether one was sent.
        serial: of the MFA device whose code was sent, or empty.
        duration: the requested seconds.
        once: whether the call must not be repeated.
    """

    call: str
    code: str = ""
    text: str = ""
    status: int = 0
    key_id: str = ""
    is_session: bool = False
    region: str = ""
    partition: str = "aws"
    skew: float = 0
    role_arn: str = ""
    external_id: bool = False
    serial: str = ""
    duration: int = 0
    once: bool = False


class Row(NamedTuple):
    """One line of the table; message and hint are templates over `refusals.words`.

    Args:
        codes: AWS's error codes.
        part: what AWS's message must contain, or empty.
        when: a further condition.
    """

    codes: tuple[str, ...]
    part: str
    cause: str
    message: str
    hint: str
    when: Callable[[Facts], bool] = lambda _: True


KEY = ("InvalidClientTokenId", "UnrecognizedClientException")
SIGNATURE = ("SignatureDoesNotMatch", "InvalidSignatureException")
TIME = ("RequestExpired", "RequestTimeTooSkewed", "RequestInTheFuture")
OLD = ("ExpiredToken", "ExpiredTokenException")
DENIAL = ("AccessDenied", "AccessDeniedException")
VALUE = ("ValidationError", "ValidationException")
SLOWER = ("Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequestsException", "SlowDown")
STS = ("GetSessionToken", "AssumeRole", "AssumeRoleWithWebIdentity", "GetCallerIdentity")

CLOCK_MESSAGE = "AWS refuses the signature of {call}: {clock}"
CLOCK_HINT = "set the clock, for example with timedatectl set-ntp true, and try again"
NO_KEY = "AWS does not know access key {key} in partition {partition}"
FRESH = "run the command again with --fresh"
ADD_AGAIN = "store the correct key with pass aws add NAME --force"
ROLE_CAUSES = (
    "one of these: the role does not exist, the caller has no permission for sts:AssumeRole, "
    "the role's trust policy does not name the caller, or it requires {unmet}"
)

TABLE = (
    Row(
        KEY, "", UNKNOWN_KEY, "IAM does not accept the session {key} for {call}",
        "IAM accepts only sessions made with MFA: set mfa_serial in the profile",
        when=lambda facts: facts.is_session and facts.call not in STS,
    ),
    Row(KEY, "", UNKNOWN_KEY, NO_KEY, FRESH, when=lambda facts: facts.is_session),
    Row(
        KEY, "", UNKNOWN_KEY, NO_KEY,
        "it may be deleted, inactive, in another partition, or less than a minute old; " + ADD_AGAIN,
    ),
    Row(SIGNATURE, "Signature expired", CLOCK, CLOCK_MESSAGE, CLOCK_HINT),
    Row(SIGNATURE, "Signature not yet current", CLOCK, CLOCK_MESSAGE, CLOCK_HINT),
    Row(SIGNATURE, "", CLOCK, CLOCK_MESSAGE, CLOCK_HINT, when=lambda facts: abs(facts.skew) >= SKEW),
    Row(SIGNATURE, "", BAD_SECRET, "the secret of access key {key} is wrong", ADD_AGAIN),
    Row(TIME, "", CLOCK, CLOCK_MESSAGE, CLOCK_HINT),
    Row(
        OLD, "", EXPIRED, "the web identity token has expired", "make its file or process provide a new one",
        when=lambda facts: facts.call == "AssumeRoleWithWebIdentity",
    ),
    Row(OLD, "", EXPIRED, "the session {key} that signs {call} has expired", FRESH),
    Row(
        DENIAL, "invalid MFA one time pass code", WRONG_CODE,
        "AWS does not accept the one-time code of {serial}", "{clock}: set the clock, then try again",
        when=lambda facts: abs(facts.skew) >= CODE_SKEW,
    ),
    Row(
        DENIAL, "invalid MFA one time pass code", WRONG_CODE,
        "AWS does not accept the one-time code of {serial}", "wait for the next code: each works once",
    ),
    Row(
        DENIAL, "unable to validate MFA code", UNKNOWN_DEVICE,
        "{serial} is not an MFA device of the user of access key {key}",
        "set mfa_serial to one that pass aws exec -n PROFILE -- aws iam list-mfa-devices shows",
    ),
    Row(
        DENIAL, "must provide both MFA serial number and one time pass code", PARAMETER,
        "{call} needs an MFA serial and a one-time code, or neither", "set mfa_serial in the profile",
    ),
    Row(
        DENIAL, "with session credentials", IS_SESSION, "{call} does not accept the session {key}",
        "use --no-session, or give the source profile a long-lived key",
    ),
    Row(
        DENIAL, "not authorized to perform: sts:AssumeRole", DENIED,
        "{caller} is not allowed to assume {role}{because}", ROLE_CAUSES,
    ),
    Row(
        DENIAL, "not authorized to perform: ", DENIED, "{caller} has no permission for {action}{because}",
        "ask for the permission; some policies grant it only to sessions made with MFA",
    ),
    Row(
        DENIAL, "to perform sts:AssumeRoleWithWebIdentity", DENIED,
        "the web identity token is not allowed to assume {role}",
        "the role does not exist, or its trust policy names another provider, audience or subject",
    ),
    Row(
        DENIAL, "may not be assumed by root", DENIED, "a root user cannot assume a role",
        "use the key of an IAM user",
    ),
    Row(DENIAL, "", DENIED, "AWS denies {call}: {text}", "ask for the permission to call {call}"),
    Row(
        VALUE, "MaxSessionDuration", TOO_LONG, "{duration} s is longer than {role} allows for a session",
        "reduce duration_seconds (-d), or increase the role's maximum session duration",
    ),
    Row(
        VALUE, "role chaining", CHAINED,
        "{role} is assumed from a session, so it lasts one hour at most, not {duration} s",
        "set duration_seconds (-d) to 3600 or less",
    ),
    Row(
        VALUE, "failed to satisfy constraint", PARAMETER, "AWS refuses the {parameter} of {call}: {wanted}",
        "change it in the profile",
    ),
    Row(VALUE, "", PARAMETER, "AWS refuses {call}: {text}", "change it in the profile"),
    Row(
        ("RegionDisabledException",), "", REGION, "STS is not active in {region} for this account",
        "use another region (--region), or activate STS for it in IAM's account settings",
    ),
    Row(
        ("PackedPolicyTooLarge", "MalformedPolicyDocument"), "", PARAMETER,
        "AWS refuses the session policy or the tags: {text}", "make them shorter, or correct them",
    ),
    Row(
        ("InvalidIdentityToken", "IDPRejectedClaim"), "", DENIED,
        "AWS does not accept the web identity token for {role}: {code}",
        "compare its issuer, audience and subject with the role's trust policy",
    ),
    Row(
        ("IDPCommunicationError",), "", TROUBLE,
        "AWS could not reach the identity provider of the web identity token",
        "try again; if this persists, the provider's keys cannot be read from the internet",
    ),
    Row(SLOWER, "", BUSY, "AWS throttles {call}", "wait a minute and try again"),
    Row(
        ("EntityTemporarilyUnmodifiable", "ConcurrentModification"), "", BUSY,
        "IAM is still busy with an earlier change", "wait a minute and try again",
    ),
    Row(
        ("LimitExceeded",), "AccessKeysPerUser", OTHER, "the user has two access keys, the most IAM allows",
        "delete the unused one",
    ),
    Row(
        ("NoSuchEntity",), "", MISSING, "{call}: IAM cannot find it: {text}",
        "pass aws audit compares the stored keys with IAM's",
    ),
    Row(("EntityAlreadyExists",), "", OTHER, "{call}: the name is in use: {text}", "choose another name"),
    Row(
        ("InvalidAuthenticationCode",), "", WRONG_CODE, "AWS does not accept the two one-time codes",
        "wait for two new consecutive codes",
    ),
    Row(("DeleteConflict",), "", OTHER, "{call}: it is still in use: {text}", "deactivate it first"),
)  # fmt: skip
