"""Session policies and tags: valid JSON, and sizes within limits."""

from __future__ import annotations

import json
import zlib
from typing import TYPE_CHECKING

from fakeaws.wire import Refused

if TYPE_CHECKING:
    from fakeaws.query import Asked

PLAIN = 2048
PACKED_TAGS = 455
PACKED_POLICY = 1600


def packed_size(asked: Asked) -> int | None:
    """The share of the allotted space that policies and tags use, in percent; None without any.

    AWS does not publish how it packs. Tags: measured by others, nine of 252 characters are 498 % (source:
    aws-actions/configure-aws-credentials#1898). Policies: deflate stands in.

    Raises:
        Refused: a policy that is not a JSON object, or too much in all.
    """
    policy, arns, tags = asked.text("Policy"), policy_arns(asked), session_tags(asked)
    if not (policy or arns or tags):
        return None
    _check_policy(policy, arns)
    room = 100 * sum(len(key) + len(value) for key, value in tags.items()) / PACKED_TAGS
    if policy or arns:
        room += 100 * len(zlib.compress("".join((policy, *arns)).encode())) / PACKED_POLICY
    if room > 100:
        what = "session tags" if tags else "policy"
        message = f"Packed size of {what} consumes {int(room)}% of allotted space."
        raise Refused("PackedPolicyTooLarge", message)
    return max(1, int(room))


def _check_policy(policy: str, arns: list[str]) -> None:
    if len(policy) + sum(map(len, arns)) > PLAIN:
        message = f"The plaintext of inline and managed session policies can't exceed {PLAIN} characters."
        raise Refused("PackedPolicyTooLarge", message)
    try:
        document = json.loads(policy or "{}")
    except ValueError:
        raise Refused("MalformedPolicyDocument", "This policy contains invalid Json") from None
    if policy and (not isinstance(document, dict) or "Statement" not in document):
        raise Refused("MalformedPolicyDocument", "Syntax errors in policy.")


def policy_arns(asked: Asked) -> list[str]:
    """The managed policies that limit the session."""
    return [str(item["arn"]) for item in asked.many("PolicyArns") if isinstance(item, dict)]


def session_tags(asked: Asked) -> dict[str, str]:
    """The session's tags.

    Raises:
        Refused: a repeated key, in any case.
    """
    pairs = [(str(item["Key"]), str(item["Value"])) for item in asked.many("Tags") if isinstance(item, dict)]
    if len({key.lower() for key, _ in pairs}) < len(pairs):
        message = "Duplicate tag keys found. Please note that Tag keys are case insensitive."
        raise Refused("InvalidParameterValue", message)
    return dict(pairs)
