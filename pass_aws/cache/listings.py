"""The accounts and roles that Identity Center has listed: plain files, for completion alone.

Account ids and names are private but not secret. A process that can write to the cache can forge a listing,
so nothing else reads it.
"""

from __future__ import annotations

import os

from pass_aws.system import user_dirs
from pass_aws.system.user_dirs import Trouble
from pass_aws.text.safe_text import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    Row = tuple[str, str, str]
    """Account id, role name, account name."""

FOLDER = "listings"
TEXT = ("utf-8", "surrogateescape")
"""AWS's text, whatever the locale is."""
LARGEST = 4_000_000
"""Bytes of a listing; 10,000 roles have about 600,000."""


class Listings:
    """The files `listings/<digest>` of the cache: the session's name, then a row for each role.

    Args:
        cache: the cache folder.
        env: the caller's; PASS_AWS_SESSION_CACHE=none keeps nothing.
        warn: says something to the user.
    """

    def __init__(self, cache: str, env: Mapping[str, str], warn: Callable[[str], None]) -> None:
        self._cache, self._warn = cache, warn
        self._kept = env.get("PASS_AWS_SESSION_CACHE") != "none"

    def put(self, digest: str, name: str, rows: Iterable[Row]) -> None:
        """Replaces a listing.

        Args:
            digest: of the Identity Center.
            name: of the sso-session, or a start URL.
            rows: account id, role name and account name.
        """
        if not self._kept:
            return
        from pass_aws.system import atomic_files

        lines = [name, *("\t".join(map(printable, row)) for row in rows), ""]
        try:
            user_dirs.folder(self._cache)
            user_dirs.inner(f"{self._cache}/{FOLDER}")
            atomic_files.write(f"{self._cache}/{FOLDER}/{digest}", "\n".join(lines).encode(*TEXT))
        except (Trouble, OSError) as error:
            self._warn(f"the listing is not kept for completion: {error}")

    def rows(self, name: str) -> Iterator[Row]:
        """The rows of a session's listings; with an empty name, of all.

        Only rows whose fields a terminal can show as they are.
        """
        try:
            names = os.listdir(f"{self._cache}/{FOLDER}") if self._kept else []
        except OSError:
            return
        for digest in names:
            first, *lines = self._lines(f"{self._cache}/{FOLDER}/{digest}")
            for line in lines if name in ("", first) else ():
                account, _, rest = line.partition("\t")
                role, _, account_name = rest.partition("\t")
                if account and role and f"{account}{role}{account_name}".isprintable():
                    yield account, role, account_name

    @staticmethod
    def _lines(path: str) -> list[str]:
        if not user_dirs.file(path):
            return [""]
        try:
            with open(path, "rb") as file:
                return file.read(LARGEST).decode(*TEXT).split("\n")
        except OSError:
            return [""]

    def drop(self, digest: str = "") -> None:
        """Removes a listing; all of them without a digest."""
        from pass_aws.system import no_follow

        if digest:
            no_follow.unlink([digest], self._cache, FOLDER)
        else:
            no_follow.remove(self._cache, FOLDER)
