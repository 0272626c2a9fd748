"""Searches the text of profiles for a setting; parsing and checking ten thousand of them takes seconds."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pass_aws.config.body import plain
from pass_aws.text.quoting import split

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pass_aws.config.profiles import Profiles

    Known = dict[str, tuple[bool, list[str]]]

_LINK = re.compile(r"((?:source|include)_profile)\s*[=:](.*)", re.IGNORECASE)
_OWN_PROCESS = re.compile(r"credential-process['\"]?\s+(.*)")
"""A `credential_process` that runs pass aws: the profile that it names is the source."""


def find_profiles(key: str, names: Iterable[str], files: Sequence[Profiles]) -> list[str]:
    """The profiles that may have a value for a key, in their chain or from `[default]`.

    No profile that has one is missing. One that only seems to have it may be included: a comment counts.

    Args:
        key: in lower case.
        names: of the profiles to look at.
        files: the config file and the credentials file.
    """
    known: Known = {}
    return [name for name in names if _mentioned(key, name, files, known)]


def _mentioned(key: str, name: str, files: Sequence[Profiles], known: Known) -> bool:
    """Whether the text of a profile, of `[default]`, or of a source or included profile has the key."""
    chain = [name, "default"]
    for near in chain:
        if near not in known:
            text = "\n".join(file.text(near) for file in files)
            known[near] = key in text.lower(), list(_links(text))
        mentions, further = known[near]
        if mentions:
            return True
        chain += [one for one in further if one not in chain]
    return False


def _links(text: str) -> Iterator[str]:
    """The profiles that a section's text names, and perhaps other words."""
    for link in _LINK.finditer(text):
        yield plain(link[1], link[2].strip())
    for line in _OWN_PROCESS.finditer(text):
        yield from _words(line[1])


def _words(line: str) -> list[str]:
    """The words of a command line; shlex, which is slow, is used only for quotes."""
    try:
        return split(line) if any(mark in line for mark in "'\"\\") else line.split()
    except ValueError:  # a quote is not closed; the plan of the profile reports it
        return []
