"""STS for roles: AssumeRole, with every reason to be refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fakeaws.limits import TAG, WORD, Many, Number, Text
from fakeaws.people import Caller, Role
from fakeaws.session_policy import packed_size, session_tags
from fakeaws.sts import (
    ARN,
    CODE,
    POLICY,
    POLICY_ARNS,
    SERIAL,
    STS,
    TAGS,
    credentials,
    denied,
    mfa_given,
)
from fakeaws.wire import Refused

if TYPE_CHECKING:
    from fakeaws.query import Asked

NAME = Text(2, 64, WORD)
ROLE_SECONDS = Number(900, 43200)
HOUR = 3600


@STS.action(
    "AssumeRole",
    {
        "RoleArn": ARN,
        "RoleSessionName": NAME,
        "PolicyArns": POLICY_ARNS,
        "Policy": POLICY,
        "DurationSeconds": ROLE_SECONDS,
        "Tags": TAGS,
        "TransitiveTagKeys": Many(Text(1, 128, TAG), 50),
        "ExternalId": Text(2, 1224, r"[\w+=,.@:\/-]*"),
        "SerialNumber": SERIAL,
        "TokenCode": CODE,
        "SourceIdentity": Text(2, 256, WORD),
    },
    "RoleArn",
    "RoleSessionName",
)
def assume_role(asked: Asked) -> dict[str, object]:
    """A role's session; a code is used before any other check, the strictest interpretation."""
    mfa_at = mfa_given(asked)
    if asked.caller.root:
        raise Refused("AccessDenied", "Roles may not be assumed by root accounts.", 403)
    role = role_of(asked)
    if role is None or not _trusts(role, asked.caller) or not _conditions(role, asked, mfa_at):
        raise denied(asked)
    caller = become(role, asked, _source_identity(asked), _transitive(asked))
    packed = packed_size(asked)
    return answer(role, asked, caller) | {"PackedPolicySize": packed}


def role_of(asked: Asked) -> Role | None:
    """The role in RoleArn, if it exists."""
    arn = asked.text("RoleArn")
    parts = arn.split(":", 5)
    if len(parts) < 6 or parts[0] != "arn" or parts[2] != "iam" or not parts[5].startswith("role/"):
        raise Refused("ValidationError", f"{arn} is invalid")
    return asked.world.roles.get(arn)


def _trusts(role: Role, caller: Caller) -> bool:
    root = f"arn:{caller.partition}:iam::{caller.account}:root"
    return caller.partition == role.partition and not {
        "*", caller.account, root, caller.principal, caller.arn,
    }.isdisjoint(role.trust)  # fmt: skip


def _conditions(role: Role, asked: Asked, mfa_at: float) -> bool:
    if role.external_id and asked.text("ExternalId") != role.external_id:
        return False
    if (role.mfa or role.mfa_max_age) and not mfa_at:
        return False
    return not role.mfa_max_age or asked.now - mfa_at <= role.mfa_max_age


def _seconds(role: Role, asked: Asked) -> int:
    wanted = asked.number("DurationSeconds", HOUR)
    if wanted > HOUR and asked.caller.kind in ("session", "role"):
        message = (
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role"
            " chaining."
        )
        raise Refused("ValidationError", message)
    if wanted > role.max_session:
        message = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        raise Refused("ValidationError", message)
    return wanted


def _source_identity(asked: Asked) -> str:
    inherited, wanted = asked.caller.source_identity, asked.text("SourceIdentity")
    if inherited and wanted and wanted != inherited:
        action = f"sts:SetSourceIdentity on resource: {asked.text('RoleArn')}"
        raise Refused("AccessDenied", f"User: {asked.caller.arn} is not authorized to perform: {action}", 403)
    return inherited or wanted


def _transitive(asked: Asked) -> dict[str, str]:
    tags, inherited = session_tags(asked), asked.caller.transitive_tags
    keys = [str(key) for key in asked.many("TransitiveTagKeys")]
    if set(map(str.lower, tags)) & set(map(str.lower, inherited)):
        message = (
            "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag"
            " key from the calling session."
        )
        raise Refused("InvalidParameterValue", message)
    if not set(keys) <= set(tags) | set(inherited):
        message = "The specified transitive tag key must be included in the requested tags."
        raise Refused("InvalidParameterValue", message)
    return {**inherited, **{key: tags[key] for key in keys if key in tags}}


def become(role: Role, asked: Asked, source_identity: str, transitive: dict[str, str]) -> Caller:
    """The caller after assuming the role."""
    name = asked.text("RoleSessionName")
    arn = f"arn:{role.partition}:sts::{role.account}:assumed-role/{role.name}/{name}"
    return Caller(
        "role",
        arn,
        role.arn,
        f"{role.role_id}:{name}",
        role.account,
        role.partition,
        source_identity=source_identity,
        transitive_tags=transitive,
        direct=asked.caller.kind == "user",
    )


def answer(role: Role, asked: Asked, caller: Caller) -> dict[str, object]:
    """A session of the role in STS's form, if the duration is within all limits."""
    session = asked.world.new_session(caller, _seconds(role, asked))
    return {
        "Credentials": credentials(session),
        "AssumedRoleUser": {"AssumedRoleId": caller.user_id, "Arn": caller.arn},
        "SourceIdentity": caller.source_identity or None,
    }
