"""Searches the text of profiles for a setting; parsing and checking ten thousand of them takes seconds."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pass_aws.config.body import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pass_aws.config.profiles import Profiles

    Known = dict[str, tuple[bool, list[str]]]

_LINK = re.compile(r"((?:source|include)_profile)\s*[=:](.*)", re.IGNORECASE)


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
            further = [plain(link[1], link[2].strip()) for link in _LINK.finditer(text)]
            known[near] = key in text.lower(), further
        mentions, further = known[near]
        if mentions:
            return True
        chain += [one for one in further if one not in chain]
    return False
