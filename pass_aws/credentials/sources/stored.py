"""The key of a profile in the password store."""

from __future__ import annotations

from contextlib import nullcontext
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
    # Processes ask for a passphrase one after the other, and share a cancelled prompt.
    with nullcontext() if context.quiet else context.locks.hold("gpg", alike=False):
        text = context.store.read(step.profile)
    return root.of_key(entry.parse(text, step.profile).credentials)
