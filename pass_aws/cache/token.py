"""The text of stored sign-in tokens, their names, and the notes next to them."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

HEX = frozenset("0123456789abcdef")
SSO, LOGIN = "Identity Center", "aws login"
"""The two kinds of sign-ins."""


class SignIn(NamedTuple):
    """A sign-in for lists, without secrets.

    Args:
        digest: of its target; it is in the file names.
        kind: SSO or LOGIN.
        name: of the sso-session or, without one, the start URL; for LOGIN the identity's ARN.
        start_url: empty for LOGIN.
        region: of its endpoints.
        expires: of its access token or credentials, Unix seconds.
        refreshable: whether they are renewed without the user.
    """

    digest: str
    kind: str
    name: str
    start_url: str
    region: str
    expires: int
    refreshable: bool


def digest_of(*fields: str) -> str:
    """The digest of a sign-in's target, from everything that identifies it."""
    return sha256("".join(f"{len(field)}:{field}," for field in fields).encode()).hexdigest()


def is_digest(name: str) -> bool:
    """Whether a file name has the form of a sign-in's digest."""
    return len(name) == 64 and HEX.issuperset(name)


def _head(seal: str, digest: str) -> list[str]:
    return ["pass-aws token 1", f"seal: {seal}", f"digest: {digest}"]


def render(fields: Mapping[str, str], seal: str, digest: str) -> str:
    """The text of a token.

    Args:
        fields: names and values of one line each.
        seal: 64 hex digits.
        digest: of the sign-in's target.

    Raises:
        ValueError: a value has more than one line.
    """
    if any("\n" in value for value in fields.values()):
        raise ValueError("a field has more than one line")
    body = [f"{name}: {value}" for name, value in fields.items()]
    return "\n".join([*_head(seal, digest), *body, "end", ""])


def read(text: str, *, seal: str, digest: str) -> dict[str, str] | None:
    """The fields of a token; None for a text of another seal or digest."""
    head, lines = _head(seal, digest), text.split("\n")
    if lines[: len(head)] != head or lines[-2:] != ["end", ""] or len(lines) < len(head) + 2:
        return None
    pairs = [line.partition(": ") for line in lines[len(head) : -2]]
    return {name: value for name, colon, value in pairs if colon}


def note(one: SignIn) -> str:
    """The plain note next to a token, for lists."""
    return "".join(f"{value}\n" for value in (*one[1:5], one.expires, int(one.refreshable)))


def noted(digest: str, text: str) -> SignIn | None:
    """Reads such a note; None if it is invalid. Notes can be forged."""
    lines = text.split("\n")
    if len(lines) != 7 or lines[0] not in (SSO, LOGIN) or not lines[4].isdecimal() or len(lines[4]) > 12:
        return None
    kind, name, start_url, region, expires, refreshable = lines[:6]
    return SignIn(digest, kind, name, start_url, region, int(expires), refreshable == "1")
