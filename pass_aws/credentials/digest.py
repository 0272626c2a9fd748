"""The name of a session: a hash of everything that determines it, so that a changed profile is a miss."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pass_aws.credentials.plan import Step


def compute(steps: Sequence[Step], root: tuple[str, ...]) -> str:
    """The digest of the result of the last of these steps.

    Args:
        steps: a plan's steps from the root to the one that is meant.
        root: what tells the root's credentials apart, see sources/root.

    Returns:
        64 hex digits. Region is in no digest; a GetSessionToken session is known by key, device, partition
        and endpoint only, so that one code serves every role, region and duration.
    """
    text = _canonical((*root, ""))
    for step in steps[1:]:
        text = _canonical((_session_token(step) if step.request is None else request(step)) + (text,))
    return text


def _canonical(fields: tuple[str, ...]) -> str:
    return sha256(
        "".join(f"{len(field)}:{field}," for field in fields).encode("utf-8", "surrogateescape")
    ).hexdigest()


def _session_token(step: Step) -> tuple[str, ...]:
    endpoint = step.settings.endpoint()
    return (step.call, step.mfa_serial, endpoint.partition, endpoint.url or "")


def request(step: Step) -> tuple[str, ...]:
    """What tells a role's session from all others that are made of the same credentials."""
    asked, endpoint = step.request, step.settings.endpoint()
    assert asked is not None  # noqa: S101 - the caller looked
    pairs = [part for tag in sorted(asked.tags) for part in tag]
    return (
        step.call,
        step.mfa_serial,
        str(asked.duration) if step.given else "",
        asked.role_arn,
        asked.session_name,
        asked.external_id,
        asked.source_identity,
        asked.policy,
        endpoint.partition,
        endpoint.url or "",
        str(len(pairs)), *pairs,
        str(len(asked.transitive_tags)), *sorted(asked.transitive_tags),
        *asked.policy_arns,
    )  # fmt: skip
