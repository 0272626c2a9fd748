"""The one-time code of an MFA device: from where, once per time step, asked again if refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pass_aws.errors import UserError
from pass_aws.mfa import codes, drivers, prompts, totp
from pass_aws.mfa.drivers import GIVEN, OTPAUTH, PROCESS, TYPED, YKMAN, Choice
from pass_aws.mfa.used_codes import Steps
from pass_aws.system.user_dirs import state_folder

if TYPE_CHECKING:
    from collections.abc import Callable

    from pass_aws.config.settings import Settings
    from pass_aws.context import Context

LIMITS = {GIVEN: 1, PROCESS: 2, OTPAUTH: 2, YKMAN: 2}
"""How many codes are tried; a person may mistype, so one who types has three."""
TYPED_LIMIT = 3


class Code(NamedTuple):
    """A one-time code; its repr does not show it.

    Args:
        text: six digits.
        driver: where it came from.
        until: Unix second at which its time step ends; 0 if that is not known.
    """

    text: str
    driver: str
    until: int = 0

    def __repr__(self) -> str:
        """Everything but the code."""
        return f"Code(driver={self.driver})"


def choice(serial: str, settings: Settings, context: Context) -> Choice:
    """Which way the code will be had, and why; nobody is asked yet.

    Raises:
        UserError: an unknown driver, or nobody to ask.
    """
    sources = drivers.Sources(
        serial, bool(settings.get("mfa_process")), codes.entry(serial, settings, context)
    )
    return drivers.driver(
        context.env,
        context.options,
        lambda name: prompts.absence(name, context),
        sources,
        quiet=context.quiet,
    )


def code(
    serial: str,
    settings: Settings,
    context: Context,
    *,
    again: bool = False,
    asking: Callable[[], object] = lambda: None,
) -> Code:
    """A code that has not been used.

    Args:
        serial: the MFA device, its ARN or a hardware token's number.
        settings: of the profile that wants it; mfa_process and mfa_entry are read.
        context: the outside.
        again: AWS refused the last one.
        asking: is called before a person is asked, and only then.

    Raises:
        UserError: nobody to ask, cancelled, or refused too often.
    """
    chosen = choice(serial, settings, context)
    context.debug(f"MFA code of {serial} by {chosen.name}: {chosen.reason}")
    if chosen.name == GIVEN:
        return _given(serial, context)
    if not again:
        context.tries[serial] = 0
    _count(serial, chosen.name, context)
    if chosen.asks:
        asking()
    if chosen.name == OTPAUTH:
        return from_store(serial, settings, context)
    if chosen.name in TYPED:
        return _typed(serial, chosen.name, context, again=again)
    return _printed(serial, chosen.name, settings, context)


def spent(serial: str, used: Code, context: Context) -> None:
    """Remembers, for all processes, that a code is used; call it right before the code is sent."""
    until = used.until or totp.ends(context.clock())
    _steps(context).spend(serial, used.text, until)


def more(serial: str, refused: Code, context: Context) -> bool:
    """Whether another code may be tried after AWS refused this one."""
    return context.tries.get(serial, 0) < LIMITS.get(refused.driver, TYPED_LIMIT)


def _steps(context: Context) -> Steps:
    return Steps(f"{state_folder(context.env)}/steps", context.unusable)


def _count(serial: str, driver: str, context: Context) -> None:
    """One more code; the answer to too many is an error, not another question."""
    limit = LIMITS.get(driver, TYPED_LIMIT)
    context.tries[serial] = context.tries.get(serial, 0) + 1
    if context.tries[serial] > limit:
        raise UserError(
            f"no code of {serial} was accepted, {limit} were tried",
            hint="see that mfa_serial names the device that makes the codes, and that both clocks are right",
        )


def _given(serial: str, context: Context) -> Code:
    if context.tries.get(GIVEN):
        raise UserError(
            f"a second code is needed, of {serial}, and -t gives only one", hint="leave -t away to be asked"
        )
    context.tries[GIVEN] = context.tries[serial] = 1
    digits = context.options.mfa_token
    if _steps(context).knows(serial, digits, context.clock()):
        raise UserError("the code given with -t has been used", hint="run it again with the next code")
    return Code(digits, GIVEN)


def from_store(serial: str, settings: Settings, context: Context) -> Code:
    """From the store; its time step is taken before anybody else can have the same code."""
    otpauth = codes.otpauth(codes.entry(serial, settings, context), context)
    steps = _steps(context)
    while True:
        now = context.clock()
        step, until = totp.step(now, otpauth.period), totp.ends(now, otpauth.period)
        free = steps.claim(serial, totp.starts(step, otpauth.period), until)
        if not free:
            return Code(otpauth.code(step), OTPAUTH, until)
        _wait(free, context)


def _wait(until: int, context: Context) -> None:
    if until > context.clock():
        context.tty.countdown("waiting for the next MFA code", lambda: until - context.clock())


def _printed(serial: str, driver: str, settings: Settings, context: Context) -> Code:
    """From a program; what it prints in a used time step is the used code, so that is waited out first."""
    steps = _steps(context)
    free = steps.free_from(serial, context.clock())
    for _ in range(2):
        _wait(free, context)
        digits = codes.printed(driver, serial, settings, context)
        if not steps.knows(serial, digits, context.clock()):
            return Code(digits, driver)
        free = totp.ends(context.clock())
    raise UserError(
        f"{driver} gives a code that has been used already", hint="see that it makes a new one each time"
    )


def _typed(serial: str, driver: str, context: Context, *, again: bool) -> Code:
    """From a person; what is no code, or a used one, is asked for again."""
    steps = _steps(context)
    trouble = "AWS refused that code" if again else ""
    while True:
        answer = prompts.asked(driver, serial, trouble, context)
        try:
            digits = totp.code(answer)
        except ValueError as error:
            trouble = str(error)
        else:
            if not steps.knows(serial, digits, context.clock()):
                return Code(digits, driver)
            trouble = "that code has been used; wait for the next"
        _count(serial, driver, context)
