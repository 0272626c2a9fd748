"""IAM: the accepted callers, the user of a request, users and roles."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import quote

from fakeaws.clock import utc
from fakeaws.gate import UNKNOWN
from fakeaws.limits import WORDS, Number, Text
from fakeaws.query import QueryService
from fakeaws.wire import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fakeaws.limits import Limit
    from fakeaws.people import Role, User
    from fakeaws.query import Asked

IAM = QueryService("iam", "2010-05-08", "https://iam.amazonaws.com/doc/2010-05-08/")

USER = Text(1, 128, WORDS)
PAGING: Mapping[str, Limit] = {"Marker": Text(1, 320, r"[\u0020-\u00FF]+"), "MaxItems": Number(1, 1000)}


def guard(asked: Asked) -> None:
    """Refuses federation tokens, and GetSessionToken sessions that were made without MFA.

    Source: the GetSessionToken and GetFederationToken pages of the AWS STS API Reference.
    """
    caller = asked.caller
    if caller.kind == "federated" or (caller.kind == "session" and not caller.mfa_at):
        raise Refused(*UNKNOWN)


IAM.guard = guard


@IAM.action("GetUser", {"UserName": USER})
def get_user(asked: Asked) -> dict[str, object]:
    """The named user, or the owner of the signing key."""
    return {"User": described(named_user(asked))}


@IAM.action("GetRole", {"RoleName": Text(1, 64, WORDS)}, "RoleName")
def get_role(asked: Asked) -> dict[str, object]:
    """A role of the caller's account, with the settings that STS uses."""
    account, name = asked.caller.account, asked.text("RoleName")
    found = (role for role in asked.world.roles.values() if (role.account, role.name) == (account, name))
    role = next(found, None)
    if role is None:
        raise Refused("NoSuchEntity", f"The role with name {name} cannot be found.", 404)
    return {
        "Role": {
            "Path": role.path,
            "RoleName": role.name,
            "RoleId": role.role_id,
            "Arn": role.arn,
            "CreateDate": utc(role.created),
            "AssumeRolePolicyDocument": quote(json.dumps(_trust_policy(role))),
            "MaxSessionDuration": role.max_session,
        }
    }


def named_user(asked: Asked) -> User:
    """The user in UserName, else the owner of the long-lived key that signs.

    Raises:
        Refused: the user does not exist; or temporary credentials without UserName.
    """
    name, caller = asked.text("UserName"), asked.caller
    if name:
        user = asked.world.users.get((caller.account, name))
        if user is None:
            raise Refused("NoSuchEntity", f"The user with name {name} cannot be found.", 404)
        return user
    if caller.kind != "user" or caller.user is None:
        raise Refused("ValidationError", "Must specify userName when calling with non-User credentials")
    return caller.user


def described(user: User) -> dict[str, object]:
    """A user as IAM shows it."""
    return {
        "Path": user.path,
        "UserName": user.name,
        "UserId": user.user_id,
        "Arn": user.arn,
        "CreateDate": utc(user.created),
    }


def page(asked: Asked, name: str, items: list[object]) -> dict[str, object]:
    """A page of a list, and the start of the next one."""
    marker, size = asked.text("Marker") or "0", asked.number("MaxItems", 100)
    if not marker.isdecimal():
        raise Refused("ValidationError", "Invalid Marker.")
    start, end = int(marker), int(marker) + size
    more = end < len(items)
    return {name: items[start:end], "IsTruncated": more, "Marker": str(end) if more else None}


def _trust_policy(role: Role) -> dict[str, object]:
    condition: dict[str, object] = {}
    if role.external_id:
        condition["StringEquals"] = {"sts:ExternalId": role.external_id}
    if role.mfa:
        condition["Bool"] = {"aws:MultiFactorAuthPresent": "true"}
    if role.mfa_max_age:
        condition["NumericLessThan"] = {"aws:MultiFactorAuthAge": str(role.mfa_max_age)}
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": list(role.trust)},
        "Action": "sts:AssumeRole",
        "Condition": condition,
    }
    return {"Version": "2012-10-17", "Statement": [statement]}
