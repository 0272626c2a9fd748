"""Cached sessions: encrypted and private; a failure of the cache never stops a command."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from pass_aws.cache import index, session, ticket
from pass_aws.cache.freshness import Freshness
from pass_aws.cache.index import Index
from pass_aws.cache.sealed_files import SealedFiles
from pass_aws.errors import INTERRUPTED, MUST_ASK, CancelledError, UserError
from pass_aws.gpg import SUFFIX
from pass_aws.gpg.gpg import ForeignFileError
from pass_aws.system import no_follow, user_dirs
from pass_aws.system.user_dirs import Trouble

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from pass_aws.cache.index import Live
    from pass_aws.gpg.gpg import Gpg
    from pass_aws.model import Credentials


class Sessions:
    """The sessions in the cache. A failure costs speed and one warning, but never the command.

    Args:
        cache: the cache directory.
        state: the directory of the seal, see cache/sealed_files.
        gpg: the door to gpg.
        env: the caller's environment; with PASS_AWS_SESSION_CACHE=none nothing is cached.
        clock: Unix seconds.
        warn: prints a warning.
        unusable: reports that a directory cannot be used; `warn` if None.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - one for each external thing
        self,
        cache: str,
        state: str,
        gpg: Gpg,
        env: Mapping[str, str],
        clock: Callable[[], float],
        warn: Callable[[str], None],
        unusable: Callable[[str], None] | None = None,
    ) -> None:
        self._files, self._index = SealedFiles(cache, state, gpg), Index(cache)
        self._fresh = Freshness(state)
        self._clock, self._warn, self._unusable = clock, warn, unusable or warn
        self._kept = env.get("PASS_AWS_SESSION_CACHE") != "none"

    @contextmanager
    def _trouble(self) -> Iterator[None]:
        """Warns once that the cache cannot be used, and continues without it."""
        try:
            yield
        except (Trouble, OSError, UserError) as error:
            if _unanswered(error):
                raise
            self._kept = False
            say = self._warn if isinstance(error, UserError) else self._unusable
            say(f"sessions are not cached: {error}")

    def session(self, digest: str, *, left: int, life: int = 0, exact: bool = False) -> Credentials | None:
        """The newest session for a request.

        Args:
            digest: of the request.
            left: seconds of life that it should have left; half of its whole life is enough.
            life: the minimum of its whole life, in seconds.
            exact: whether half of its life is not enough, if a new session would live longer.

        Raises:
            UserError: the user did not give a passphrase, or prompts are forbidden.
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
        """The text of one of our files; empty if it cannot be read: the next session replaces it."""
        if not user_dirs.file(path):
            return ""
        try:
            return self._files.decrypted(path)
        except ForeignFileError:
            *folders, name = path.removeprefix(f"{self._files.cache}/").split("/")
            no_follow.unlink([name], self._files.cache, *folders)  # otherwise each run would try it again
            return ""
        except UserError as error:
            if _unanswered(error):
                raise
            return ""

    def put_session(  # noqa: PLR0913 - keyword arguments
        self,
        digest: str,
        credentials: Credentials,
        *,
        life: int,
        profile: str,
        entry: str,
        recipients: Sequence[str],
    ) -> None:
        """Caches a session.

        Args:
            digest: of the request that made it.
            credentials: not cached if they never expire.
            life: their remaining life in seconds.
            profile: for which they were made.
            entry: name of their key; empty if there is none.
            recipients: who can read them.
        """
        if not self._kept or not recipients or credentials.expires is None:
            return
        name = session.file_name(digest, credentials.expires)
        with self._trouble():
            text = session.render(credentials, self._files.seal, digest, life)
            self._files.write(f"{self._files.folder('sessions')}/{name}{SUFFIX}", text, recipients)
            self._index.put(profile, entry, name)
            if self._index.sweep(self._clock()):
                self._fresh.sweep(self._clock())

    def share(self, digest: str, expires: int | None, *, profile: str, entry: str) -> None:
        """Records that a profile uses a cached session that was made for another profile.

        Args:
            digest: of the request that made it.
            expires: Unix seconds.
            profile: that uses it.
            entry: name of its key; empty if there is none.
        """
        if self._kept and expires is not None:
            with suppress(Trouble, OSError):
                self._index.add(profile, entry, session.file_name(digest, expires))

    def live(self) -> list[Live]:
        """The live sessions, by profile and expiry; does not need gpg."""
        return self._index.live(self._clock())


def _unanswered(error: Exception) -> bool:
    """Whether the cause is a missing answer: then nothing is replaced, and we do not ask again."""
    return isinstance(error, CancelledError) or (
        isinstance(error, UserError) and error.code in (INTERRUPTED, MUST_ASK)
    )
