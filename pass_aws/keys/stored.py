"""The existing entry of a name: whether pass aws has written it, and whether it may be replaced."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pass_aws.errors import FAILED, UserError
from pass_aws.store import entry

if TYPE_CHECKING:
    from pass_aws.context import Context


class Stored(NamedTuple):
    """An entry that will be replaced.

    Args:
        entry: its content; None if it cannot be read or is invalid.
        unread: why it cannot be read; None if it can.
        link: the label of the target, if the entry is a symlink; or empty.
    """

    entry: entry.Entry | None
    unread: UserError | None
    link: str

    @property
    def what(self) -> str:
        """Its description for a question."""
        return f"A key is stored in {self.link} (through a symlink)" if self.link else "A key is stored"


def stored(name: str, context: Context) -> Stored | None:
    """The existing entry of this name; None if there is none.

    Raises:
        ForeignEntryError: pass aws has not written it; it may be a password, and is not replaced.
        UserError: the user did not give a passphrase, or prompts are forbidden.
    """
    store = context.store
    if not store.exists(name):
        return None
    link = store.leads_to(name)
    try:
        text = store.read(name)
    except UserError as error:
        if error.code != FAILED:
            raise  # its content may have to be kept
        return Stored(None, error, link)
    try:
        return Stored(entry.parse(text, name), None, link)
    except entry.ForeignEntryError:
        raise
    except UserError:
        return Stored(None, None, link)
