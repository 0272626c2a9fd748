"""The name of a session: a hash of everything that determines it, so a changed profile does not match."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pass_aws.credentials.step import Step


def compute(steps: Sequence[Step], root: tuple[str, ...]) -> str:
    """The digest of the result of the last of these steps.

    Args:
        steps: a plan's steps, from the root to the step of the digest.
        root: the identity of the root's credentials, see sources/root.

    Returns:
        64 hex digits. The region is in no digest; for a GetSessionToken session it covers only key, device,
        partition and endpoint, so that one code serves every role, region and duration.
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
    """What distinguishes a role's session from others that are made from the same credentials."""
    asked, endpoint = step.request, step.settings.endpoint()
    assert asked is not None  # noqa: S101 - the caller has checked it
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
