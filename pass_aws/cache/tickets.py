"""The cache of sessions and tickets: encrypted, ours alone, and never worth failing a command for."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from functools import cached_property
from typing import TYPE_CHECKING

from pass_aws.cache import index, seal, session, ticket
from pass_aws.cache.freshness import Freshness, Known
from pass_aws.cache.index import SUFFIX, Marks
from pass_aws.cache.ticket import Ticket
from pass_aws.errors import INTERRUPTED, MUST_ASK, CancelledError, UserError
from pass_aws.gpg.gpg import ForeignFileError
from pass_aws.system import atomic_files, no_follow, private_dirs
from pass_aws.system.private_dirs import Trouble
from pass_aws.text.quoting import quote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from pass_aws.cache.freshness import Times
    from pass_aws.cache.index import Live
    from pass_aws.gpg.gpg import Gpg
    from pass_aws.model import Credentials


class Tickets:
    """Everything below the cache folder. Trouble with it costs speed and one warning, never the command.

    Args:
        cache: the folder.
        state: the folder of the seal, see cache/seal.
        gpg: the door.
        env: the caller's; PASS_AWS_SESSION_CACHE=none keeps nothing.
        clock: Unix seconds.
        warn: says something to the user.
        unusable: says that a directory of ours cannot be used; `warn` if None.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - one for each part of the outside
        self,
        cache: str,
        state: str,
        gpg: Gpg,
        env: Mapping[str, str],
        clock: Callable[[], float],
        warn: Callable[[str], None],
        unusable: Callable[[str], None] | None = None,
    ) -> None:
        self._unusable = unusable or warn
        self._cache, self._state, self._gpg = cache, state, gpg
        self._clock, self._warn = clock, warn
        self._marks, self._fresh = Marks(cache), Freshness(state)
        self._kept = env.get("PASS_AWS_SESSION_CACHE") != "none"

    @cached_property
    def _seal(self) -> str:
        if not private_dirs.apart(self._cache, self._state):
            raise Trouble(f"{self._state} would have the seal in the cache (XDG_STATE_HOME must be another)")
        return seal.read_or_make(self._state)

    @contextmanager
    def _trouble(self) -> Iterator[None]:
        """Says once why there is no cache, and goes on without."""
        try:
            yield
        except (Trouble, OSError, UserError) as error:
            if _unanswered(error):
                raise
            self._kept = False
            say = self._warn if isinstance(error, UserError) else self._unusable
            say(f"sessions are not cached: {error}")

    def session(self, digest: str, *, left: int, life: int = 0, exact: bool = False) -> Credentials | None:
        """The newest session that answers a request.

        Args:
            digest: of the request.
            left: seconds it should live on; half of its whole life is enough.
            life: its whole life was at least this, in seconds.
            exact: whether half of its life is not enough, if a new session would live longer.

        Raises:
            UserError: the user was asked for a passphrase and declined, or must be asked and may not.
        """
        now = int(self._clock())
        for expires in self._expiries(digest):
            found = self._read_session(digest, expires) if expires > now else None
            if found is None or found[1] < life:
                continue
            if expires - now >= ticket.wanted(left, found[1], exact=exact):
                return found[0]
        return None

    def _expiries(self, digest: str) -> list[int]:
        names = map(session.parts, index.names(f"{self._cache}/sessions")) if self._kept else ()
        return sorted((expires for known, expires in names if known == digest), reverse=True)

    def _read_session(self, digest: str, expires: int) -> tuple[Credentials, int] | None:
        path = f"{self._cache}/sessions/{session.file_name(digest, expires)}{SUFFIX}"
        with self._trouble():
            private_dirs.folder(self._cache)
            text = self._decrypted(path)
            return session.read(text, digest=digest, expires=expires, seal=self._seal)
        return None

    def _decrypted(self, path: str) -> str:
        """The text of a file of ours; empty for what cannot be read, which the next session replaces."""
        if not private_dirs.file(path):
            return ""
        try:
            return os.fsdecode(self._gpg.decrypt_own(path, ask=not self._gpg.quiet))
        except ForeignFileError:
            *folders, name = path.removeprefix(f"{self._cache}/").split("/")
            no_follow.unlink([name], self._cache, *folders)  # it would be met again and again
            return ""
        except UserError as error:
            if _unanswered(error):
                raise
            return ""

    def put_session(  # noqa: PLR0913 - all by name
        self,
        digest: str,
        credentials: Credentials,
        *,
        life: int,
        profile: str,
        entry: str,
        recipients: Sequence[str],
    ) -> None:
        """Keeps a session.

        Args:
            digest: of the request that made it.
            credentials: are not kept if they never expire.
            life: what they have now, in seconds.
            profile: for whom they were made.
            entry: name of the key they stem from; empty if from none.
            recipients: who can read them.
        """
        if not self._kept or not recipients or credentials.expires is None:
            return
        name = session.file_name(digest, credentials.expires)
        with self._trouble():
            text = session.render(credentials, self._seal, digest, life)
            self._write(f"{self._folder('sessions')}/{name}{SUFFIX}", text, recipients)
            self._marks.put(profile, entry, name)
            if self._marks.sweep(self._clock()):
                self._fresh.sweep(self._clock())

    def share(self, digest: str, expires: int | None, *, profile: str, entry: str) -> None:
        """Notes that a profile lives on a cached session, whoever it was made for.

        Args:
            digest: of the request that made it.
            expires: its end, Unix seconds.
            profile: that uses it.
            entry: name of the key it stems from; empty if from none.
        """
        if self._kept and expires is not None:
            with suppress(Trouble, OSError):
                self._marks.add(profile, entry, session.file_name(digest, expires))

    def epoch(self) -> str:
        """What `put_ticket` wants to hear, from before anything is read."""
        return self._fresh.epoch()

    def put_ticket(  # noqa: PLR0913 - all by name
        self,
        profile: str,
        exports: Sequence[tuple[str, str]],
        *,
        expires: int,
        given: str,
        entry: str,
        times: Times,
        epoch: str,
        recipients: Sequence[str],
    ) -> None:
        """Leaves a ticket for the front, the only one of its profile.

        Args:
            profile: the name as it was asked for.
            exports: what child_environment.exports made.
            expires: of the session, Unix seconds.
            given: what ticket.given returned.
            entry: path of the store entry that all this stems from.
            times: of that entry and of the AWS files, taken before they were read.
            epoch: what `epoch` said when the run began; if tickets were dropped since, it does not count.
            recipients: who can read it.
        """
        made = Ticket(profile, expires, given, entry, exports)
        good = ticket.telling(*times) and ticket.worthy(made, int(self._clock()))
        if not (self._kept and recipients and good):
            return
        with self._trouble(), suppress(CancelledError):
            folder, name = self._folder("tickets", ticket.folder(profile)), f"{expires:010}{SUFFIX}"
            known = self._fresh.known(profile)
            if known is None or not self._says(f"{folder}/{name}", made, known):
                known = Known(expires, os.urandom(16).hex())
                self._write(f"{folder}/{name}", ticket.render(made, self._seal, known.nonce), recipients)
                others = [other for other in index.names(folder) if other != name]
                no_follow.unlink(others, self._cache, "tickets", ticket.folder(profile))
            self._fresh.put(profile, known, times, epoch)  # after an unrelated edit only the times are new

    def _says(self, path: str, made: Ticket, known: Known) -> bool:
        """Whether the ticket that is there is this one."""
        text = ticket.render(made, self._seal, known.nonce)
        return known.expires == made.expires and self._decrypted(path) == text

    def left(self, profile: str, expires: int, *, times: Times, since: float) -> bool:
        """Whether another process has left this ticket since then; saves the crowd the work.

        Args:
            profile: the name as it was asked for.
            expires: of the session, Unix seconds.
            times: as for `put_ticket`.
            since: Unix seconds; an older ticket may be one that the front has met and could not use.
        """
        path = f"{self._cache}/tickets/{ticket.folder(profile)}/{expires:010}{SUFFIX}"
        return private_dirs.file(path) and self._fresh.left(profile, expires, times, since)

    def distrust(self, profile: str = "") -> None:
        """Makes tickets count for nothing, before a key is replaced or where gpg asked for one in vain."""
        self._fresh.drop(profile)

    def live(self) -> list[Live]:
        """The sessions that have not expired, by profile and expiry; without gpg."""
        return self._marks.live(self._clock())

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
                hint=f"run rm -r {quote(self._cache)}, with sudo if it is not yours",
            ) from None

    def _folder(self, *parts: str) -> str:
        """A folder in the cache, made if need be."""
        path = self._cache
        private_dirs.folder(path)
        for part in parts:
            path = f"{path}/{part}"
            private_dirs.inner(path)
        return path

    def _write(self, path: str, text: str, recipients: Sequence[str]) -> None:
        if os.path.lexists(path) and not private_dirs.file(path):
            _remove(path)  # planted: it would keep every file of ours away
        atomic_files.write(path, self._gpg.encrypt(os.fsencode(text), recipients, own=True))


def _remove(path: str) -> None:
    if os.path.isdir(path) and not os.path.islink(path):
        no_follow.remove(*path.rsplit("/", 1))
    else:
        os.unlink(path)


def _unanswered(error: Exception) -> bool:
    """Whether it is for want of an answer: then nothing is replaced, and nobody is asked again."""
    return isinstance(error, CancelledError) or (
        isinstance(error, UserError) and error.code in (INTERRUPTED, MUST_ASK)
    )
