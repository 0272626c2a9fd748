"""`credential_source`: credentials of the environment, a container's server or an instance's server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pass_aws.credentials.sources import container as servers
from pass_aws.credentials.sources import root

if TYPE_CHECKING:
    from pass_aws.context import Context
    from pass_aws.credentials.sources.root import Root
    from pass_aws.credentials.step import Step


def environment(step: Step, context: Context) -> Root:
    """`Environment`; raises UserError for missing or expired variables."""
    del step
    return root.of_key(servers.environment(context.parent, context.clock()))


def container(step: Step, context: Context) -> Root:
    """`EcsContainer`; raises UserError if no server is set, or it gives no credentials."""
    del step
    return root.of_key(servers.container(context.parent, context.clock()))


def instance(step: Step, context: Context) -> Root:
    """`Ec2InstanceMetadata`; raises UserError if there is no instance with a role."""
    return root.of_key(servers.instance(context.parent, context.clock(), step.settings.get))
