"""The request to STS for a role."""

from __future__ import annotations

from typing import NamedTuple


class RoleRequest(NamedTuple):
    """The parameters of AssumeRole, which include those of AssumeRoleWithWebIdentity.

    Args:
        role_arn: the role.
        session_name: RoleSessionName; in a plan it is a template with `{user}`, `{host}`, `{time}`.
        duration: DurationSeconds.
        tags: session tags as (key, value) pairs.
        transitive_tags: keys of the tags that are passed on along a chain.
        policy: the session policy's JSON text, or empty.
        policy_arns: managed policies that limit the session.

    Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
    """

    role_arn: str
    session_name: str
    duration: int
    external_id: str = ""
    source_identity: str = ""
    tags: tuple[tuple[str, str], ...] = ()
    transitive_tags: tuple[str, ...] = ()
    policy: str = ""
    policy_arns: tuple[str, ...] = ()


NAME_CHARACTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+=,.@-")
LONGEST_NAME = 64


def named(template: str, *, user: str, host: str, now: int) -> str:
    """Makes a RoleSessionName from a template; characters that AWS does not allow become `-`.

    Args:
        template: may contain `{user}`, `{host}` and `{time}`.
        user: the user's name on this machine.
        host: this machine's name.
        now: Unix seconds.
    """
    name = template.replace("{user}", user).replace("{host}", host).replace("{time}", str(now))
    return "".join(letter if letter in NAME_CHARACTERS else "-" for letter in name)[:LONGEST_NAME]


LONGEST_FEDERATED = 32


def federated(request: RoleRequest, arn: str) -> RoleRequest:
    """A request for a federation token with the caller's user name, 2 to 32 characters.

    Args:
        request: the session name in it is replaced.
        arn: the user's, or an account's root.

    Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html
    """
    name = arn.rpartition(":")[2].rpartition("/")[2]
    return request._replace(session_name=name[:LONGEST_FEDERATED].ljust(2, "-"))
