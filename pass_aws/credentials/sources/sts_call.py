"""Calls of STS that the credentials of the previous step sign."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pass_aws.aws import role_request, sts
from pass_aws.aws.refusal_rows import DENIED, GARBAGE, NETWORK, OTHER, PARAMETER, TROUBLE, WRONG_CODE
from pass_aws.aws.refusals import AwsError
from pass_aws.credentials.step import FEDERATION
from pass_aws.errors import UserError

if TYPE_CHECKING:
    from pass_aws.aws.role_request import RoleRequest
    from pass_aws.cache.locks import Lock
    from pass_aws.context import Context
    from pass_aws.credentials.step import Step
    from pass_aws.model import Credentials

NAME_CHARACTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+=,.@-")
LONGEST_NAME = 64


def call(step: Step, before: Credentials, context: Context, code: str = "") -> Credentials:
    """Makes a call of STS, signed with the previous credentials.

    Raises:
        AwsError: AWS refuses, or cannot be reached.
    """
    endpoint = step.settings.endpoint()
    if step.request is None:
        return _session_token(step, before, context, code)
    if step.call == FEDERATION:
        who = context.aws.caller_identity(before, endpoint)
        return context.aws.session(
            sts.get_federation_token(before, endpoint, role_request.federated(step.request, who.arn))
        )
    asked = named(step.request, context)
    try:
        return context.aws.session(
            sts.assume_role(before, endpoint, asked, serial=step.mfa_serial, code=code)
        )
    except AwsError as error:
        if error.cause != DENIED or not step.spare_serial:
            raise
        hint = f"if the role requires MFA, add to profile {step.profile}: mfa_serial = {step.spare_serial}"
        raise error.with_hint(hint) from None


def _session_token(step: Step, before: Credentials, context: Context, code: str) -> Credentials:
    """Calls GetSessionToken, which services other than AWS (MinIO, Ceph) may not have."""
    endpoint = step.settings.endpoint()
    try:
        return context.aws.session(
            sts.get_session_token(before, endpoint, duration=step.duration, serial=step.mfa_serial, code=code)
        )
    except AwsError as error:
        if not endpoint.url or error.cause not in (OTHER, PARAMETER, GARBAGE, TROUBLE):
            raise
        usual = f"{error.hint}; " if error.hint else ""
        hint = f"{usual}if {endpoint.url} has no GetSessionToken, use -n, or set no_session = true in profile"
        raise error.with_hint(f"{hint} {step.profile}") from None


def call_with_code(step: Step, before: Credentials, context: Context, device: Lock) -> Credentials:
    """Makes a call with a one-time code; gets another code if it is refused, as often as mfa allows.

    Args:
        step: has an mfa_serial.
        before: the previous credentials.
        context: the doors.
        device: the held lock of key and device; other processes see in it whether the user is being asked.

    Raises:
        UserError: no prompt is possible, cancelled, or refused too often.
        AwsError: AWS refuses it for another reason.
    """
    from pass_aws.mfa.token_code import Codes

    codes = Codes(step.mfa_serial, step.asking or step.settings, context)
    while True:
        code = codes.ask(device.asking)
        device.calling()
        codes.spend(code)
        try:
            return call(step, before, context, code.text)
        except AwsError as error:
            if error.cause != WRONG_CODE or not codes.may_ask_again(code):
                raise


def named(asked: RoleRequest, context: Context) -> RoleRequest:
    """The request with a session name made from its template."""
    user = context.env.get("USER") or context.env.get("LOGNAME") or str(os.getuid())
    name = session_name(asked.session_name, user=user, host=context.host, now=int(context.clock()))
    return asked._replace(session_name=name)


def session_name(template: str, *, user: str, host: str, now: int) -> str:
    """Makes a RoleSessionName from a template; characters that AWS does not allow become `-`.

    Args:
        template: may contain `{user}`, `{host}` and `{time}`.
        user: the user's name on this machine.
        host: this machine's name.
        now: Unix seconds.
    """
    name = template.replace("{user}", user).replace("{host}", host).replace("{time}", str(now))
    return "".join(letter if letter in NAME_CHARACTERS else "-" for letter in name)[:LONGEST_NAME]


def unreachable(error: UserError) -> bool:
    """Whether AWS could not be reached."""
    return isinstance(error, AwsError) and error.cause in (NETWORK, TROUBLE)


def recipients(root: Step, context: Context) -> list[str]:
    """The recipients of cached files: those of the entry whose secret key is on this machine."""
    try:
        return list(context.store.own_recipients(root.profile))
    except UserError as error:
        context.warn(f"sessions are not cached: {error}" + (f"; {error.hint}" if error.hint else ""))
        return []
