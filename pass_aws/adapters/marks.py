"""Which profile and which key a cached session is of: small plain files, to list and drop without gpg.

Anybody who can write the cache can forge them, so they are trusted for nothing else.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from pass_aws.adapters import disk, private
from pass_aws.rules import session, ticket

if TYPE_CHECKING:
    from collections.abc import Iterator

SUFFIX = ".gpg"
SWEEP = 3600
"""Seconds between two searches for what has expired."""


class Live(NamedTuple):
    """A session that has not expired: for whom, the digest of its request, and its end in Unix seconds."""

    profile: str
    digest: str
    expires: int


class Marks:
    """The marks below a cache folder: `used/<profile>/<digest>-<expires>`, holding the entry's name.

    Args:
        cache: the folder.
    """

    def __init__(self, cache: str) -> None:
        self._cache = cache
        self._sessions, self._tickets, self._used = (f"{cache}/{n}" for n in ("sessions", "tickets", "used"))

    def put(self, profile: str, entry: str, name: str) -> None:
        """Marks the session of this name."""
        private.folder(self._used)
        private.folder(f"{self._used}/{ticket.folder(profile)}")
        disk.write(f"{self._used}/{ticket.folder(profile)}/{name}", os.fsencode(f"{entry}\n{profile}\n"))

    def live(self, now: float) -> list[Live]:
        """The sessions that have not expired, by profile and expiry."""
        there = set(names(self._sessions))
        found = []
        for folder, name in self._all():
            digest, expires = session.parts(name)
            if expires > now and name + SUFFIX in there:
                profile = ticket.profile_of(folder) or self._text(folder, name)[1]
                found.append(Live(profile, digest, expires))
        return sorted(found, key=lambda live: (live.profile, live.expires))

    def _all(self) -> Iterator[tuple[str, str]]:
        for folder in names(self._used):
            for name in names(f"{self._used}/{folder}"):
                yield folder, name

    def _text(self, folder: str, name: str) -> tuple[str, str]:
        """Entry and profile of a mark; empty where it cannot be read."""
        try:
            with open(f"{self._used}/{folder}/{name}", "rb") as file:
                entry, _, profile = os.fsdecode(file.read(4096)).partition("\n")
        except OSError:
            return "", ""
        return entry, profile.rstrip("\n")

    def drop(self, profile: str) -> int:
        """Removes a profile's sessions and ticket; returns how many sessions."""
        folder = ticket.folder(profile)
        gone = self._unlink(names(f"{self._used}/{folder}"))
        shutil.rmtree(f"{self._used}/{folder}", ignore_errors=True)
        shutil.rmtree(f"{self._tickets}/{folder}", ignore_errors=True)
        return gone

    def drop_entry(self, entry: str) -> int:
        """Removes every session that may come from a key, and all tickets; returns how many sessions.

        A session without a mark may come from anywhere. Tickets are made again from sessions, without a call.
        """
        marked = {name: self._text(folder, name)[0] for folder, name in self._all()}
        sessions = [name.removesuffix(SUFFIX) for name in names(self._sessions)]
        shutil.rmtree(self._tickets, ignore_errors=True)
        return self._unlink([name for name in sessions if marked.get(name, entry) == entry])

    def drop_all(self) -> int:
        """Removes everything; returns how many sessions."""
        gone = self._unlink([name.removesuffix(SUFFIX) for name in names(self._sessions)])
        for folder in (self._sessions, self._tickets, self._used):
            shutil.rmtree(folder, ignore_errors=True)
        return gone

    def _unlink(self, sessions: list[str]) -> int:
        gone = 0
        for name in sessions:
            with suppress(OSError):
                os.unlink(f"{self._sessions}/{name}{SUFFIX}")
                gone += 1
        return gone

    def sweep(self, now: float) -> None:
        """Removes what has expired; once an hour, by the run that writes something."""
        clock = f"{self._cache}/swept"
        with suppress(OSError):
            if now - os.stat(clock).st_mtime < SWEEP:
                return
        disk.write(clock, b"")
        for folder in (self._tickets, self._used):
            for inner in names(folder):
                _sweep(f"{folder}/{inner}", now)
                with suppress(OSError):  # not empty
                    os.rmdir(f"{folder}/{inner}")
        _sweep(self._sessions, now)


def _sweep(folder: str, now: float) -> None:
    for name in names(folder):
        path = f"{folder}/{name}"
        with suppress(OSError):
            if (session.parts(name)[1] or ticket.expiry(name)) <= now and not _being_written(path, now):
                os.unlink(path)


def _being_written(path: str, now: float) -> bool:
    """A temporary file of another run; an old one was left by a run that was killed."""
    return os.path.basename(path).startswith(disk.LEFTOVER) and os.lstat(path).st_mtime > now - SWEEP


def names(folder: str) -> list[str]:
    """The names in a folder; none if it is not there or cannot be read."""
    try:
        return os.listdir(folder)
    except OSError:
        return []
