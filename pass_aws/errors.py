"""The errors that users see, and the exit statuses."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final, Self

DONE = 0
FAILED = 1
USAGE = 2
BUG = 3
MUST_ASK = 4
NOT_EXECUTABLE = 126
NOT_FOUND = 127
INTERRUPTED = 130


class UserError(Exception):
    """An error that the user can fix: one line says what is wrong, the other what to do.

    Args:
        message: lower case, no full stop, never a secret.
        hint: the next command to try, or what to change; empty if there is none.
        code: the exit status, one of the constants of this module.
    """

    def __init__(self, message: str, *, hint: str = "", code: int = FAILED) -> None:
        super().__init__(message)
        self.hint: Final = hint
        self.code: Final = code

    def with_hint(self, hint: str) -> Self:
        """The same error with another hint."""
        made = type(self).__new__(type(self), *self.args)
        made.__dict__.update(self.__dict__, hint=hint)
        return made


class CancelledError(UserError):
    """The user was asked and did not answer; we do not ask again, and replace nothing.

    Args:
        message: which answer is missing.
        hint: how to get the question again.
        code: FAILED if the answer was wrong.
    """

    def __init__(self, message: str, *, hint: str = "", code: int = INTERRUPTED) -> None:
        super().__init__(message, hint=hint, code=code)


class NobodyError(UserError):
    """A code is needed, but no prompt is possible; a caller adds the command to run as hint.

    Args:
        serial: the device.
        reason: why no prompt is possible.
    """

    def __init__(self, serial: str, reason: str) -> None:
        hint = "run the command in a terminal, or give a code with -t"
        super().__init__(f"an MFA code of {serial} is needed ({reason})", hint=hint, code=MUST_ASK)


class UncommittedError(UserError):
    """The store was changed as intended, but git did not commit the change."""
