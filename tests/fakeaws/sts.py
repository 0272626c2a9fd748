"""STS for user keys: sessions, federation tokens, identity."""

from __future__ import annotations

import binascii

from fakeaws import ids
from fakeaws.clock import utc
from fakeaws.limits import LATIN, TAG, WORD, XML, Fields, Many, Number, Text
from fakeaws.people import Caller, Session
from fakeaws.query import Asked, QueryService
from fakeaws.session_policy import packed_size
from fakeaws.wire import Refused

STS = QueryService("sts", "2011-06-15", "https://sts.amazonaws.com/doc/2011-06-15/")

ARN = Text(20, 2048, XML)
POLICY = Text(1, 2048, LATIN)
POLICY_ARNS = Many(Fields((("arn", ARN),)), 10)
TAGS = Many(Fields((("Key", Text(1, 128, TAG)), ("Value", Text(0, 256, TAG))), ("Key", "Value")), 50)
SERIAL = Text(9, 256, r"[\w+=/:,.@-]*")
CODE = Text(6, 6, r"[\d]*")
SESSION_SECONDS = Number(900, 129600)
SESSION_DEFAULT, ROOT_MOST = 43200, 3600
WRONG_SERIAL = (
    "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is"
    " valid and associated with this user."
)


def guard(asked: Asked) -> None:
    """Refuses regions in which STS is not active, and calls that sessions may not make.

    Source: the AWS STS API Reference: GetSessionToken sessions may call AssumeRole and GetCallerIdentity, federation
    tokens GetCallerIdentity; calls with their own message for sessions are refused later.
    """
    caller, action = asked.caller, asked.call.action
    if asked.call.region in asked.world.disabled_regions:
        message = (
            f"STS is not activated in this region for account:{caller.account}. Your account administrator"
            " can activate STS in this region using the IAM Console."
        )
        raise Refused("RegionDisabledException", message, 403)
    free = {"session": ("AssumeRole",), "federated": ()}.get(caller.kind, (action,))
    if action not in (*free, "GetCallerIdentity", "GetSessionToken", "GetFederationToken"):
        raise denied(asked)


STS.guard = guard


@STS.action("GetCallerIdentity", {})
def get_caller_identity(asked: Asked) -> dict[str, object]:
    """Answers every correctly signed request."""
    caller = asked.caller
    return {"Arn": caller.arn, "UserId": caller.user_id, "Account": caller.account}


@STS.action(
    "GetSessionToken", {"DurationSeconds": SESSION_SECONDS, "SerialNumber": SERIAL, "TokenCode": CODE}
)
def get_session_token(asked: Asked) -> dict[str, object]:
    """A session of the user, with MFA if given."""
    long_term_only(asked)
    mfa_at = mfa_given(asked)
    caller = asked.caller._replace(kind="session", mfa_at=mfa_at)
    return {"Credentials": credentials(asked.world.new_session(caller, seconds(asked)))}


@STS.action(
    "GetFederationToken",
    {
        "Name": Text(2, 32, WORD),
        "Policy": POLICY,
        "PolicyArns": POLICY_ARNS,
        "DurationSeconds": SESSION_SECONDS,
        "Tags": TAGS,
    },
    "Name",
)
def get_federation_token(asked: Asked) -> dict[str, object]:
    """A session with an arbitrary name; without a policy it has no permissions."""
    long_term_only(asked)
    packed = packed_size(asked)
    user, name = asked.caller, asked.text("Name")
    arn = f"arn:{user.partition}:sts::{user.account}:federated-user/{name}"
    user_id = f"{user.account}:{name}"
    caller = Caller("federated", arn, arn, user_id, user.account, user.partition, user.user)
    return {
        "Credentials": credentials(asked.world.new_session(caller, seconds(asked))),
        "FederatedUser": {"FederatedUserId": user_id, "Arn": arn},
        "PackedPolicySize": packed,
    }


@STS.action("GetAccessKeyInfo", {"AccessKeyId": Text(16, 128, r"[\w]*")}, "AccessKeyId")
def get_access_key_info(asked: Asked) -> dict[str, object]:
    """The account of any key id, existing or not: the id contains it."""
    try:
        return {"Account": ids.account_of(asked.text("AccessKeyId"))}
    except (binascii.Error, ValueError):
        raise Refused("ValidationError", "Invalid Access Key") from None


def denied(asked: Asked) -> Refused:
    """AWS's message for reasons that it does not tell."""
    role = asked.text("RoleArn")
    on = f" on resource: {role}" if role else ""
    message = f"User: {asked.caller.arn} is not authorized to perform: sts:{asked.call.action}{on}"
    return Refused("AccessDenied", message, 403)


def long_term_only(asked: Asked) -> None:
    """Refuses all callers except a user's own key."""
    if asked.caller.kind != "user":
        raise Refused("AccessDenied", f"Cannot call {asked.call.action} with session credentials", 403)


def mfa_given(asked: Asked) -> float:
    """The time at which the caller gave MFA: now if with this call, else when it got its session, 0 for never.

    Raises:
        Refused: only half of it, another user's device, a wrong or used code.
    """
    serial, code = asked.text("SerialNumber"), asked.text("TokenCode")
    if not serial and not code:
        return asked.caller.mfa_at
    if not serial or not code:
        message = (
            "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code."
        )
        raise Refused("AccessDenied", message, 403)
    device = asked.world.devices.get(serial)
    if device is None or device.user is None or device.user is not asked.caller.user:
        raise Refused("AccessDenied", WRONG_SERIAL, 403)
    if not device.accept(code):
        message = "MultiFactorAuthentication failed with invalid MFA one time pass code. "
        raise Refused("AccessDenied", message, 403)
    return asked.now


def seconds(asked: Asked) -> int:
    """The lifetime of a session of a user's key; root's is limited to an hour."""
    if asked.caller.root:
        return min(asked.number("DurationSeconds", ROOT_MOST), ROOT_MOST)
    return asked.number("DurationSeconds", SESSION_DEFAULT)


def credentials(session: Session) -> dict[str, object]:
    """A session in STS's form."""
    return {
        "AccessKeyId": session.key_id,
        "SecretAccessKey": session.secret,
        "SessionToken": session.token,
        "Expiration": utc(session.expires),
    }
