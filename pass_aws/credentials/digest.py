"""The name of a session: a hash of everything that determines it, so that a changed profile is a miss."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from pass_aws.credentials import plan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pass_aws.credentials.plan import Step


def of(steps: Sequence[Step], key_id: str) -> str:
    """The digest of the result of the last of these steps.

    Args:
        steps: a plan's steps from the root to the one that is meant.
        key_id: the access key id the root gives; empty for a root that is a call itself.

    Returns:
        64 hex digits. Region is in no digest; a GetSessionToken session is known by key, device, partition
        and endpoint only, so that one code serves every role, region and duration.
    """
    text = ""
    for step in steps:
        text = _canonical((_identity(step, key_id) if step.request is None else _request(step)) + (text,))
    return text


def _canonical(fields: tuple[str, ...]) -> str:
    return sha256(
        "".join(f"{len(field)}:{field}," for field in fields).encode("utf-8", "surrogateescape")
    ).hexdigest()


def _identity(step: Step, key_id: str) -> tuple[str, ...]:
    if step.call == plan.SESSION_TOKEN:
        endpoint = step.settings.endpoint()
        return (step.call, step.mfa_serial, endpoint.partition, endpoint.url or "")
    if step.call == plan.PROCESS:
        return (step.call, step.profile, step.settings.get("credential_process"))
    return ("key", key_id)


def _request(step: Step) -> tuple[str, ...]:
    asked, endpoint = step.request, step.settings.endpoint()
    assert asked is not None  # noqa: S101 - the caller looked
    pairs = [part for tag in sorted(asked.tags) for part in tag]
    token = [step.settings.get(f"web_identity_token_{how}") for how in ("file", "process")]
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
        *(token if step.call == plan.WEB_IDENTITY else ()),
        str(len(pairs)), *pairs,
        str(len(asked.transitive_tags)), *sorted(asked.transitive_tags),
        *asked.policy_arns,
    )  # fmt: skip
