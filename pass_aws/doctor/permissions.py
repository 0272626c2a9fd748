"""Checks who can write to the directories and files of pass aws."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pass_aws.doctor.facts_store import ANYBODY_ELSE, OTHERS_WRITE, Closed, Place
from pass_aws.doctor.finding import Finding, fail, ok, warn
from pass_aws.text.quoting import command

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pass_aws.doctor.facts import Facts

SHOWN = 5
"""Paths in one command; if there are more, it names the directory."""


def gpg_home(facts: Facts) -> Iterator[Finding]:
    """Only its owner can use gpg's home directory."""
    yield from _judged("gpg-home", "gpg's directory", facts.places.gpg, "your secret keys are in it", facts)


def store(facts: Facts) -> Iterator[Finding]:
    """Only the user can write to the store."""
    why = "a process that can write there chooses who can read your keys, and which key you use"
    yield from _judged("store-permissions", "the store", facts.places.store, why, facts)


def aws_files(facts: Facts) -> Iterator[Finding]:
    """Only the user can write to the AWS files."""
    why = "a line in the config file can run any program as you"
    yield from _judged("config-permissions", "the AWS files", facts.places.aws, why, facts)


def own(facts: Facts) -> Iterator[Finding]:
    """Only this user can use cache and state."""
    why = "sessions are not cached there, so each command takes longer and asks again"
    yield from _judged("cache-permissions", "cache and state", facts.places.own, why, facts)
    if facts.places.same:
        unset = facts.person.unset("XDG_STATE_HOME", "XDG_CACHE_HOME")
        yield warn("cache-permissions", "the state directory is inside the cache", why, unset)


def usable(facts: Facts) -> Iterator[Finding]:
    """This user can write to cache and state; a directory of another user is reported by `own`."""
    foreign = [place.path for place in facts.places.own if not place.is_ours]
    closed = [one for one in facts.places.closed if one.path not in foreign]
    for one in closed:
        at = "" if one.at == one.path else f" because of {one.at}"
        why = "sessions are not cached, so each command takes longer and asks again"
        yield fail("cache-writable", f"cannot write to {one.path}{at}", why, _opening(one, facts))
    if not closed:
        yield ok("cache-writable", "cache and state: you can write there")


def _opening(one: Closed, facts: Facts) -> str:
    """The command that makes a directory writable, or chooses another."""
    if one.is_locked:
        return command("chmod", "u+rwx", "--", one.at)
    if one.is_set:
        return facts.person.unset(one.variable)
    if one.is_home:
        return facts.person.as_root("chown", "-R", facts.person.uid, "--", one.at)
    return facts.person.set_now(one.variable, f"/tmp/{one.variable}-{facts.person.uid}")  # noqa: S108


def _judged(check: str, what: str, places: tuple[Place, ...], why: str, facts: Facts) -> Iterator[Finding]:
    foreign = [place.path for place in places if not place.is_ours]
    if foreign:
        fix = facts.person.as_root("chown", "-R", facts.person.uid, "--", *foreign[:SHOWN])
        yield fail(check, f"{_named(foreign)} belongs to another user", why, fix)
    writable = [place for place in places if place.is_ours and place.writable and not place.is_private]
    if writable:
        paths = [place.path for place in writable]
        fix = command("chmod", "go-w", "--", *paths[:SHOWN])
        if len(paths) > SHOWN:
            fix = command("chmod", "-R", "go-w", "--", places[0].path)
        yield _graver(writable)(check, f"{_named(paths)} can be written by others", why, fix)
    opened = [place for place in places if place.is_ours and place.is_private and place.mode & ANYBODY_ELSE]
    if opened:
        paths = [place.path for place in opened]
        yield _graver(opened)(
            check, f"{_named(paths)} is open to others", why, command("chmod", "go-rwx", "--", *paths)
        )
    if places and not (foreign or writable or opened):
        yield ok(check, f"{what}: only you can write there")


def _graver(places: list[Place]) -> Callable[[str, str, str, str], Finding]:
    """A failure if everybody can write; a warning for a group, which may be a trusted team."""
    return fail if any(place.mode & OTHERS_WRITE for place in places) else warn


def _named(paths: list[str]) -> str:
    more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
    return f"{paths[0]}{more}"
