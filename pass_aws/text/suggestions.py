"""Suggests the known word that is nearest to a mistyped one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def to(word: str, known: Iterable[str]) -> str:
    """The known word nearest to `word` in any case, or empty."""
    from difflib import get_close_matches

    names = {name.casefold(): name for name in known}
    found = get_close_matches(word.casefold(), list(names), n=1, cutoff=0.6)
    return names[found[0]] if found else ""


def hint(word: str, known: Iterable[str], otherwise: str) -> str:
    """`did you mean …`, or `otherwise` if no known word is near."""
    found = to(word, known)
    return f"did you mean {found}" if found else otherwise
