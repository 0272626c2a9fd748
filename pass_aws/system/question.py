"""One question on a terminal: its modes, the signals that may come meanwhile, the line that answers it."""

from __future__ import annotations

import os
import signal
import termios
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, NoReturn

from pass_aws.errors import INTERRUPTED, MUST_ASK, UserError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

CAUGHT = (signal.SIGHUP, signal.SIGTERM, signal.SIGQUIT, signal.SIGTSTP)
"""What ends or stops a process while the terminal hides what is typed; SIGINT is an exception already."""


class _Caught(Exception):  # noqa: N818 - it is no error
    """A signal came while a question was open."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.signal = number


def opened(path: str) -> int:
    """A descriptor of the terminal.

    Raises:
        OSError: there is none.
    """
    return os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)


def asked(path: str, question: str, *, shown: bool) -> str:
    """Asks, and returns the line without the blanks around it.

    Args:
        path: the terminal.
        question: what to print, harmless for a terminal.
        shown: whether what is typed may be seen.

    Raises:
        UserError: Ctrl-D, or the terminal went away.
        KeyboardInterrupt: Ctrl-C; the terminal is itself again.
    """
    while True:
        try:
            return _once(path, question, shown=shown)
        except _Caught as caught:
            # The terminal is itself again: now the signal may do what it does. After a stop, ask anew.
            os.kill(os.getpid(), caught.signal)


def _once(path: str, question: str, *, shown: bool) -> str:
    try:
        terminal = opened(path)
    except OSError as error:
        raise UserError("cannot ask: there is no terminal", code=MUST_ASK) from error
    try:
        with _signals_caught(), _modes(terminal, shown=shown):
            return _answer(terminal, question)
    except (OSError, termios.error) as error:
        raise UserError("cannot ask: the terminal is gone", code=MUST_ASK) from error
    finally:
        os.close(terminal)


def _answer(terminal: int, question: str) -> str:
    try:
        os.write(terminal, question.encode(errors="replace"))
        return _line(terminal)
    except BaseException:
        with suppress(OSError):
            os.write(terminal, b"\n")
        raise


def _line(terminal: int) -> str:
    text = b""
    while not text.endswith(b"\n") and (more := os.read(terminal, 4096)):
        text += more
    if not text:
        raise UserError("cancelled", code=INTERRUPTED)
    return text.decode(errors="surrogateescape").strip()


@contextmanager
def kept(terminal: int) -> Iterator[None]:
    """Gives the terminal the modes back that it had, whatever happens meanwhile."""
    before = termios.tcgetattr(terminal)
    try:
        yield
    finally:
        with suppress(termios.error):  # the terminal may be gone by now
            termios.tcsetattr(terminal, termios.TCSANOW, before)


@contextmanager
def _modes(terminal: int, *, shown: bool) -> Iterator[None]:
    """Lines, signals and the end of line as a person expects them, whatever a crashed program left."""
    with kept(terminal):
        now = termios.tcgetattr(terminal)
        now[0] |= termios.ICRNL
        now[3] |= termios.ICANON | termios.ISIG | termios.ECHONL
        now[3] = now[3] | termios.ECHO if shown else now[3] & ~termios.ECHO
        termios.tcsetattr(terminal, termios.TCSADRAIN, now)
        yield


@contextmanager
def _signals_caught() -> Iterator[None]:
    """Turns signals into an exception, so that the terminal is restored first; ignored ones stay ignored."""
    main = threading.current_thread() is threading.main_thread()
    actions = {number: signal.getsignal(number) for number in CAUGHT if main}
    ours = {number: action for number, action in actions.items() if action is not signal.SIG_IGN}
    try:
        for number in ours:
            signal.signal(number, _catch)
        yield
    finally:
        for number, action in ours.items():
            signal.signal(number, action)


def _catch(number: int, _frame: FrameType | None) -> NoReturn:
    raise _Caught(number)
