"""The credentials that a chain starts with, as every source in this package returns them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from pass_aws.model import Credentials


class Root(NamedTuple):
    """The credentials a chain starts with, or the way to get them.

    Args:
        identity: what tells them apart from all others; it is in the digest of every session made from them.
        fetch: gives them. Without `cached` it costs nothing: the source has them already.
        cached: whether `fetch` makes a call, whose answer is kept as a session under `identity`.
    """

    identity: tuple[str, ...]
    fetch: Callable[[], Credentials]
    cached: bool = False


def of_key(credentials: Credentials) -> Root:
    """Credentials that are there: their key id tells them apart, wherever they came from."""
    return Root(("key", credentials.access_key_id), lambda: credentials)
