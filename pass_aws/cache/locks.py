"""One prompt, one call: processes that need the same answer wait for the one that is getting it."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pass_aws.cache import waiting
from pass_aws.errors import FAILED, INTERRUPTED, MUST_ASK, CancelledError, UserError
from pass_aws.gpg.invocation import tty
from pass_aws.system import file_lock, user_dirs
from pass_aws.system.user_dirs import Trouble

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pass_aws.handover import TicketLock

CALLING, ASKING, CANCELLED, REFUSED = "calling", "asking", "cancelled", "refused"


class Lock:
    """A held lock; its file tells other processes who holds it, and why.

    Args:
        fd: the locked file; negative if the state directory cannot be used and no lock is possible.
        holder: the words that name this process.
        waited: whether another process held it before, and may have left the answer.
        alike: whether a call that fails for one process would fail for all.
        held: all locks of this process; a prompt blocks processes that wait for any of them.
    """

    def __init__(self, fd: int, holder: str, held: list[Lock], *, waited: bool, alike: bool) -> None:
        self._fd, self._holder, self.asked, self._held = fd, holder, False, held
        self.waited, self._alike = waited, alike
        self.tell(CALLING)

    def asking(self) -> None:
        """Notes that a prompt begins: processes that may not prompt do not wait for its end."""
        for lock in self._held:
            lock.asked = True
            lock.tell(ASKING)

    def answered(self) -> None:
        """Notes that the user has answered: the outcome now applies to all waiting processes."""
        for lock in self._held:
            lock.asked = False

    def calling(self) -> None:
        """Notes that no prompt is open; the rest takes seconds."""
        for lock in self._held:
            lock.tell(CALLING)

    def ended(self, error: BaseException) -> None:
        """Leaves the outcome for waiting processes: a cancelled prompt and a failed call apply to all.

        After a prompt with a wrong answer, the next process asks again: the answer may have been mistyped.
        """
        code = error.code if isinstance(error, UserError) else FAILED
        if isinstance(error, (KeyboardInterrupt, CancelledError)) or code == INTERRUPTED:
            self.tell(CANCELLED)
        elif isinstance(error, UserError) and code == FAILED and self._alike and not self.asked:
            self.tell(REFUSED, str(error), error.hint)

    def tell(self, doing: str, *lines: str) -> None:
        """Writes into the file what this process is doing."""
        if self._fd >= 0:
            text = "\n".join([f"{self._holder} {doing}", *lines, ""]).encode("utf-8", "replace")
            os.pwrite(self._fd, text, 0)
            os.ftruncate(self._fd, len(text))


class Locks:
    """The locks of this user.

    Args:
        state: the directory of the lock files.
        env: the caller's environment.
        clock: seconds, to measure waiting times.
        warn: prints a warning.
        unusable: reports that the directory cannot be used; `warn` if None.
        ticket: the lock of a ticket, taken before the program was loaded.
        quiet: whether prompts are forbidden: then it waits for calls, but not for prompts.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - one for each external thing
        self,
        state: str,
        env: Mapping[str, str],
        clock: Callable[[], float],
        warn: Callable[[str], None],
        unusable: Callable[[str], None] | None = None,
        ticket: TicketLock | None = None,
        *,
        quiet: bool = False,
    ) -> None:
        self._unusable = unusable or warn
        self._state, self._clock, self._warn, self._ticket = state, clock, warn, ticket
        self._may_ask = not quiet
        self._holder = f"{os.getpid()} {(tty(env) or waiting.NOWHERE).split()[0]}"
        self._held: list[Lock] = []

    @contextmanager
    def ticket(self) -> Iterator[None]:
        """Releases the lock of a ticket, if this process holds it, when the ticket exists or cannot be made.

        Raises:
            UserError: another process held the lock and has failed.
        """
        held, self._ticket = self._ticket, None
        if held is None:
            yield
            return
        _share(held.number)
        with self._held_by_us(held.number, held.path, waited=False, alike=True):
            yield

    @contextmanager
    def hold(self, key: str, *, alike: bool = True) -> Iterator[Lock]:
        """Holds the lock of a key; waiting processes share the holder's cancelled prompt or failed call.

        Args:
            key: names what is locked: a session's digest, or a key's id and an MFA serial.
            alike: whether all holders make the same call, so that its failure applies to all.

        Raises:
            UserError: the holder cancelled or failed; or it is prompting and this process must not prompt.
        """
        path = file_lock.path(self._state, key)
        fd, waited = self._taken(path)
        with self._held_by_us(fd, path, waited=waited, alike=alike) as lock:
            yield lock

    @contextmanager
    def _held_by_us(self, fd: int, path: str, *, waited: bool, alike: bool) -> Iterator[Lock]:
        """Leaves the outcome for the waiting processes."""
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
        """A locked open file that still has its name, and whether others held it before us.

        The file is negative if locking is impossible.
        """
        queue = _Queue(self._clock, self._warn, may_ask=self._may_ask)
        try:
            return file_lock.take(path, queue.stand, queue.ended), queue.waited
        except (OSError, Trouble) as error:
            reason = user_dirs.trouble(path, error) if isinstance(error, OSError) else error
            self._unusable(f"cannot lock; other processes may prompt, too: {reason}")
        return -1, queue.waited


class _Queue:
    """Waits for a lock, and reports the wait once, after a second."""

    def __init__(self, clock: Callable[[], float], warn: Callable[[str], None], *, may_ask: bool) -> None:
        self._clock, self._warn, self._may_ask = clock, warn, may_ask
        self._start, self._said = clock(), False
        self.waited = False

    def ended(self, fd: int) -> None:
        """Notes that the previous holder is done: its outcome may apply to us."""
        self.waited = True
        _share(fd)

    def stand(self, fd: int) -> None:
        """Waits until we hold the lock of this file."""
        file_lock.wait(fd, each=lambda: self._look(fd))

    def _look(self, fd: int) -> None:
        """Decides from the holder's state whether to wait, and what to report."""
        self.waited = True
        holder = waiting.holder(fd)
        if holder[2:] == [ASKING] and not self._may_ask:
            raise UserError(
                f"{waiting.who(*holder[:2])} is already asking, and this process must not prompt",
                hint="answer it there, then run the command again",
                code=MUST_ASK,
            )
        if not self._said and self._clock() - self._start >= file_lock.SILENCE and len(holder) == 3:
            self._said = True
            self._warn(waiting.waiting(*holder))


def _share(fd: int) -> None:
    """The outcome of the holder, visible only to processes that opened the file before it was done."""
    first, message, hint = (*os.pread(fd, 4096, 0).decode("utf-8", "replace").split("\n"), "", "")[:3]
    doing = first.rpartition(" ")[2]
    if doing == CANCELLED:
        raise CancelledError("the prompt was cancelled in another process", hint="run the command again")
    if doing == REFUSED:
        raise UserError(message, hint=hint)
