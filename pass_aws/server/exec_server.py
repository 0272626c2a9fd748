"""The credential server for the command that `exec` becomes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pass_aws.config import process_line
from pass_aws.credentials import profile_lookup
from pass_aws.errors import UserError
from pass_aws.model import Credentials
from pass_aws.server import imds, listener, serving
from pass_aws.system import child_environment, companion

if TYPE_CHECKING:
    from pass_aws.context import Context


def begun(name: str, context: Context, *, instance: bool, lazy: bool) -> dict[str, str]:
    """Starts the server, and returns the command's environment: the server's address, but no credentials.

    Args:
        name: the profile.
        context: the doors.
        instance: whether it is IMDS instead of ECS.
        lazy: whether to get credentials only when the command requests them.

    Raises:
        UserError: the server cannot be started, or there are no credentials.
    """
    check(context)
    settings = profile_lookup.planned(name, context).settings
    region = settings.get("region")
    with listener.bound() as listening:
        server = serving.of_imds(listening, region, context) if instance else serving.of_ecs(listening)
        start = None if lazy else serving.first(name, context, server.wanted).credentials
        companion.begin(lambda ended: serving.beside(server, name, context, start, ended))
    exports = child_environment.exports(
        Credentials("", ""),
        profile=name,
        region=region,
        users_region=settings.users_region,
        directions=settings.directions,
    )
    child = child_environment.replaced(context.parent, exports)
    if instance:
        child = {variable: value for variable, value in child.items() if variable not in imds.NOT_WITH_IT}
    return child | server.variables


def check(context: Context) -> None:
    """Fails if SDKs would not use the server, which is their last choice.

    Raises:
        UserError: the section [default] of the AWS files has credentials.
    """
    found = context.files.config().profile("default"), context.files.credentials().profile("default")
    if why := process_line.before_a_server(*found):
        raise UserError(
            f"SDKs would use [default] in the AWS files instead of the server: {why}",
            hint="omit --server, or set AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE to other files",
        )
