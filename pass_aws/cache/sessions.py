"""Cached sessions: encrypted, ours alone, and never worth failing a command for."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from pass_aws.cache import index, session, ticket
from pass_aws.cache.index import SUFFIX, Marks
from pass_aws.cache.sealed_files import SealedFiles
from pass_aws.errors import INTERRUPTED, MUST_ASK, CancelledError, UserError
from pass_aws.gpg.gpg import ForeignFileError
from pass_aws.system import no_follow, private_dirs
from pass_aws.system.private_dirs import Trouble

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from pass_aws.cache.index import Live
    from pass_aws.gpg.gpg import Gpg
    from pass_aws.model import Credentials


class Sessions:
    """The sessions in the cache folder. Trouble with it costs speed and one warning, never the command.

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
        self._files, self._marks = SealedFiles(cache, state, gpg), Marks(cache)
        self._clock, self._warn, self._unusable = clock, warn, unusable or warn
        self._kept = env.get("PASS_AWS_SESSION_CACHE") != "none"

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
        names = map(session.parts, index.names(f"{self._files.cache}/sessions")) if self._kept else ()
        return sorted((expires for known, expires in names if known == digest), reverse=True)

    def _read_session(self, digest: str, expires: int) -> tuple[Credentials, int] | None:
        path = f"{self._files.cache}/sessions/{session.file_name(digest, expires)}{SUFFIX}"
        with self._trouble():
            self._files.folder()
            text = self._decrypted(path)
            return session.read(text, digest=digest, expires=expires, seal=self._files.seal)
        return None

    def _decrypted(self, path: str) -> str:
        """The text of a file of ours; empty for what cannot be read, which the next session replaces."""
        if not private_dirs.file(path):
            return ""
        try:
            return self._files.decrypted(path)
        except ForeignFileError:
            *folders, name = path.removeprefix(f"{self._files.cache}/").split("/")
            no_follow.unlink([name], self._files.cache, *folders)  # it would be met again and again
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
            text = session.render(credentials, self._files.seal, digest, life)
            self._files.write(f"{self._files.folder('sessions')}/{name}{SUFFIX}", text, recipients)
            self._marks.put(profile, entry, name)
            self._sweep()

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

    def _sweep(self) -> bool:
        """Removes what has expired, where it is time to; returns whether it was."""
        return self._marks.sweep(self._clock())

    def live(self) -> list[Live]:
        """The sessions that have not expired, by profile and expiry; without gpg."""
        return self._marks.live(self._clock())


def _unanswered(error: Exception) -> bool:
    """Whether it is for want of an answer: then nothing is replaced, and nobody is asked again."""
    return isinstance(error, CancelledError) or (
        isinstance(error, UserError) and error.code in (INTERRUPTED, MUST_ASK)
    )
