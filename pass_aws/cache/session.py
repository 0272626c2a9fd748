"""The text and the file names of cached sessions."""

from __future__ import annotations

from pass_aws.cache.ticket import DIGITS, expiry
from pass_aws.model import Credentials

HEX = frozenset("0123456789abcdef")
FIELDS = ["life", "id", "secret", "token", "account"]


def file_name(digest: str, expires: int) -> str:
    """The file name of a session."""
    return f"{digest}-{expires:010}"


def parts(name: str) -> tuple[str, int]:
    """Digest and expiry of a session's file name; `("", 0)` for any other name."""
    digest, _, rest = name.partition("-")
    known = len(digest) == 64 and HEX.issuperset(digest)
    return (digest, expiry(rest)) if known and expiry(rest) else ("", 0)


def _head(seal: str, digest: str, expires: int | None) -> list[str]:
    return ["pass-aws session 1", f"seal: {seal}", f"digest: {digest}", f"expires: {expires:010}"]


def render(credentials: Credentials, seal: str, digest: str, life: int) -> str:
    """The text of a session; `life` is its whole life in seconds."""
    values = (
        str(life),
        credentials.access_key_id,
        credentials.secret_access_key,
        credentials.session_token,
        credentials.account_id,
    )
    body = [f"{name}: {value}" for name, value in zip(FIELDS, values, strict=True)]
    return "\n".join([*_head(seal, digest, credentials.expires), *body, "end", ""])


def read(text: str, *, digest: str, expires: int, seal: str) -> tuple[Credentials, int] | None:
    """Credentials and whole life of a session; None for a text of another seal, digest or expiry."""
    head = _head(seal, digest, expires)
    lines = text.split("\n")
    body = [line.partition(": ") for line in lines[len(head) : -2]]
    if lines[: len(head)] != head or lines[-2:] != ["end", ""] or [name for name, _, _ in body] != FIELDS:
        return None
    life, key_id, secret, token, account = (value for _, _, value in body)
    if not life or not DIGITS.issuperset(life):
        return None
    return Credentials(key_id, secret, token, expires, account), int(life)
