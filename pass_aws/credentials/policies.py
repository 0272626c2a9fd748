"""The policies that limit the credentials of a plan; the last request contains them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pass_aws.errors import UserError

if TYPE_CHECKING:
    from pass_aws.aws.role_request import RoleRequest
    from pass_aws.config.settings import Settings
    from pass_aws.credentials.step import Step


READ_ONLY = "arn:{}:iam::aws:policy/ReadOnlyAccess"
ALL_OF_IT = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
"""A federation token without a policy has no permissions; with this one it has its user's."""


def limit(target: Settings, steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """The steps with the target's policies in the last one: an alias's policies apply to its source."""
    last = steps[-1]
    if last.request is not None:
        return (*steps[:-1], last._replace(request=narrowed(target, last.request)))
    check_not_narrowed(target)
    return steps


def narrowed(target: Settings, asked: RoleRequest) -> RoleRequest:
    """A request with the target's policies; without a role it is for a federation token."""
    arns = target.policy_arns()
    if target.get("read_only"):
        here = asked.role_arn.split(":")[1] if asked.role_arn else target.endpoint().partition
        arns = tuple(dict.fromkeys((*arns, READ_ONLY.format(here))))
    policy = target.policy() or ("" if asked.role_arn or arns else ALL_OF_IT)
    return asked._replace(policy=policy, policy_arns=arns)


def check_not_narrowed(target: Settings) -> None:
    """Fails if a policy is set, but the credentials cannot be limited by one.

    Raises:
        UserError: a policy is set.
    """
    if target.policy() or target.policy_arns() or target.get("read_only"):
        raise UserError(
            f"a policy cannot limit the credentials of profile {target.name}, which has no role",
            hint="add --role-arn, or omit --read-only and the policies",
        )
