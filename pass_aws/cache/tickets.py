"""Tickets for the front, one per profile; removes them together with their sessions."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from pass_aws.cache import index, ticket
from pass_aws.cache.freshness import Known
from pass_aws.cache.sessions import Sessions
from pass_aws.errors import CancelledError, UserError
from pass_aws.gpg import SUFFIX
from pass_aws.system import no_follow, user_dirs
from pass_aws.system.user_dirs import Trouble
from pass_aws.text.quoting import quote

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pass_aws.cache.freshness import Times
    from pass_aws.cache.ticket import Ticket


class Tickets(Sessions):
    """Everything in the cache except tokens; the arguments are those of `Sessions`."""

    def epoch(self) -> str:
        """The epoch for `put_ticket`; to be read before anything else."""
        return self._fresh.epoch()

    def put_ticket(self, made: Ticket, times: Times, epoch: str, recipients: Sequence[str]) -> None:
        """Writes a ticket for the front, the only one of its profile.

        Args:
            made: the ticket; its profile is the name in the request.
            times: of its entry and of the AWS files, taken before they were read.
            epoch: from `epoch` at the start of the run; if it has changed, the ticket is not valid.
            recipients: who can read it.
        """
        good = ticket.telling(*times) and ticket.worthy(made, int(self._clock()))
        if not (self._kept and recipients and good):
            return
        files, profile, name = self._files, made.profile, f"{made.expires:010}{SUFFIX}"
        with self._trouble(), suppress(CancelledError):
            folder = files.folder("tickets", ticket.folder(profile))
            path = f"{folder}/{name}"
            known = self._fresh.known(profile)
            if known is None or not self._says(path, made, known):
                nonce = os.urandom(16).hex()
                keyring = files.write(path, ticket.render(made, files.seal, nonce), recipients)
                known = Known(made.expires, nonce, keyring)
                others = [other for other in index.names(folder) if other != name]
                no_follow.unlink(others, files.cache, "tickets", ticket.folder(profile))
            known = known._replace(keyring=files.keyring(known.keyring))
            self._fresh.put(profile, known, times, epoch)  # after an unrelated edit only the times differ

    def _says(self, path: str, made: Ticket, known: Known) -> bool:
        """Whether the existing ticket is equal to this one."""
        text = ticket.render(made, self._files.seal, known.nonce)
        return known.expires == made.expires and self._decrypted(path) == text

    def left(self, profile: str, expires: int, *, times: Times, since: float) -> bool:
        """Whether another process has written this ticket since a time, so that we need not.

        Args:
            profile: the name in the request.
            expires: of the session, Unix seconds.
            times: as for `put_ticket`.
            since: Unix seconds; the front may have found an older ticket and rejected it.
        """
        path = f"{self._files.cache}/tickets/{ticket.folder(profile)}/{expires:010}{SUFFIX}"
        return user_dirs.file(path) and self._fresh.left(profile, expires, times, since)

    def distrust(self, profile: str = "") -> None:
        """Invalidates tickets, before a key is replaced, or after gpg prompted and got no passphrase."""
        self._fresh.drop(profile)

    def drop(self, profile: str) -> int:
        """Removes a profile's sessions and ticket; returns the number of sessions.

        Raises:
            UserError: one of them still exists.
        """
        self._fresh.drop(profile)
        with self._reported():
            return self._index.drop(profile)

    def drop_entry(self, entry: str) -> int:
        """Removes everything that may come from the key of this name; returns the number of sessions.

        Raises:
            UserError: something was not removed.
        """
        self._fresh.drop()
        with self._reported():
            return self._index.drop_entry(entry)

    def drop_all(self) -> int:
        """Removes everything; returns the number of sessions.

        Raises:
            UserError: something was not removed.
        """
        self._fresh.drop()
        self._files.drop_keyrings()
        with self._reported():
            return self._index.drop_all()

    @contextmanager
    def _reported(self) -> Iterator[None]:
        try:
            yield
        except Trouble as trouble:
            raise UserError(
                f"cached sessions were not removed: {trouble}",
                hint=f"run rm -r {quote(self._files.cache)}, with sudo if it is not yours",
            ) from None
