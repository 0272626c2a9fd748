"""Checks the store, its git repositories, and unfinished operations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pass_aws.doctor.finding import Finding, fail, ok, warn
from pass_aws.doctor.fixes import pass_init
from pass_aws.doctor.recipients import NEW_KEY
from pass_aws.text.quoting import command

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pass_aws.doctor.facts import Facts
    from pass_aws.doctor.facts_store import Repository, Store

STALE = 60
"""Seconds after which a lock of git's index is reported."""
NAMED = 20
"""Paths in one command; if there are more, it names the whole directory."""


def initialised(facts: Facts) -> Iterator[Finding]:
    """The store exists, and has recipients."""
    store = facts.store
    why = "no key can be stored"
    begin = pass_init("", facts.own_keys[:1]) if facts.own_keys else NEW_KEY
    if not store.is_there:
        yield fail("store", f"there is no password store at {store.root}", why, begin)
    elif not store.can_be_read:
        own = facts.person.as_root("chown", "-R", facts.person.uid, "--", store.root)
        yield fail("store", f"cannot read the password store {store.root}", "no key can be used", own)
    elif store.trouble:
        yield fail("store", store.trouble, why, begin)
    else:
        count = f"{store.entries} key{'s' * (store.entries != 1)}"
        yield ok("store", f"{count} in {store.root}{'/' * bool(store.prefix)}{store.prefix}")


def history(facts: Facts) -> Iterator[Finding]:
    """Git can commit the next change, and has committed the last."""
    store = facts.store
    if store.needs_git and not store.has_git:
        why = "changes are not committed, so other machines do not get them"
        yield fail(
            "git", "the store is a git repository, but git is not on PATH", why, facts.person.install("git")
        )
        return
    for one in store.repositories:
        found = list(_repository(one, store))
        yield from found
        if not found:
            remote = "with a remote" if one.has_remote else "without a remote, which is fine"
            yield ok("git", f"{one.top}: everything is committed, {remote}")
    if store.is_there and not store.repositories:
        yield ok("git", "the store is not a git repository, which is fine")


def _repository(one: Repository, store: Store) -> Iterator[Finding]:
    why = "entries cannot be changed until it is finished"
    if one.under_way:
        conflict = f", {one.conflicts} in conflict" if one.conflicts else ""
        look = f"{why} ({one.git('status')} shows how); or undo it"
        yield fail(
            "git",
            f"a {one.under_way} is unfinished in {one.top}{conflict}",
            look,
            one.git(one.under_way, "--abort"),
        )
    elif one.conflicts:
        found = f"{one.conflicts} file{'s are' if one.conflicts > 1 else ' is'} in conflict in {one.top}"
        yield fail("git", found, f"{why}; or go back to the last commit", one.git("reset", "--merge"))
    if one.lock and one.lock_age > STALE:
        why = "git cannot commit; if no git is running, a killed one left the file"
        yield warn("git", f"git's index is locked by {one.lock}", why, command("rm", "--", one.lock))
    if not one.has_identity:
        name = one.git("config", "user.name", "Your Name")
        fix = f"{name} && {one.git('config', 'user.email', 'you@example.com')}"
        yield fail(
            "git",
            f"git has no name and email address for commits in {one.top}",
            "changes are not committed",
            fix,
        )
    if one.uncommitted and not (one.under_way or one.conflicts):
        yield _uncommitted(one, store)


def _uncommitted(one: Repository, store: Store) -> Finding:
    paths: Sequence[str] = one.uncommitted
    if len(paths) > NAMED:
        ours = one.is_root and store.prefix and all(path.startswith(f"{store.prefix}/") for path in paths)
        paths = (store.prefix if ours else ".",)
    add, message = one.git("add", "-A", "--", *paths), "Add what was not committed."
    fix = f"{add} && {one.git('commit', '-m', message, '--', *paths)}"
    more = f" and {len(one.uncommitted) - 1} more" if len(one.uncommitted) > 1 else ""
    found = f"not committed in {one.top}: {one.uncommitted[0]}{more}"
    return warn("git", found, "a git remote, and the machines that pull from it, do not have it", fix)


def entries(facts: Facts) -> Iterator[Finding]:
    """No rotation or move is unfinished."""
    store = facts.store
    for one in store.looked_into:
        if one.rotation:
            why = "two keys may be valid, or the old one is still in use"
            fix = command("pass", "aws", "rotate", one.name, "--resume")
            yield warn("entries", f"the rotation of {one.name} is unfinished ({one.rotation})", why, fix)
        elif one.swapped:
            why = "it was moved by another program, or swapped; pass aws refuses to use it"
            fix = command("pass", "aws", "move", "--repair", one.name)
            yield fail("entries", f"the entry {one.name} was written for {one.swapped}", why, fix)
        elif one.trouble:
            fix = command("pass", "aws", "add", one.name, "--force")
            yield fail("entries", one.trouble, "the profile has no key; store it again", fix)
    if store.entries and not store.looked_into:
        looked = f"{store.opened} of {store.entries} decrypted" if store.opened else "none decrypted"
        yield ok("entries", f"no unfinished rotation or move ({looked}; pass aws audit reads all)")
