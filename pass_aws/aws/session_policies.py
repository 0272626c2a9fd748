"""Policies that limit a role's session.

Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
"""

from __future__ import annotations

import re

from pass_aws.aws.values import PARTITION
from pass_aws.text.safe_text import shown

LONGEST = 2048
MOST = 10

_POLICY_ARN = rf"arn:{PARTITION}:iam::(?:aws|\d{{12}}):policy/[\w+=/:,.@-]+"


def policy(text: str) -> str:
    """A session policy: a JSON object of at most 2048 characters."""
    import json

    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"not JSON: {error}") from None
    if not isinstance(found, dict) or "Statement" not in found:
        raise ValueError("not a policy: a policy is a JSON object with Version and Statement")
    if len(text) > LONGEST:
        text = json.dumps(found, separators=(",", ":"), ensure_ascii=False)
    if len(text) > LONGEST:
        raise ValueError(f"{len(text)} characters without spaces, AWS allows {LONGEST}")
    return text


def policy_arns(text: str) -> tuple[str, ...]:
    """Managed policies, separated by spaces."""
    arns = tuple(dict.fromkeys(text.split()))
    for arn in arns:
        if not re.fullmatch(_POLICY_ARN, arn, re.ASCII):
            raise ValueError(f"{shown(arn)} is not a managed policy (arn:aws:iam::aws:policy/NAME)")
    if len(arns) > MOST:
        raise ValueError(f"{len(arns)} policies, AWS allows {MOST}")
    return arns
