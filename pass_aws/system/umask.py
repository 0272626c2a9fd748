"""PASSWORD_STORE_UMASK, in any form that bash's `umask` accepts."""

from __future__ import annotations

import re

STRICT = 0o077
SHARES = {"u": 0o700, "g": 0o070, "o": 0o007, "a": 0o777}
RIGHTS = {"r": 0o444, "w": 0o222, "x": 0o111}
_CLAUSE = re.compile(r"([ugoa]*)([=+-])([rwx]*)")


def mask(text: str, current: int) -> int:
    """The file mode mask.

    Args:
        text: octal digits, or clauses such as `u=rwx,g=rx,o=` for the permissions to allow; empty means 077.
        current: the current mask, which `+` and `-` change; an invalid text leaves it unchanged, as in bash.
    """
    if not text:
        return STRICT
    if re.fullmatch("[0-7]{1,4}", text):
        return int(text, 8) & 0o777
    allowed = 0o777 & ~current
    for clause in text.split(","):
        match = _CLAUSE.fullmatch(clause)
        if not match:
            return current
        share = sum({SHARES[who] for who in match[1]}) & 0o777 if match[1] and "a" not in match[1] else 0o777
        rights = sum({RIGHTS[right] for right in match[3]}) & share
        keep = allowed & ~share if match[2] == "=" else allowed
        allowed = keep & ~rights if match[2] == "-" else keep | rights
    return 0o777 & ~allowed
