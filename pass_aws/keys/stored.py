"""What is stored under a name already: whether it is ours, and whether it may be replaced."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pass_aws.errors import FAILED, UserError
from pass_aws.store import entry

if TYPE_CHECKING:
    from pass_aws.context import Context


class Stored(NamedTuple):
    """An entry that is about to be replaced.

    Args:
        entry: what is in it; None where it cannot be read or is broken.
        unread: why it cannot be read; None where it can.
        link: the label of the entry that is meant, where a symlink leads to another one; or empty.
    """

    entry: entry.Entry | None
    unread: UserError | None
    link: str

    @property
    def what(self) -> str:
        """How a question calls it."""
        return f"A key is stored in {self.link}, where a symlink leads" if self.link else "A key is stored"


def stored(name: str, context: Context) -> Stored | None:
    """What an entry of this name holds; None where there is none.

    Raises:
        ForeignEntryError: it is a password, say: it is not ours to replace.
        UserError: somebody was asked for a passphrase and did not answer, or may not be asked.
    """
    store = context.store
    if not store.exists(name):
        return None
    link = store.leads_to(name)
    try:
        text = store.read(name)
    except UserError as error:
        if error.code != FAILED:
            raise  # what is in it might have to be kept
        return Stored(None, error, link)
    try:
        return Stored(entry.parse(text, name), None, link)
    except entry.ForeignEntryError:
        raise
    except UserError:
        return Stored(None, None, link)
