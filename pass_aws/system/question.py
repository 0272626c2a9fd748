"""Asks one question on a terminal: sets its modes, handles signals, reads the line of the answer."""

from __future__ import annotations

import os
import signal
import termios
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, NoReturn

from pass_aws.errors import INTERRUPTED, MUST_ASK, UserError
from pass_aws.system import readable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

CAUGHT = (signal.SIGHUP, signal.SIGTERM, signal.SIGQUIT, signal.SIGTSTP)
"""Signals that end or stop a process while the terminal hides input; SIGINT already raises an exception."""


ELSEWHERE = "run the command in a terminal"


class _Caught(Exception):  # noqa: N818 - not an error
    """A signal arrived during a question."""

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
    """Asks, and returns the line without surrounding blanks.

    Args:
        path: the terminal.
        question: the text to print, without control characters.
        shown: whether the terminal shows what is typed.

    Raises:
        UserError: Ctrl-D, or the terminal was closed.
        KeyboardInterrupt: Ctrl-C; the modes of the terminal are restored.
    """
    while True:
        try:
            return _once(path, question, shown=shown)
        except _Caught as caught:
            # The terminal is restored: now the signal may take effect. After a stop, ask again.
            os.kill(os.getpid(), caught.signal)


def _once(path: str, question: str, *, shown: bool) -> str:
    try:
        terminal = opened(path)
    except OSError as error:
        raise UserError("cannot ask: there is no terminal", hint=ELSEWHERE, code=MUST_ASK) from error
    try:
        with _signals_caught(), _modes(terminal, shown=shown):
            return _answer(terminal, question)
    except (OSError, termios.error) as error:
        raise UserError("cannot ask: the terminal is closed", hint=ELSEWHERE, code=MUST_ASK) from error
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
    while not text.endswith(b"\n") and readable.wait(terminal) and (more := os.read(terminal, 4096)):
        text += more
    if not text:
        raise UserError("cancelled", code=INTERRUPTED)
    return text.decode(errors="surrogateescape").strip()


@contextmanager
def kept(terminal: int) -> Iterator[None]:
    """Restores the modes of the terminal at the end, whatever happens."""
    before = termios.tcgetattr(terminal)
    try:
        yield
    finally:
        with suppress(termios.error):  # the terminal may be closed by now
            termios.tcsetattr(terminal, termios.TCSANOW, before)


@contextmanager
def _modes(terminal: int, *, shown: bool) -> Iterator[None]:
    """Terminal modes for line input with signals, whatever modes a crashed program has left."""
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
