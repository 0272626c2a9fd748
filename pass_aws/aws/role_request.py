"""The parameters of AssumeRole and the related calls, and the limits that AWS sets for them.

Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
"""

from __future__ import annotations

import re
from typing import NamedTuple

from pass_aws.aws.values import PARTITION
from pass_aws.text.safe_text import shown

LONGEST_POLICY, MOST_POLICIES, MOST_TAGS = 2048, 10, 50
_POLICY_ARN = rf"arn:{PARTITION}:iam::(?:aws|\d{{12}}):policy/[\w+=/:,.@-]+"


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


def policy(text: str) -> str:
    """A session policy: a JSON object of at most 2048 characters."""
    import json

    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"not JSON: {error}") from None
    if not isinstance(found, dict) or "Statement" not in found:
        raise ValueError("not a policy: a policy is a JSON object with Version and Statement")
    if len(text) > LONGEST_POLICY:
        text = json.dumps(found, separators=(",", ":"), ensure_ascii=False)
    if len(text) > LONGEST_POLICY:
        raise ValueError(f"{len(text)} characters without spaces, AWS allows {LONGEST_POLICY}")
    return text


def policy_arns(text: str) -> tuple[str, ...]:
    """Managed policies, separated by spaces."""
    arns = tuple(dict.fromkeys(text.split()))
    for arn in arns:
        if not re.fullmatch(_POLICY_ARN, arn, re.ASCII):
            raise ValueError(f"{shown(arn)} is not a managed policy (arn:aws:iam::aws:policy/NAME)")
    if len(arns) > MOST_POLICIES:
        raise ValueError(f"{len(arns)} policies, AWS allows {MOST_POLICIES}")
    return arns


def tags(text: str) -> tuple[tuple[str, str], ...]:
    """Session tags from `key=value,key=value`; a value may contain `=`, but not a comma.

    Source: IAM user guide, "Rules for tagging in IAM and AWS STS"; aws-vault for the syntax.
    """
    found: dict[str, str] = {}
    folded: set[str] = set()
    for piece in text.split(","):
        key, equals, value = (part.strip() for part in piece.partition("="))
        if not equals:
            raise ValueError(f"{shown(piece)} is not key=value")
        _check_tag(key, value)
        if key.casefold() in folded:
            raise ValueError(f"tag {shown(key)} occurs twice")
        folded.add(key.casefold())
        found[key] = value
    if len(found) > MOST_TAGS:
        raise ValueError(f"{len(found)} tags, AWS allows {MOST_TAGS}")
    return tuple(found.items())


def transitive(text: str) -> tuple[str, ...]:
    """Tag keys from `key,key`."""
    keys = tuple(dict.fromkeys(key for key in map(str.strip, text.split(",")) if key))
    for key in keys:
        _check_tag(key, "")
    if len(keys) > MOST_TAGS:
        raise ValueError(f"{len(keys)} tags, AWS allows {MOST_TAGS}")
    return keys


def _check_tag(key: str, value: str) -> None:
    if key.casefold().startswith("aws:"):
        raise ValueError(f"tag {shown(key)} begins with aws:, which is reserved for AWS")
    if not 1 <= len(key) <= 128 or len(value) > 256:
        raise ValueError(f"tag {shown(key)}: a key has 1 to 128 characters, a value up to 256")
    odd = [letter for letter in key + value if not (letter.isalnum() or letter in " _.:/=+-@")]
    if odd:
        raise ValueError(f"tag {shown(key)} contains {shown(odd[0])}, which AWS does not allow")
