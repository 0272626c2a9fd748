"""The root of a chain, the result of every source; the two sources that have a key: store and AWS files."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, NamedTuple

from pass_aws.model import Credentials
from pass_aws.store import entry
from pass_aws.text.quoting import quote

if TYPE_CHECKING:
    from collections.abc import Callable

    from pass_aws.context import Context
    from pass_aws.credentials.step import Step


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


def stored(step: Step, context: Context) -> Root:
    """The key of a profile in the password store; decrypts its entry.

    Raises:
        UserError: it cannot be read, or is not an AWS entry.
    """
    # Processes ask for a passphrase one after the other, and share a cancelled prompt.
    with nullcontext() if context.quiet else context.locks.hold("gpg", alike=False):
        text = context.store.read(step.profile)
    return of_key(entry.parse(text, step.profile).credentials)


def static(step: Step, context: Context) -> Root:
    """The key or session of a profile in the AWS files, unencrypted, with a warning."""
    settings = step.settings
    context.warn(
        f"warning: the keys of profile {settings.name} are stored unencrypted in the AWS files;"
        f" pass aws add {quote(settings.name)} stores them encrypted"
    )
    return of_key(
        Credentials(
            settings.get("aws_access_key_id"),
            settings.get("aws_secret_access_key"),
            settings.get("aws_session_token"),
        )
    )
