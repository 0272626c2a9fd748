"""The user's terminal: questions go only to /dev/tty, notes about waiting to stderr."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, suppress
from math import ceil
from time import sleep
from typing import TYPE_CHECKING

from pass_aws.errors import MUST_ASK, UserError
from pass_aws.text.safe_text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager
    from threading import Event
    from typing import IO, TextIO

CLEAR = "\r\x1b[K"
PATIENCE = 1.0
"""Seconds of waiting before we tell the user."""


class Tty:
    """The controlling terminal.

    Args:
        env: for TERM.
        path: of the terminal.
        pause: sleeps for a number of seconds.
    """

    def __init__(
        self, env: Mapping[str, str], *, path: str = "/dev/tty", pause: Callable[[float], None] = sleep
    ) -> None:
        self._env = env
        self._path = path
        self._pause = pause

    def available(self) -> bool:
        """Whether a question can be asked and answered."""
        return not self.absence()

    def absence(self) -> str:
        """Why no question can be asked; empty if one can.

        A background process could print a question, but the kernel would stop it when it reads the answer.
        """
        from pass_aws.system import question

        try:
            terminal = question.opened(self._path)
        except OSError:
            return "there is no terminal"
        try:
            in_front = os.tcgetpgrp(terminal) == os.getpgrp()
        except OSError:
            return "the terminal is closed"
        finally:
            os.close(terminal)
        return "" if in_front else "this process runs in the background"

    def ask(self, text: str) -> str:
        """Asks, and returns the answer without surrounding blanks.

        Raises:
            UserError: Ctrl-D, or no question can be asked.
        """
        return self._answer(text, shown=True)

    def ask_secret(self, text: str) -> str:
        """Asks for a secret: the terminal does not show what is typed; otherwise as `ask`."""
        return self._answer(text, shown=False)

    def confirm(self, text: str) -> bool:
        """Asks a yes-or-no question; any answer but yes means no."""
        return self.ask(f"{text} [y/N] ").lower() in {"y", "yes"}

    def _answer(self, text: str, *, shown: bool) -> str:
        from pass_aws.system import question

        if absence := self.absence():
            raise UserError(f"cannot ask: {absence}", hint="run the command in a terminal", code=MUST_ASK)
        return question.asked(self._path, printable(text), shown=shown)

    @contextmanager
    def lent(self) -> Iterator[IO[bytes] | None]:
        """Opens the terminal, if there is one, for another program; its modes are restored afterwards."""
        from pass_aws.system import question

        if self.absence():
            yield None
            return
        with (
            os.fdopen(question.opened(self._path), "r+b", buffering=0) as terminal,
            question.kept(terminal.fileno()),
        ):
            yield terminal

    def moves(self, stream: TextIO) -> bool:
        """Whether a line on this stream can be erased again."""
        return stream.isatty() and self._env.get("TERM", "dumb") not in {"", "dumb"}

    def waiting(self, text: str) -> AbstractContextManager[None]:
        """On a terminal, shows after a second what we wait for, and erases the line at the end."""
        return self.progress(lambda: text)

    def show(self, text: str) -> None:
        """Writes lines to the terminal, even if stdout and stderr are redirected.

        Raises:
            UserError: there is no terminal.
        """
        from pass_aws.system import question

        if absence := self.absence():
            raise UserError(
                f"cannot show anything: {absence}", hint="run the command in a terminal", code=MUST_ASK
            )
        lines = "".join(f"{printable(line)}\n" for line in text.splitlines())
        terminal = question.opened(self._path)
        try:
            os.write(terminal, lines.encode(errors="replace"))
        finally:
            os.close(terminal)

    @contextmanager
    def progress(self, text: Callable[[], str]) -> Iterator[None]:
        """On a terminal, shows the progress after a second, and erases the line at the end."""
        if not self.moves(sys.stderr):
            yield
            return
        from threading import Event, Thread

        over = Event()
        teller = Thread(target=_tell, args=(over, text), daemon=True)
        teller.start()
        try:
            yield
        finally:
            over.set()
            teller.join()

    def note(self, text: str) -> None:
        """Replaces the line on stderr, or erases it; only if `moves` is true."""
        _note(_line(text) if text else CLEAR)

    def countdown(
        self, text: str, left: Callable[[], float], pause: Callable[[float], object] | None = None
    ) -> None:
        """Waits until `left()` is zero; a terminal shows a countdown, otherwise one line is printed.

        Args:
            text: what we wait for.
            left: the remaining seconds.
            pause: waits a number of seconds, or less if the event comes earlier.
        """
        pause = pause or self._pause
        moving = self.moves(sys.stderr)
        if not moving and left() > PATIENCE:
            _note(f"pass aws: {text}, {ceil(left())} s\n")
        try:
            while (seconds := left()) > 0:
                if moving:
                    _note(_line(f"{text}, {ceil(seconds)} s"))
                pause(min(1.0, seconds))
        finally:
            if moving:
                _note(CLEAR)


def _tell(over: Event, text: Callable[[], str]) -> None:
    said = ""
    while not over.wait(PATIENCE):
        if text() != said:
            said = text()
            _note(_line(said))
    if said:
        _note(CLEAR)


def _line(text: str) -> str:
    """One line cut to the width of the terminal, so that it can be erased completely."""
    try:
        width = os.get_terminal_size(2).columns or 80
    except OSError:
        width = 80
    return f"{CLEAR}{printable(f'pass aws: {text}')[: width - 1]}"


def _note(text: str) -> None:
    with suppress(OSError, ValueError):
        sys.stderr.write(text)
        sys.stderr.flush()
