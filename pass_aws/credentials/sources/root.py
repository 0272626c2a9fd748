"""The root of a chain, the result of every source in this package."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from pass_aws.model import Credentials


class Root(NamedTuple):
    """The credentials at the start of a chain, or the means to get them.

    Args:
        identity: identifies them; it is in the digest of every session made from them.
        fetch: returns them. Without `cached` it makes no call: the source already has them.
        cached: whether `fetch` makes a call, whose answer is cached as a session under `identity`.
    """

    identity: tuple[str, ...]
    fetch: Callable[[], Credentials]
    cached: bool = False


def of_key(credentials: Credentials) -> Root:
    """The root for existing credentials: their key id identifies them, wherever they come from."""
    return Root(("key", credentials.access_key_id), lambda: credentials)
