"""Records the used one-time codes of each device, for all processes of this user."""

from __future__ import annotations

import os
from contextlib import contextmanager
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from pass_aws.system import file_lock, user_dirs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FAR = 600
"""Seconds; a record further in the future is ignored, since the clock was wrong when it was made."""
ECHO = 120
"""Seconds during which equal digits are the same code; later they are a coincidence."""


class Used(NamedTuple):
    """The last code of a device.

    Args:
        until: Unix second at which its time step ends.
        mark: sha256 of the device and the code, so that used codes are not stored in plain text.
    """

    until: int = 0
    mark: str = "-"


class UsedCodes:
    """The records. A failure costs a warning and the protection, but never the command.

    Args:
        place: the directory, created if needed.
        warn: prints a warning.
    """

    def __init__(self, place: str, warn: Callable[[str], None]) -> None:
        self._place = place
        self._warn = warn

    def claim(self, serial: str, start: int, until: int) -> int:
        """Reserves a time step, unless a code of it or of a later one was used or reserved.

        Args:
            serial: the device.
            start: Unix second at which the step begins.
            until: Unix second at which it ends.

        Returns:
            0 if it is now reserved for us, else the Unix second to wait for.
        """
        with self._open(serial) as file:
            last = _believed(_read(file), start)
            if last.until > start:
                return last.until
            self._write(file, Used(until))
            return 0

    def free_from(self, serial: str, now: float) -> int:
        """The Unix second at which the first unused time step begins; 0 for the current one."""
        with self._open(serial) as file:
            last = _believed(_read(file), now)
            return last.until if last.until > now else 0

    def knows(self, serial: str, code: str, now: float) -> bool:
        """Whether this code was sent a short time ago."""
        with self._open(serial) as file:
            last = _believed(_read(file), now)
            return last.mark == _mark(serial, code) and now < last.until + ECHO

    def spend(self, serial: str, code: str, until: int) -> None:
        """Records a code that will be sent, and the end of its time step."""
        with self._open(serial) as file:
            last = _believed(_read(file), until)
            self._write(file, Used(max(last.until, until), _mark(serial, code)))

    @contextmanager
    def _open(self, serial: str) -> Iterator[int]:
        """The locked file of a device; -1 if that is impossible."""
        try:
            file = self._locked(serial)
        except user_dirs.Trouble as trouble:
            self._complain(trouble)
            yield -1
            return
        try:
            yield file
        finally:
            os.close(file)

    def _locked(self, serial: str) -> int:
        user_dirs.folder(self._place)
        name = f"{self._place}/{sha256(serial.encode(errors='surrogateescape')).hexdigest()}"
        try:
            file = os.open(name, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            file_lock.lock(file)
        except OSError as error:
            raise user_dirs.trouble(name, error) from None
        return file

    def _write(self, file: int, used: Used) -> None:
        text = f"{used.until} {used.mark}\n".encode()
        try:
            if file >= 0:
                os.pwrite(file, text, 0)
                os.ftruncate(file, len(text))
        except OSError as error:
            self._complain(user_dirs.trouble(self._place, error))

    def _complain(self, trouble: user_dirs.Trouble) -> None:
        self._warn(f"cannot remember used MFA codes: {trouble}")


def _mark(serial: str, code: str) -> str:
    return sha256(f"{serial}\0{code}".encode(errors="surrogateescape")).hexdigest()


def _believed(last: Used, now: float) -> Used:
    return last if last.until < now + FAR else Used()


def _read(file: int) -> Used:
    """The record of a device; an invalid file counts as empty."""
    text = os.pread(file, 200, 0).decode(errors="replace") if file >= 0 else ""
    until, _, mark = text.strip().partition(" ")
    plain = until.isascii() and until.isdigit() and len(until) < 12
    return Used(int(until), mark) if plain else Used()
