"""The codes of a new virtual device: the first ones for AWS, and a test that AWS accepts them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pass_aws.aws import iam_mfa, sts
from pass_aws.aws.refusal_rows import WRONG_CODE
from pass_aws.aws.refusals import AwsError
from pass_aws.mfa import totp
from pass_aws.mfa.used_codes import UsedCodes
from pass_aws.system.user_dirs import state_folder

if TYPE_CHECKING:
    from pass_aws.context import Context
    from pass_aws.mfa.caller import Caller


def try_out(seed: str, serial: str, user: str, caller: Caller, context: Context) -> bool:
    """E6: makes a short session with a new code; if its clock seems wrong, synchronizes it with two codes.

    Returns:
        Whether it works.
    """
    for attempt in range(2):
        step = totp.step(context.clock()) + 1
        wait_for(step, "waiting for the next code, to test the device", context)
        code = _spent(seed, serial, step, context)
        try:
            context.aws.session(
                sts.get_session_token(caller.key, caller.sts, duration=900, serial=serial, code=code)
            )
        except AwsError as error:
            context.tell(f"pass aws: attempt {attempt + 1}: {error}")
            if error.cause != WRONG_CODE:
                return False
        else:
            return True
    return _resync(seed, serial, user, caller, context)


def _resync(seed: str, serial: str, user: str, caller: Caller, context: Context) -> bool:
    """Synchronizes AWS with the device's clock, with two consecutive codes."""
    step = totp.step(context.clock()) + 1
    wait_for(step, "waiting for the next code, to synchronise the device", context)
    codes = pair(seed, serial, step, context)
    try:
        return caller.change(lambda signer, at: iam_mfa.resync_device(signer, at, user, serial, codes))
    except AwsError as error:
        context.tell(f"pass aws: {error}")
        return False


def pair(seed: str, serial: str, step: int, context: Context) -> tuple[str, str]:
    """The codes of the time step before and of this one, which is recorded as used."""
    return totp.Otpauth(seed).code(step - 1), _spent(seed, serial, step, context)


def wait_for(step: int, why: str, context: Context) -> None:
    """Waits until a time step starts, and shows the reason."""
    second = totp.starts(step)
    if second > context.clock():
        context.tty.countdown(why, lambda: second - context.clock())


def _spent(seed: str, serial: str, step: int, context: Context) -> str:
    """The code of a time step, recorded as used: six digits, 30 seconds, SHA-1."""
    code = totp.Otpauth(seed).code(step)
    used = UsedCodes(f"{state_folder(context.env)}/steps", context.warn)
    used.spend(serial, code, totp.starts(step + 1))
    return code
