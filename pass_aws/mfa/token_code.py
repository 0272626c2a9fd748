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


class Codes:
    """The one-time codes of one device for one call, counted: AWS may refuse some of them.

    Args:
        serial: the MFA device, its ARN or a hardware token's number.
        settings: of the profile that wants them; mfa_process and mfa_entry are read.
        context: the outside.
    """

    def __init__(self, serial: str, settings: Settings, context: Context) -> None:
        self._serial, self._settings, self._context = serial, settings, context
        self._steps = Steps(f"{state_folder(context.env)}/steps", context.unusable)
        self._tries = 0

    def ask(self, asking: Callable[[], object] = lambda: None) -> Code:
        """A code that has not been used; asked for once more, AWS has refused the last one.

        Args:
            asking: is called before a person is asked, and only then.

        Raises:
            UserError: nobody to ask, cancelled, or refused too often.
        """
        chosen = choice(self._serial, self._settings, self._context)
        self._context.debug(f"MFA code of {self._serial} by {chosen.name}: {chosen.reason}")
        if chosen.name == GIVEN:
            return self._given()
        again = self._tries > 0
        self._count(chosen.name)
        if chosen.asks:
            asking()
        if chosen.name == OTPAUTH:
            return self.from_store()
        return self._typed(chosen.name, again=again) if chosen.name in TYPED else self._printed(chosen.name)

    def spend(self, code: Code) -> None:
        """Remembers, for all processes, that a code is used; call it right before the code is sent."""
        until = code.until or totp.ends(self._context.clock())
        self._steps.spend(self._serial, code.text, until)

    def may_ask_again(self, refused: Code) -> bool:
        """Whether another code may be tried after AWS refused this one."""
        return self._tries < LIMITS.get(refused.driver, TYPED_LIMIT)

    def from_store(self) -> Code:
        """From the store; its time step is taken before anybody else can have the same code."""
        context = self._context
        otpauth = codes.otpauth(codes.entry(self._serial, self._settings, context), context)
        while True:
            now = context.clock()
            step, until = totp.step(now, otpauth.period), totp.ends(now, otpauth.period)
            free = self._steps.claim(self._serial, totp.starts(step, otpauth.period), until)
            if not free:
                return Code(otpauth.code(step), OTPAUTH, until)
            self._wait(free)

    def _count(self, driver: str) -> None:
        """One more code; the answer to too many is an error, not another question."""
        limit = LIMITS.get(driver, TYPED_LIMIT)
        self._tries += 1
        if self._tries > limit:
            raise UserError(
                f"no code of {self._serial} was accepted, {limit} were tried",
                hint="see that mfa_serial names the device that makes the codes, "
                "and that both clocks are right",
            )

    def _used(self, digits: str) -> bool:
        return self._steps.knows(self._serial, digits, self._context.clock())

    def _given(self) -> Code:
        if not self._context.first_time(GIVEN):
            raise UserError(
                f"a second code is needed, of {self._serial}, and -t gives only one",
                hint="leave -t away to be asked",
            )
        self._tries = 1
        digits = self._context.options.mfa_token
        if self._used(digits):
            raise UserError("the code given with -t has been used", hint="run it again with the next code")
        return Code(digits, GIVEN)

    def _wait(self, until: int) -> None:
        clock = self._context.clock
        if until > clock():
            self._context.tty.countdown("waiting for the next MFA code", lambda: until - clock())

    def _printed(self, driver: str) -> Code:
        """From a program; in a used time step it prints the used code, so that step is waited out first."""
        free = self._steps.free_from(self._serial, self._context.clock())
        for _ in range(2):
            self._wait(free)
            digits = codes.printed(driver, self._serial, self._settings, self._context)
            if not self._used(digits):
                return Code(digits, driver)
            free = totp.ends(self._context.clock())
        raise UserError(
            f"{driver} gives a code that has been used already", hint="see that it makes a new one each time"
        )

    def _typed(self, driver: str, *, again: bool) -> Code:
        """From a person; what is no code, or a used one, is asked for again."""
        trouble = "AWS refused that code" if again else ""
        while True:
            answer = prompts.asked(driver, self._serial, trouble, self._context)
            try:
                digits = totp.code(answer)
            except ValueError as error:
                trouble = str(error)
            else:
                if not self._used(digits):
                    return Code(digits, driver)
                trouble = "that code has been used; wait for the next"
            self._count(driver)
