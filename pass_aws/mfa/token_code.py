"""Gets the one-time code of an MFA device: each code once, and another one if AWS refuses it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pass_aws.errors import UserError
from pass_aws.mfa import codes, drivers, prompts, totp
from pass_aws.mfa.drivers import GIVEN, OTPAUTH, PROCESS, TYPED, YKMAN, Choice
from pass_aws.mfa.used_codes import UsedCodes
from pass_aws.system.user_dirs import state_folder

if TYPE_CHECKING:
    from collections.abc import Callable

    from pass_aws.config.settings import Settings
    from pass_aws.context import Context

LIMITS = {GIVEN: 1, PROCESS: 2, OTPAUTH: 2, YKMAN: 2}
"""The number of attempts; a user may mistype, so typed codes have three."""
TYPED_LIMIT = 3


class Code(NamedTuple):
    """A one-time code; its repr does not show it.

    Args:
        text: six digits.
        driver: its source.
        until: Unix second at which its time step ends; 0 if not known.
    """

    text: str
    driver: str
    until: int = 0

    def __repr__(self) -> str:
        """Everything except the code."""
        return f"Code(driver={self.driver})"


def choice(serial: str, settings: Settings, context: Context) -> Choice:
    """The source of the code, and the reason for it; does not prompt.

    Raises:
        UserError: the driver is unknown, or no prompt is possible.
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
    """Gives and counts the one-time codes of a device for one call, since AWS may refuse some of them.

    Args:
        serial: the MFA device, its ARN or a hardware token's number.
        settings: of the profile that needs them; mfa_process and mfa_entry are used.
        context: the doors.
    """

    def __init__(self, serial: str, settings: Settings, context: Context) -> None:
        self._serial, self._settings, self._context = serial, settings, context
        self._steps = UsedCodes(f"{state_folder(context.env)}/steps", context.unusable)
        self._tries = 0

    def ask(self, asking: Callable[[], object] = lambda: None) -> Code:
        """Gets an unused code; a second call means that AWS has refused the last one.

        Args:
            asking: is called before a prompt, and only then.

        Raises:
            UserError: no prompt is possible, cancelled, or refused too often.
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
        """Records for all processes that a code is used; call it directly before sending the code."""
        until = code.until or totp.ends(self._context.clock())
        self._steps.spend(self._serial, code.text, until)

    def may_ask_again(self, refused: Code) -> bool:
        """Whether another code may be tried after AWS has refused this one."""
        return self._tries < LIMITS.get(refused.driver, TYPED_LIMIT)

    def from_store(self) -> Code:
        """Makes a code from the seed in the store; reserves its time step first, so that it is used once."""
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
        """Counts one more code; too many are an error instead of another prompt."""
        limit = LIMITS.get(driver, TYPED_LIMIT)
        self._tries += 1
        if self._tries > limit:
            raise UserError(
                f"none of {limit} codes of {self._serial} was accepted",
                hint="check that mfa_serial is the device of these codes, and that both clocks are correct",
            )

    def _used(self, digits: str) -> bool:
        return self._steps.knows(self._serial, digits, self._context.clock())

    def _given(self) -> Code:
        if not self._context.first_time(GIVEN):
            raise UserError(
                f"a second code of {self._serial} is needed, but -t gives only one",
                hint="omit -t to be asked",
            )
        self._tries = 1
        digits = self._context.options.mfa_token
        if self._used(digits):
            raise UserError(
                "the code given with -t was already used", hint="run the command again with the next code"
            )
        return Code(digits, GIVEN)

    def _wait(self, until: int) -> None:
        clock = self._context.clock
        if until > clock():
            self._context.tty.countdown("waiting for the next MFA code", lambda: until - clock())

    def _printed(self, driver: str) -> Code:
        """Gets a code from a program; in a used time step that code is used, too, so this waits first."""
        free = self._steps.free_from(self._serial, self._context.clock())
        for _ in range(2):
            self._wait(free)
            digits = codes.printed(driver, self._serial, self._settings, self._context)
            if not self._used(digits):
                return Code(digits, driver)
            free = totp.ends(self._context.clock())
        raise UserError(
            f"{driver} gives a code that was already used", hint="check that it prints a new code each time"
        )

    def _typed(self, driver: str, *, again: bool) -> Code:
        """Asks the user for a code; asks again after an invalid or used one."""
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
                trouble = "that code was already used; wait for the next"
            self._count(driver)
