"""Maps cached sessions to profiles and keys: small plain files, for listing and deletion without gpg.

A process that can write to the cache can forge them, so they are used for nothing else.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from pass_aws.cache import session, ticket
from pass_aws.gpg import SUFFIX
from pass_aws.system import atomic_files, no_follow, user_dirs
from pass_aws.system.user_dirs import Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator

SWEEP = 3600
"""Seconds between two removals of expired files."""


class Live(NamedTuple):
    """A live session: its profile, the digest of its request, and its expiry in Unix seconds."""

    profile: str
    digest: str
    expires: int


class Index:
    """The files `used/<profile>/<digest>-<expires>` of the cache, which contain the entry's name.

    Args:
        cache: the directory.
    """

    def __init__(self, cache: str) -> None:
        self._cache, self._sessions, self._used = cache, f"{cache}/sessions", f"{cache}/used"

    def add(self, profile: str, entry: str, name: str) -> None:
        """Adds the session of this name, if it exists, for another profile, too."""
        known = os.path.lexists(f"{self._used}/{ticket.folder(profile)}/{name}")
        if not known and os.path.exists(f"{self._sessions}/{name}{SUFFIX}"):
            self.put(profile, entry, name)

    def put(self, profile: str, entry: str, name: str) -> None:
        """Adds the session of this name."""
        user_dirs.inner(self._used)
        user_dirs.inner(f"{self._used}/{ticket.folder(profile)}")
        atomic_files.write(
            f"{self._used}/{ticket.folder(profile)}/{name}", os.fsencode(f"{entry}\n{profile}\n")
        )

    def live(self, now: float) -> list[Live]:
        """The sessions that have not expired, by profile and expiry."""
        there = set(names(self._sessions))
        found = []
        for folder, name in self._all():
            digest, expires = session.parts(name)
            if expires > now and name + SUFFIX in there:
                profile = ticket.profile_of(folder) or (self._text(folder, name) or ("", ""))[1]
                found.append(Live(profile, digest, expires))
        return sorted(found, key=lambda live: (live.profile, live.expires))

    def _all(self) -> Iterator[tuple[str, str]]:
        for folder in names(self._used):
            for name in names(f"{self._used}/{folder}"):
                yield folder, name

    def _text(self, folder: str, name: str) -> tuple[str, str] | None:
        """Entry and profile of a session; None if it cannot be read."""
        path = f"{self._used}/{folder}/{name}"
        if not user_dirs.file(path):
            return None
        try:
            with open(path, "rb") as file:
                entry, _, profile = os.fsdecode(file.read(4096)).partition("\n")
        except OSError:
            return None
        return entry, profile.rstrip("\n")

    def drop(self, profile: str) -> int:
        """Removes a profile's sessions and ticket; returns the number of sessions.

        Raises:
            Trouble: one of them still exists.
        """
        folder = ticket.folder(profile)
        no_follow.remove(self._cache, "tickets", folder)
        gone = self._unlink(_listed(f"{self._used}/{folder}"))
        no_follow.remove(self._cache, "used", folder)
        return gone

    def drop_entry(self, entry: str) -> int:
        """Removes all sessions that may come from a key, and all tickets; returns the number of sessions.

        A session outside the index may come from any key. New tickets are made from sessions, without a call.

        Raises:
            Trouble: one of them still exists.
        """
        entries: dict[str, set[str]] = {}
        for folder, name in self._all():
            if text := self._text(folder, name):
                entries.setdefault(name, set()).add(text[0])
        no_follow.remove(self._cache, "tickets")
        return self._unlink([name for name in self._names() if entry in entries.get(name, {entry})])

    def drop_all(self) -> int:
        """Removes everything; returns the number of sessions.

        Raises:
            Trouble: one of them still exists.
        """
        no_follow.remove(self._cache, "tickets")
        gone = self._unlink(self._names())
        for kind in ("sessions", "used"):
            no_follow.remove(self._cache, kind)
        return gone

    def _names(self) -> list[str]:
        return [name.removesuffix(SUFFIX) for name in _listed(self._sessions)]

    def _unlink(self, sessions: list[str]) -> int:
        gone = no_follow.unlink((f"{name}{SUFFIX}" for name in sessions), self._cache, "sessions")
        stuck = [name for name in sessions if os.path.lexists(f"{self._sessions}/{name}{SUFFIX}")]
        if stuck:
            raise Trouble(f"cannot remove {len(stuck)} of them from {self._sessions}")
        return gone

    def sweep(self, now: float) -> bool:
        """Removes expired files, once an hour, in a run that writes; returns whether it was due."""
        clock = f"{self._cache}/swept"
        with suppress(OSError):
            if 0 <= now - os.stat(clock).st_mtime < SWEEP:  # ignore a time in the future
                return False
        atomic_files.write(clock, b"")
        for kind in ("tickets", "used"):
            for name in names(f"{self._cache}/{kind}"):
                _sweep(now, self._cache, kind, name)
                with suppress(OSError), no_follow.opened(self._cache, kind) as folder:
                    os.rmdir(name, dir_fd=folder)  # only if it is empty
        _sweep(now, self._cache, "sessions")
        return True


def _sweep(now: float, *path: str) -> None:
    with suppress(OSError), no_follow.opened(*path) as folder:
        for name in os.listdir(folder):
            with suppress(OSError):
                expired = (session.parts(name)[1] or ticket.expiry(name)) <= now
                if expired and not _being_written(name, folder, now):
                    os.unlink(name, dir_fd=folder)


def _being_written(name: str, folder: int, now: float) -> bool:
    """Whether it is a temporary file of a live run; an old one was left by a killed run."""
    return name.startswith(atomic_files.LEFTOVER) and os.lstat(name, dir_fd=folder).st_mtime > now - SWEEP


def _listed(folder: str) -> list[str]:
    """The names in a directory of sessions; none if it does not exist.

    Raises:
        Trouble: it cannot be read, so its content is unknown.
    """
    try:
        return os.listdir(folder)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise user_dirs.trouble(folder, error) from None


def names(folder: str) -> list[str]:
    """The names in a directory; none if it does not exist or cannot be read."""
    try:
        return os.listdir(folder)
    except OSError:
        return []
