"""The table of AWS's refusals: which code and text means what, and what to tell the user. Data only.

Source: https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html, the error lists of the single
operations there and in IAM's reference, and the texts AWS answers with.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

# What a caller may want to act upon; everything else is only told.
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
"""Seconds between the clocks from which on a signature is refused."""
CODE_SKEW = 30
"""Seconds between the clocks from which on a one-time code made here does not fit."""


class Facts(NamedTuple):
    """What is known when AWS refuses.

    Args:
        call: the operation, `AssumeRole`.
        code: AWS's error code.
        text: AWS's message, every secret the call carried taken out.
        status: the HTTP status.
        key_id: the access key that signed, or empty.
        is_session: whether a session signed.
        region: where the call went, in `partition`.
        skew: seconds AWS's clock is ahead of ours, from the Date header.
        role_arn: of the role to be assumed, or empty.
        external_id: whether one was sent.
        serial: of the MFA device whose code was sent, or empty.
        duration: seconds asked for.
        once: whether the call must not be sent again.
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
        when: what else must hold.
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
FRESH = "run it again with --fresh"
ADD_AGAIN = "store the right one with pass aws add NAME --force"
ROLE_CAUSES = (
    "one of these: the role does not exist, the caller has no permission for sts:AssumeRole, "
    "the role's trust policy does not name the caller, or it wants {unmet}"
)

TABLE = (
    Row(
        KEY, "", UNKNOWN_KEY, "IAM does not accept the session {key} for {call}",
        "IAM takes only sessions made with MFA: set mfa_serial in the profile",
        when=lambda facts: facts.is_session and facts.call not in STS,
    ),
    Row(KEY, "", UNKNOWN_KEY, NO_KEY, FRESH, when=lambda facts: facts.is_session),
    Row(
        KEY, "", UNKNOWN_KEY, NO_KEY,
        "it may be deleted, inactive, of another partition, or less than a minute old; " + ADD_AGAIN,
    ),
    Row(SIGNATURE, "Signature expired", CLOCK, CLOCK_MESSAGE, CLOCK_HINT),
    Row(SIGNATURE, "Signature not yet current", CLOCK, CLOCK_MESSAGE, CLOCK_HINT),
    Row(SIGNATURE, "", CLOCK, CLOCK_MESSAGE, CLOCK_HINT, when=lambda facts: abs(facts.skew) >= SKEW),
    Row(SIGNATURE, "", BAD_SECRET, "the secret of access key {key} is not the one AWS has", ADD_AGAIN),
    Row(TIME, "", CLOCK, CLOCK_MESSAGE, CLOCK_HINT),
    Row(
        OLD, "", EXPIRED, "the web identity token has expired", "have its file or process give a new one",
        when=lambda facts: facts.call == "AssumeRoleWithWebIdentity",
    ),
    Row(OLD, "", EXPIRED, "the session {key}, which signs {call}, has expired", FRESH),
    Row(
        DENIAL, "invalid MFA one time pass code", WRONG_CODE,
        "AWS does not accept the one-time code of {serial}", "{clock}: set it, then try again",
        when=lambda facts: abs(facts.skew) >= CODE_SKEW,
    ),
    Row(
        DENIAL, "invalid MFA one time pass code", WRONG_CODE,
        "AWS does not accept the one-time code of {serial}", "wait for the next code: each works once",
    ),
    Row(
        DENIAL, "unable to validate MFA code", UNKNOWN_DEVICE,
        "{serial} is not an MFA device of the user of access key {key}",
        "set mfa_serial to one that aws iam list-mfa-devices shows",
    ),
    Row(
        DENIAL, "must provide both MFA serial number and one time pass code", PARAMETER,
        "{call} needs an MFA serial and a one-time code, or neither", "set mfa_serial in the profile",
    ),
    Row(
        DENIAL, "with session credentials", IS_SESSION, "{call} makes no session out of the session {key}",
        "use --no-session, or give the source profile a long-lived key",
    ),
    Row(
        DENIAL, "not authorized to perform: sts:AssumeRole", DENIED,
        "AWS does not let {caller} assume {role}{because}", ROLE_CAUSES,
    ),
    Row(
        DENIAL, "not authorized to perform: ", DENIED, "AWS does not let {caller} do {action}{because}",
        "ask for the permission; some policies give it only to sessions made with MFA",
    ),
    Row(
        DENIAL, "to perform sts:AssumeRoleWithWebIdentity", DENIED,
        "AWS does not let the web identity token assume {role}",
        "the role does not exist, or its trust policy names another provider, audience or subject",
    ),
    Row(
        DENIAL, "may not be assumed by root", DENIED, "AWS lets no root user assume a role",
        "use the key of an IAM user",
    ),
    Row(DENIAL, "", DENIED, "AWS denies {call}: {text}", ""),
    Row(
        VALUE, "MaxSessionDuration", TOO_LONG, "{duration} s are more than {role} allows for a session",
        "lower duration_seconds (-d), or have the role's maximum session duration raised",
    ),
    Row(
        VALUE, "role chaining", CHAINED,
        "{role} is assumed from a session, which allows one hour at most, not {duration} s",
        "set duration_seconds (-d) to 3600 or less",
    ),
    Row(
        VALUE, "failed to satisfy constraint", PARAMETER, "AWS refuses the {parameter} of {call}: {wanted}",
        "change it in the profile",
    ),
    Row(VALUE, "", PARAMETER, "AWS refuses {call}: {text}", "change it in the profile"),
    Row(
        ("RegionDisabledException",), "", REGION, "STS is switched off in {region} for this account",
        "use another region (--region), or have STS activated there in IAM's account settings",
    ),
    Row(
        ("PackedPolicyTooLarge", "MalformedPolicyDocument"), "", PARAMETER,
        "AWS refuses the session policy or the tags: {text}", "shorten or correct them",
    ),
    Row(
        ("InvalidIdentityToken", "IDPRejectedClaim"), "", DENIED,
        "AWS does not accept the web identity token for {role}: {code}",
        "compare its issuer, audience and subject with the role's trust policy",
    ),
    Row(
        ("IDPCommunicationError",), "", TROUBLE,
        "AWS could not ask the identity provider of the web identity token",
        "try again; if it stays so, the provider's keys cannot be read from the internet",
    ),
    Row(SLOWER, "", BUSY, "AWS throttles {call}", "wait a minute and try again"),
    Row(
        ("EntityTemporarilyUnmodifiable", "ConcurrentModification"), "", BUSY,
        "IAM is still busy with an earlier change", "wait a minute and try again",
    ),
    Row(
        ("LimitExceeded",), "AccessKeysPerUser", OTHER, "the user has two access keys, the most IAM allows",
        "delete the one that is not used",
    ),
    Row(("NoSuchEntity",), "", MISSING, "IAM does not know what {call} is about: {text}", ""),
    Row(("EntityAlreadyExists",), "", OTHER, "{call} finds the name taken: {text}", "choose another name"),
    Row(
        ("InvalidAuthenticationCode",), "", WRONG_CODE, "AWS does not accept the two one-time codes",
        "wait for two new codes, one right after the other",
    ),
    Row(("DeleteConflict",), "", OTHER, "{call}: it is still in use: {text}", "deactivate it first"),
)  # fmt: skip
