"""Facts about the store, and about permissions."""

from __future__ import annotations

from typing import NamedTuple

from pass_aws.text.quoting import command


class Repository(NamedTuple):
    """A git repository of the store.

    Args:
        top: of its work tree.
        is_root: it is the whole store, where `pass git` works.
        under_way: `merge`, `rebase`, `cherry-pick`, or empty.
        conflicts: the number of paths in conflict.
        uncommitted: our changed entries and `.gpg-id` files that are not committed, relative to the top.
        lock: the path of an index.lock.
        lock_age: its age in seconds.
        has_identity: git has a name and email address for commits.
        has_remote: it has a remote.
    """

    top: str
    is_root: bool = True
    under_way: str = ""
    conflicts: int = 0
    uncommitted: tuple[str, ...] = ()
    lock: str = ""
    lock_age: float = 0
    has_identity: bool = True
    has_remote: bool = False

    def git(self, *words: str) -> str:
        """A git command in this repository."""
        return command("pass", "git", *words) if self.is_root else command("git", "-C", self.top, *words)


class Entry(NamedTuple):
    """A stored key.

    Args:
        name: of the profile.
        rotation: the state of an unfinished rotation; empty if there is none.
        swapped: the name that it was written for, if it differs.
        trouble: why it is not a key; empty if it is a key, or was not decrypted.
    """

    name: str
    rotation: str = ""
    swapped: str = ""
    trouble: str = ""


class Store(NamedTuple):
    """The facts about the store.

    Args:
        root: its path.
        prefix: the directory of our entries in it.
        trouble: why it cannot be used; empty if it can.
        is_there: the directory exists.
        can_be_read: the directory can be listed.
        entries: the number of stored keys.
        opened: the number of entries that were decrypted.
        looked_into: entries with a problem.
        repositories: the git repositories in it.
        has_git: git is on PATH.
        needs_git: the store is a repository.
    """

    root: str = ""
    prefix: str = ""
    trouble: str = ""
    is_there: bool = False
    can_be_read: bool = True
    entries: int = 0
    opened: int = 0
    looked_into: tuple[Entry, ...] = ()
    repositories: tuple[Repository, ...] = ()
    has_git: bool = True
    needs_git: bool = False


GROUP_WRITES, OTHERS_WRITE, ANYBODY_ELSE = 0o020, 0o002, 0o077


class Place(NamedTuple):
    """A directory or file.

    Args:
        path: absolute.
        mode: permission bits.
        is_ours: it belongs to this user.
        is_private: other users must not read it, either.
    """

    path: str
    mode: int
    is_ours: bool = True
    is_private: bool = False

    @property
    def writable(self) -> bool:
        """Whether other users can write to it."""
        return bool(self.mode & (GROUP_WRITES | OTHERS_WRITE))


class Closed(NamedTuple):
    """The cache or state directory, if we cannot make it or write to it.

    Args:
        path: of the directory.
        at: the nearest path that exists.
        variable: the name of the variable that chooses another directory.
        is_set: the variable is set.
        is_locked: `at` is a directory of this user without permission for its owner to write to it.
        is_home: `at` is in this user's home directory.
    """

    path: str
    at: str
    variable: str
    is_set: bool
    is_locked: bool = False
    is_home: bool = False


class Places(NamedTuple):
    """The existing places.

    Args:
        gpg: gpg's home directory.
        store: the store, its `.gpg-id` files, our entries and their directories.
        aws: the AWS files and their directories.
        own: cache and state of pass aws, and the seal.
        closed: of cache and state, those that cannot be used.
        same: the state directory is inside the cache.
    """

    gpg: tuple[Place, ...] = ()
    store: tuple[Place, ...] = ()
    aws: tuple[Place, ...] = ()
    own: tuple[Place, ...] = ()
    closed: tuple[Closed, ...] = ()
    same: bool = False
