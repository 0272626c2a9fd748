"""Tests a new key: some hosts of AWS refuse it for the first seconds, until it is known everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from pass_aws.aws.refusal_rows import UNKNOWN_KEY
from pass_aws.aws.refusals import AwsError
from pass_aws.errors import UserError
from pass_aws.model import tail

if TYPE_CHECKING:
    from collections.abc import Callable

    from pass_aws.aws.partition import Endpoint
    from pass_aws.context import Context
    from pass_aws.model import Credentials

T = TypeVar("T")

PATIENCE = 60.0
"""Seconds after which an unknown key counts as a failure."""
BRIEF = 30.0
"""Seconds for a call signed with a key that has worked: another host may not know it yet."""
ROW, SPAN = 3, 5.0
"""A key works if so many consecutive calls succeed, over at least so many seconds."""
PAUSE = 1.75
"""Seconds between two calls."""


def prove(key: Credentials, arn: str, endpoint: Endpoint, context: Context) -> None:
    """Calls GetCallerIdentity on new connections until the key works reliably.

    Args:
        key: the new key.
        arn: the user it must belong to.
        endpoint: of STS.
        context: the outside.

    Raises:
        UserError: it does not work within a minute, or belongs to another user.
    """
    end = context.clock() + PATIENCE
    answered: list[float] = []
    while len(answered) < ROW or answered[-1] - answered[0] < SPAN:
        try:
            check(key, arn, endpoint, context)
        except AwsError as error:
            if error.cause != UNKNOWN_KEY or context.clock() >= end:
                raise
            answered.clear()
        else:
            answered.append(context.clock())
        context.pause(PAUSE)


def check(key: Credentials, arn: str, endpoint: Endpoint, context: Context) -> None:
    """Asks AWS once for the owner of the key.

    Raises:
        UserError: it belongs to another user.
        AwsError: AWS refuses it.
    """
    context.aws.reconnect()
    who = context.aws.caller_identity(key, endpoint)
    if who.arn != arn:
        raise UserError(
            f"the key {tail(key.access_key_id)} belongs to {who.arn}, not to {arn}",
            hint="check whether an endpoint or proxy answers instead of AWS: pass aws doctor --online",
        )


def patiently(call: Callable[[], T], context: Context) -> T:
    """Repeats a call while AWS does not know its key yet.

    Raises:
        AwsError: it was refused for another reason, or for too long.
    """
    end = context.clock() + BRIEF
    while True:
        try:
            return call()
        except AwsError as error:
            if error.cause != UNKNOWN_KEY or context.clock() >= end:
                raise
        context.pause(PAUSE)
