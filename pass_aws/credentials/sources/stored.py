"""The key of a profile in the password store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pass_aws.credentials.sources import root
from pass_aws.store import entry

if TYPE_CHECKING:
    from pass_aws.context import Context
    from pass_aws.credentials.sources.root import Root
    from pass_aws.credentials.step import Step


def source(step: Step, context: Context) -> Root:
    """Decrypts the entry.

    Raises:
        UserError: it cannot be read, or is not an AWS entry.
    """
    return root.of_key(entry.parse(_text(step.profile, context), step.profile).credentials)


def _text(name: str, context: Context) -> bytes:
    """The entry's text; processes ask for a passphrase one after the other, and share a cancelled prompt."""
    if context.quiet:
        return context.store.read(name)
    with context.locks.hold("gpg", alike=False):
        return context.store.read(name)
