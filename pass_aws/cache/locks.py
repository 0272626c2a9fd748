"""One question, one call: whoever needs the same answer waits for the process that is getting it."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pass_aws.cache import waiting
from pass_aws.errors import FAILED, INTERRUPTED, MUST_ASK, CancelledError, UserError
from pass_aws.gpg.invocation import tty
from pass_aws.system import file_lock, private_dirs
from pass_aws.system.private_dirs import Trouble

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pass_aws.handover import Turn

CALLING, ASKING, CANCELLED, REFUSED = "calling", "asking", "cancelled", "refused"


class Lock:
    """A lock that is held; the file behind it tells the others who holds it and what for.

    Args:
        fd: the locked file; negative where the state folder cannot be used and nobody is kept out.
        holder: the words that name this process.
        waited: whether somebody else held it meanwhile, and may have left the answer.
        alike: whether a call that fails for one would fail for all.
        held: all locks of this process; a question keeps those waiting who wait for any of them.
    """

    def __init__(self, fd: int, holder: str, held: list[Lock], *, waited: bool, alike: bool) -> None:
        self._fd, self._holder, self.asked, self._held = fd, holder, False, held
        self.waited, self._alike = waited, alike
        self.tell(CALLING)

    def asking(self) -> None:
        """A question to the user begins: who may not ask need not wait for its end."""
        for lock in self._held:
            lock.asked = True
            lock.tell(ASKING)

    def answered(self) -> None:
        """The person has decided: how it ends now, it ends so for all who wait."""
        for lock in self._held:
            lock.asked = False

    def calling(self) -> None:
        """No question is open; what remains takes seconds."""
        for lock in self._held:
            lock.tell(CALLING)

    def ended(self, error: BaseException) -> None:
        """Leaves a word for those who wait: a cancel is for all, and a call that fails would fail again.

        After a question the next one asks again: the answer may have been mistyped.
        """
        code = error.code if isinstance(error, UserError) else FAILED
        if isinstance(error, (KeyboardInterrupt, CancelledError)) or code == INTERRUPTED:
            self.tell(CANCELLED)
        elif isinstance(error, UserError) and code == FAILED and self._alike and not self.asked:
            self.tell(REFUSED, str(error), error.hint)

    def tell(self, doing: str, *lines: str) -> None:
        """Writes into the file what this process does."""
        if self._fd >= 0:
            text = "\n".join([f"{self._holder} {doing}", *lines, ""]).encode("utf-8", "replace")
            os.pwrite(self._fd, text, 0)
            os.ftruncate(self._fd, len(text))


class Locks:
    """The locks of this user.

    Args:
        state: folder they lie in.
        env: the caller's.
        clock: seconds; how long one waits is measured with it.
        warn: says something to the user.
        unusable: says that the directory cannot be used; `warn` if None.
        turn: the lock of a ticket, taken before the program was loaded.
        quiet: whether this run asks nobody: then it waits for calls, but not for questions.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - one for each part of the outside
        self,
        state: str,
        env: Mapping[str, str],
        clock: Callable[[], float],
        warn: Callable[[str], None],
        unusable: Callable[[str], None] | None = None,
        turn: Turn | None = None,
        *,
        quiet: bool = False,
    ) -> None:
        self._unusable = unusable or warn
        self._state, self._clock, self._warn, self._turn = state, clock, warn, turn
        self._may_ask = not quiet
        self._holder = f"{os.getpid()} {(tty(env) or waiting.NOWHERE).split()[0]}"
        self._held: list[Lock] = []

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Ends the turn at a ticket, if this process has it, when the ticket is there or cannot be made.

        Raises:
            UserError: somebody else had the turn, and has failed.
        """
        held, self._turn = self._turn, None
        if held is None:
            yield
            return
        _share(held.number)
        with self._held_by_us(held.number, held.path, waited=False, alike=True):
            yield

    @contextmanager
    def hold(self, key: str, *, alike: bool = True) -> Iterator[Lock]:
        """Holds the lock of a key; who waited for it shares its holder's cancel, or the failure of its call.

        Args:
            key: what is locked: a session's digest, or a key's id and an MFA serial.
            alike: whether all who hold it do the same, so that the failure of one tells all.

        Raises:
            UserError: cancelled or failed there; or a question is being asked and this process may not ask.
        """
        path = file_lock.path(self._state, key)
        fd, waited = self._taken(path)
        with self._held_by_us(fd, path, waited=waited, alike=alike) as lock:
            yield lock

    @contextmanager
    def _held_by_us(self, fd: int, path: str, *, waited: bool, alike: bool) -> Iterator[Lock]:
        """Tells those who wait how it ends."""
        lock = Lock(fd, self._holder, self._held, waited=waited, alike=alike)
        self._held.append(lock)
        try:
            yield lock
        except BaseException as error:
            lock.ended(error)
            raise
        finally:
            self._held.remove(lock)
            if fd >= 0:
                file_lock.release(fd, path)

    def _taken(self, path: str) -> tuple[int, bool]:
        """An open file that is locked and still has its name, and whether others had it before us.

        The file is negative where there can be none.
        """
        queue = _Queue(self._clock, self._warn, may_ask=self._may_ask)
        try:
            return file_lock.take(path, queue.stand, queue.ended), queue.waited
        except (OSError, Trouble) as error:
            reason = private_dirs.trouble(path, error) if isinstance(error, OSError) else error
            self._unusable(f"cannot lock, so other processes may ask the same: {reason}")
        return -1, queue.waited


class _Queue:
    """Waiting for one's turn, which is talked about once, after a second."""

    def __init__(self, clock: Callable[[], float], warn: Callable[[str], None], *, may_ask: bool) -> None:
        self._clock, self._warn, self._may_ask = clock, warn, may_ask
        self._start, self._said = clock(), False
        self.waited = False

    def ended(self, fd: int) -> None:
        """The holder was done before us: what it has left may be for us."""
        self.waited = True
        _share(fd)

    def stand(self, fd: int) -> None:
        """Waits until the lock of this file is ours."""
        file_lock.wait(fd, each=lambda: self._look(fd))

    def _look(self, fd: int) -> None:
        """Another process has it: what it does decides whether to wait, and what to say."""
        self.waited = True
        holder = waiting.holder(fd)
        if holder[2:] == [ASKING] and not self._may_ask:
            raise UserError(
                f"{waiting.who(*holder[:2])} is asking for the same, and this one may not ask",
                hint="answer it there, then run this again",
                code=MUST_ASK,
            )
        if not self._said and self._clock() - self._start >= file_lock.SILENCE and len(holder) == 3:
            self._said = True
            self._warn(waiting.waiting(*holder))


def _share(fd: int) -> None:
    """Only who opened the file before its holder was done can see what became of it."""
    first, message, hint = (*os.pread(fd, 4096, 0).decode("utf-8", "replace").split("\n"), "", "")[:3]
    doing = first.rpartition(" ")[2]
    if doing == CANCELLED:
        raise CancelledError(
            "cancelled in another process that asked for the same", hint="run it again to be asked again"
        )
    if doing == REFUSED:
        raise UserError(message, hint=hint)
