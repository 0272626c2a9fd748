"""Collects facts about the store; writes nothing."""

from __future__ import annotations

import os
from collections import Counter
from shutil import which
from typing import TYPE_CHECKING, NamedTuple

from pass_aws.doctor import facts_gpg
from pass_aws.doctor.facts_store import Entry, Repository, Store
from pass_aws.errors import UserError
from pass_aws.gpg.status import decrypted
from pass_aws.keys import journal
from pass_aws.store import entry, entry_names, git, location, recipients, repository
from pass_aws.store import store as door

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pass_aws.doctor.collect_gpg import Ring
    from pass_aws.store.store import Store as Opened

MOST_OPENED = 32
"""The number of entries that are decrypted if the user names none: each starts a gpg."""
MOST_COMMITS = 500
BEGUN = ("Begin rotation of ", "Resume rotation of ", "Add new key to ", "Use new key of ")
"""The first words of commits of an unfinished rotation."""


class Seen(NamedTuple):
    """The state of the store.

    Args:
        opened: the door to it.
        names: of all entries below the prefix.
        keys: those of them that are keys.
        own_ids: the directories below the prefix that have a `.gpg-id`.
    """

    opened: Opened
    names: Sequence[str]
    keys: Sequence[str]
    own_ids: Sequence[str]

    @property
    def folders(self) -> Counter[str]:
        """The directories of our entries, each with their number; also those that will have entries."""
        found = Counter(self.opened.label(name).rpartition("/")[0] for name in self.names)
        for folder in (self.opened.prefix, *self.own_ids):
            found[folder] += 0
        return found


def seen(env: Mapping[str, str], known: Ring) -> Seen:
    """The state of the store.

    Raises:
        UserError: there is no HOME that it could be in.
    """
    opened = door.Store(location.root(env), location.prefix(env), known.gpg, env, lambda _: None)
    names = opened.names()
    keys = [name for name in names if entry_names.is_key(name)]
    return Seen(opened, names, keys, sorted(_own_ids(opened.root, opened.prefix)))


def _own_ids(root: str, prefix: str) -> Iterator[str]:
    for folder, inner, files in os.walk(f"{root}/{prefix}"):
        inner[:] = [name for name in inner if not name.startswith(".")]
        if ".gpg-id" in files:
            yield folder.removeprefix(f"{root}/")


def facts(there: Seen, wanted: Iterable[str], known: Ring, env: Mapping[str, str], now: float) -> Store:
    """The facts about the store.

    Args:
        there: the store.
        wanted: names of profiles whose entries are opened; all, or none of too many, if empty.
        known: gpg.
        env: the caller's.
        now: Unix seconds.
    """
    store = there.opened
    has_git = which("git", path=env.get("PATH", "")) is not None
    quiet = {**env, "GIT_OPTIONAL_LOCKS": "0"}
    tops = _tops(there)
    repositories = [_repository(top, store, quiet, now) for top in tops] if has_git else []
    names = [name for name in wanted if name in set(there.keys)] or list(there.keys)
    opened = _opened(there, names, known) if wanted or len(names) <= MOST_OPENED else {}
    begun = (
        {entry.name: entry for entry in _begun(there, tops, quiet) if entry.name in names} if has_git else {}
    )
    looked = {**{name: found for name, found in begun.items() if name not in opened}, **opened}
    return Store(
        store.root,
        store.prefix,
        _trouble(store),
        is_there=os.path.isdir(store.root),
        can_be_read=os.access(store.root, os.R_OK | os.X_OK),
        entries=len(there.keys),
        opened=len(opened),
        looked_into=tuple(one for one in looked.values() if one.rotation or one.swapped or one.trouble),
        repositories=tuple(repositories),
        has_git=has_git,
        needs_git=bool(tops),
    )


def _trouble(store: Opened) -> str:
    try:
        return "" if store.env.get("PASSWORD_STORE_KEY") else _named(store)
    except UserError as error:
        return str(error)


def _named(store: Opened) -> str:
    path = recipients.nearest(store.root, store.prefix, store.gpg)
    with open(path, "rb") as file:
        ids = recipients.read(file.read())
    return "" if ids else recipients.empty(path)


def _tops(there: Seen) -> list[str]:
    """The work trees of our entries, without symlinks."""
    root = os.path.realpath(there.opened.root)
    folders = (os.path.realpath(f"{there.opened.root}/{folder}") for folder in there.folders)
    return list(
        dict.fromkeys(top for folder in (root, *folders) if (top := git.work_tree(f"{folder}/x", root)))
    )


def _repository(top: str, store: Opened, env: Mapping[str, str], now: float) -> Repository:
    root = os.path.realpath(store.root)
    opened = repository.Repository(top, root, env)
    waiting = opened.unfinished()
    ours = os.path.realpath(f"{store.root}/{store.prefix}")
    inside = os.path.relpath(ours, top) if f"{ours}/".startswith(f"{top}/") else "."
    ids = (":(top,glob)**/.gpg-id", ":(top,glob)**/.gpg-id.sig")
    where = (f":(top,literal){inside}", *ids) if inside != "." else ()
    _, status = opened.asked("status", "--porcelain", "-z", "--no-renames", "-uall", "--", *where)
    _, place = opened.asked("rev-parse", "--git-path", "index.lock")
    lock = os.path.join(top, os.fsdecode(place.rstrip(b"\n")))
    return Repository(
        top,
        is_root=top == root,
        under_way=waiting.what,
        conflicts=len(waiting.sides),
        uncommitted=tuple(os.fsdecode(line[3:]) for line in status.split(b"\0") if line),
        lock=lock if place and os.path.exists(lock) else "",
        lock_age=now - os.stat(lock).st_mtime if place and os.path.exists(lock) else 0,
        has_identity=opened.asked("var", "GIT_COMMITTER_IDENT")[0],
        has_remote=bool(opened.asked("remote")[1]),
    )


def _opened(there: Seen, names: Iterable[str], known: Ring) -> dict[str, Entry]:
    """The contents of entries that can be decrypted without a prompt."""
    if known.agent not in (facts_gpg.OPEN, facts_gpg.RESTRICTED):
        return {}
    silent = () if known.agent == facts_gpg.RESTRICTED else ("--pinentry-mode", "error")
    found = {}
    for name in names:
        path = there.opened.path(name)
        ran = (
            known.gpg.run(*silent, "--max-output", str(1 << 20), "-d", "--", path)
            if os.path.isfile(path)
            else None
        )
        if ran and decrypted(ran.status, ran.code):
            found[name] = _inside(ran.out, name)
    return found


def _inside(text: bytes, name: str) -> Entry:
    try:
        written_for = entry.named(text, name)
        if written_for != entry_names.clean(name):
            return Entry(name, swapped=written_for)
        rotation = journal.read(entry.parse(text, name), name)
    except entry.ForeignEntryError:  # a password, where the prefix is the store's root
        return Entry(name)
    except UserError as error:
        return Entry(name, trouble=str(error))
    return Entry(name, rotation=rotation.state if rotation and rotation.state != journal.INACTIVE else "")


def _begun(there: Seen, tops: Iterable[str], env: Mapping[str, str]) -> Iterable[Entry]:
    """Entries whose last commit belongs to an unfinished rotation."""
    root = os.path.realpath(there.opened.root)
    last: dict[str, str] = {}
    for top in tops:
        words = ("log", f"-{MOST_COMMITS}", "--format=%x01%s", "-z", "--name-only")
        for commit in repository.Repository(top, root, env).asked(*words)[1].split(b"\x01")[1:]:
            subject, *names = (
                os.fsdecode(word).strip("\n") for word in commit.split(b"\0") if word.strip(b"\n")
            )
            for name in names:
                last.setdefault(f"{top}/{name}", subject)
    base = os.path.realpath(f"{there.opened.root}/{there.opened.prefix}")
    for path, subject in last.items():
        if subject.startswith(BEGUN) and path.startswith(f"{base}/"):
            yield Entry(
                path.removeprefix(f"{base}/").removesuffix(".gpg"), rotation="its last commit says so"
            )
