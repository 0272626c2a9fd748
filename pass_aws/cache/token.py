"""What the tokens of sign-ins say at rest, and the names and notes beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

HEX = frozenset("0123456789abcdef")
SSO, LOGIN = "Identity Center", "aws login"
"""The two kinds of sign-ins."""


class SignIn(NamedTuple):
    """A sign-in as lists show it, without any secret.

    Args:
        digest: of what it is for; names the files.
        kind: SSO or LOGIN.
        name: of the sso-session or, without one, the start URL; for LOGIN the identity's ARN.
        start_url: empty for LOGIN.
        region: of its endpoints.
        expires: when its access token or credentials end, Unix seconds.
        refreshable: whether they are renewed without a person.
    """

    digest: str
    kind: str
    name: str
    start_url: str
    region: str
    expires: int
    refreshable: bool


def is_digest(name: str) -> bool:
    """Whether a file name can be the digest of a sign-in."""
    return len(name) == 64 and HEX.issuperset(name)


def _head(seal: str, digest: str) -> list[str]:
    return ["pass-aws token 1", f"seal: {seal}", f"digest: {digest}"]


def render(fields: Mapping[str, str], seal: str, digest: str) -> str:
    """The text of a token.

    Args:
        fields: names and values, each one line.
        seal: 64 hex digits.
        digest: of what the sign-in is for.

    Raises:
        ValueError: a value has more than one line.
    """
    if any("\n" in value for value in fields.values()):
        raise ValueError("a field has more than one line")
    body = [f"{name}: {value}" for name, value in fields.items()]
    return "\n".join([*_head(seal, digest), *body, "end", ""])


def read(text: str, *, seal: str, digest: str) -> dict[str, str] | None:
    """The fields of a token; None for a text that was not made for exactly this."""
    head, lines = _head(seal, digest), text.split("\n")
    if lines[: len(head)] != head or lines[-2:] != ["end", ""] or len(lines) < len(head) + 2:
        return None
    pairs = [line.partition(": ") for line in lines[len(head) : -2]]
    return {name: value for name, colon, value in pairs if colon}


def note(one: SignIn) -> str:
    """The plain lines beside a token, for lists."""
    return "".join(f"{value}\n" for value in (*one[1:5], one.expires, int(one.refreshable)))


def noted(digest: str, text: str) -> SignIn | None:
    """What such lines say; None where they are not ours. They can be forged."""
    lines = text.split("\n")
    if len(lines) != 7 or lines[0] not in (SSO, LOGIN) or not lines[4].isdecimal() or len(lines[4]) > 12:
        return None
    kind, name, start_url, region, expires, refreshable = lines[:6]
    return SignIn(digest, kind, name, start_url, region, int(expires), refreshable == "1")
