"""How each kind of step yields credentials."""

from __future__ import annotations

import os
from shlex import quote
from typing import TYPE_CHECKING

from pass_aws.aws import role_request
from pass_aws.aws.refusal_rows import NETWORK, TROUBLE, WRONG_CODE
from pass_aws.aws.refusals import AwsError
from pass_aws.credentials import plan
from pass_aws.errors import UserError
from pass_aws.model import Credentials
from pass_aws.store import entry

if TYPE_CHECKING:
    from pass_aws.aws.role_request import RoleRequest
    from pass_aws.cache.locks import Lock
    from pass_aws.config.settings import Settings
    from pass_aws.context import Context
    from pass_aws.credentials.plan import Step


def key(step: Step, context: Context) -> Credentials:
    """The credentials a chain starts with.

    Args:
        step: the root of a plan, one of plan.KEYS.
        context: the doors.

    Raises:
        UserError: nothing there, or not readable.
    """
    if step.call == plan.STORE:
        return entry.parse(_text(step.profile, context), step.profile).credentials
    if step.call == plan.STATIC:
        return _static(step.settings, context)
    from pass_aws.credentials.sources import container

    now = context.clock()
    if step.call == plan.ENVIRONMENT:
        return container.environment(context.parent, now)
    if step.call == plan.CONTAINER:
        return container.container(context.parent, now)
    return container.instance(context.parent, now, step.settings.get)


def _text(name: str, context: Context) -> bytes:
    """The entry's text; several processes ask for a passphrase one after the other, and share a cancel."""
    if context.quiet:
        return context.store.read(name)
    with context.locks.hold("gpg", alike=False):
        return context.store.read(name)


def _static(settings: Settings, context: Context) -> Credentials:
    context.warn(
        f"warning: the keys of profile {settings.name} lie unencrypted in the AWS files;"
        f" pass aws add {quote(settings.name)} puts them into the store"
    )
    return Credentials(
        settings.get("aws_access_key_id"),
        settings.get("aws_secret_access_key"),
        settings.get("aws_session_token"),
    )


def call(step: Step, before: Credentials, context: Context, code: str = "") -> Credentials:
    """One call of STS, signed with the credentials before it.

    Raises:
        AwsError: AWS refused it or could not be asked.
    """
    endpoint = step.settings.endpoint()
    if step.request is None:
        return context.aws.get_session_token(
            before, endpoint, duration=step.duration, serial=step.mfa_serial, code=code
        )
    if step.call == plan.FEDERATION:
        who = context.aws.caller_identity(before, endpoint)
        return context.aws.get_federation_token(
            before, endpoint, role_request.federated(step.request, who.arn)
        )
    asked = _named(step.request, context)
    return context.aws.assume_role(before, endpoint, asked, serial=step.mfa_serial, code=code)


def call_with_code(step: Step, before: Credentials, context: Context, device: Lock) -> Credentials:
    """The same with a one-time code, which is asked for again where it is refused; mfa says how often.

    Args:
        step: has an mfa_serial.
        before: the credentials before it.
        context: the doors.
        device: the lock of key and device, held; others see in it whether somebody is being asked.

    Raises:
        UserError: nobody to ask, cancelled, or refused too often.
        AwsError: AWS refused it for another reason.
    """
    from pass_aws.mfa import token_code

    asking, again = step.asking or step.settings, False
    while True:
        code = token_code.code(step.mfa_serial, asking, context, again=again, asking=device.asking)
        device.calling()
        token_code.spent(step.mfa_serial, code, context)
        try:
            return call(step, before, context, code.text)
        except AwsError as error:
            if error.cause != WRONG_CODE or not token_code.more(step.mfa_serial, code, context):
                raise
            again = True


def _named(asked: RoleRequest, context: Context) -> RoleRequest:
    user = context.env.get("USER") or context.env.get("LOGNAME") or str(os.getuid())
    name = role_request.named(
        asked.session_name, user=user, host=os.uname().nodename, now=int(context.clock())
    )
    return asked._replace(session_name=name)


def web_identity(step: Step, context: Context) -> Credentials:
    """AssumeRoleWithWebIdentity, with the token read anew.

    Raises:
        UserError: no token, or AWS refused it.
    """
    from pass_aws.credentials.sources import web_token

    settings = step.settings
    assert step.request is not None  # noqa: S101 - plan.web_identity made it
    command, path = settings.get("web_identity_token_process"), settings.get("web_identity_token_file")
    token = web_token.of_file(path) if path else web_token.of_process(command, context.parent, settings.name)
    return context.aws.assume_role_with_web_identity(
        settings.endpoint(), _named(step.request, context), token
    )


def process(step: Step, context: Context) -> Credentials:
    """What the profile's own program answers.

    Raises:
        UserError: it fails, or answers something else.
    """
    from pass_aws.system import programs

    command = step.settings.get("credential_process")
    return programs.credential_process(command, context.parent, step.profile, now=context.clock())


def unreachable(error: UserError) -> bool:
    """Whether AWS could not be asked at all."""
    return isinstance(error, AwsError) and error.cause in (NETWORK, TROUBLE)


def recipients(root: Step, context: Context) -> list[str]:
    """Who may read what is cached: the entry's recipients whose secret key is on this machine."""
    try:
        return list(context.store.own_recipients(root.profile))
    except UserError as error:
        context.warn(f"sessions are not cached: {error}")
        return []
