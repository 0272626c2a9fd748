"""Tickets for the front, one for each profile, and dropping them together with their sessions."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from functools import cached_property
from typing import TYPE_CHECKING

from pass_aws.cache import index, ticket
from pass_aws.cache.freshness import Freshness, Known
from pass_aws.cache.index import SUFFIX
from pass_aws.cache.sessions import Sessions
from pass_aws.errors import CancelledError, UserError
from pass_aws.system import no_follow, private_dirs
from pass_aws.system.private_dirs import Trouble
from pass_aws.text.quoting import quote

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pass_aws.cache.freshness import Times
    from pass_aws.cache.ticket import Ticket


class Tickets(Sessions):
    """Everything below the cache folder but tokens; the arguments are those of `Sessions`."""

    @cached_property
    def _fresh(self) -> Freshness:
        return Freshness(self._files.state)

    def epoch(self) -> str:
        """What `put_ticket` wants to hear, from before anything is read."""
        return self._fresh.epoch()

    def put_ticket(self, made: Ticket, times: Times, epoch: str, recipients: Sequence[str]) -> None:
        """Leaves a ticket for the front, the only one of its profile.

        Args:
            made: the ticket; its profile is the name as it was asked for.
            times: of its entry and of the AWS files, taken before they were read.
            epoch: what `epoch` said when the run began; if tickets were dropped since, it does not count.
            recipients: who can read it.
        """
        good = ticket.telling(*times) and ticket.worthy(made, int(self._clock()))
        if not (self._kept and recipients and good):
            return
        files, profile, name = self._files, made.profile, f"{made.expires:010}{SUFFIX}"
        with self._trouble(), suppress(CancelledError):
            folder = files.folder("tickets", ticket.folder(profile))
            known = self._fresh.known(profile)
            if known is None or not self._says(f"{folder}/{name}", made, known):
                known = Known(made.expires, os.urandom(16).hex())
                files.write(f"{folder}/{name}", ticket.render(made, files.seal, known.nonce), recipients)
                others = [other for other in index.names(folder) if other != name]
                no_follow.unlink(others, files.cache, "tickets", ticket.folder(profile))
            self._fresh.put(profile, known, times, epoch)  # after an unrelated edit only the times are new

    def _says(self, path: str, made: Ticket, known: Known) -> bool:
        """Whether the ticket that is there is this one."""
        text = ticket.render(made, self._files.seal, known.nonce)
        return known.expires == made.expires and self._decrypted(path) == text

    def left(self, profile: str, expires: int, *, times: Times, since: float) -> bool:
        """Whether another process has left this ticket since then; saves the crowd the work.

        Args:
            profile: the name as it was asked for.
            expires: of the session, Unix seconds.
            times: as for `put_ticket`.
            since: Unix seconds; an older ticket may be one that the front has met and could not use.
        """
        path = f"{self._files.cache}/tickets/{ticket.folder(profile)}/{expires:010}{SUFFIX}"
        return private_dirs.file(path) and self._fresh.left(profile, expires, times, since)

    def distrust(self, profile: str = "") -> None:
        """Makes tickets count for nothing, before a key is replaced or where gpg asked for one in vain."""
        self._fresh.drop(profile)

    def drop(self, profile: str) -> int:
        """Removes a profile's sessions and ticket; returns how many sessions.

        Raises:
            UserError: one of them is still there.
        """
        self._fresh.drop(profile)
        with self._kept_against_our_will():
            return self._marks.drop(profile)

    def drop_entry(self, entry: str) -> int:
        """Removes whatever may come from the key of that name; returns how many sessions.

        Raises:
            UserError: some of it is still there.
        """
        self._fresh.drop()
        with self._kept_against_our_will():
            return self._marks.drop_entry(entry)

    def drop_all(self) -> int:
        """Removes everything; returns how many sessions.

        Raises:
            UserError: some of it is still there.
        """
        self._fresh.drop()
        with self._kept_against_our_will():
            return self._marks.drop_all()

    @contextmanager
    def _kept_against_our_will(self) -> Iterator[None]:
        try:
            yield
        except Trouble as trouble:
            raise UserError(
                f"cached sessions are still there: {trouble}",
                hint=f"run rm -r {quote(self._files.cache)}, with sudo if it is not yours",
            ) from None

    def _sweep(self) -> bool:
        swept = super()._sweep()
        if swept:
            self._fresh.sweep(self._clock())
        return swept
