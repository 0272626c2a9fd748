"""The password store: entries as pass has them, below our prefix."""

from __future__ import annotations

import os

from pass_aws.store.entries import Entries
from pass_aws.store.entry_names import check_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


class Store(Entries):
    """The entries below a prefix, to read and to change; the arguments are those of `Entries`."""

    def whole(self) -> Store:
        """The store without a prefix: its names are what pass calls the entries."""
        return Store(self.root, "", self.gpg, self.env, self.warn)

    def check_writable(self, name: str) -> None:
        """Says what would be in the way of writing an entry, before anything is done that needs it.

        Raises:
            UserError: a recipient cannot be used, or git waits for somebody to resolve a conflict.
        """
        self.check_history(name)
        self.encrypted(name, b"")

    def check_history(self, name: str) -> None:
        """Whether git can commit an entry; raises as `check_writable`, but needs no recipient."""
        from pass_aws.store import conflicts

        conflicts.refuse([self.path(name)], os.path.realpath(self.root), self.env)

    def write(self, name: str, text: bytes, message: str, *, must_read_back: bool = False) -> bool:
        """Stores an entry: encrypted for pass's recipients, read back, put in its place whole, committed.

        Args:
            name: of the entry.
            text: what it will hold.
            message: of the commit.
            must_read_back: whether an entry that this machine cannot read is refused. Whoever then removes or
                replaces what the text came from must ask for it: the only readable copy would go.

        Returns:
            Whether it was read back.

        Raises:
            UserError: the entry is what it was before.
            UncommittedError: it is new, but not committed.
        """
        from pass_aws.store import writing

        check_name(name)
        return writing.write(self, name, text, message, must_read_back=must_read_back)

    def rename(self, old: str, new: str, text: bytes | None, message: str) -> None:
        """Stores an entry under another name, then removes the old one, in one commit.

        Args:
            old: name of the entry that goes.
            new: its new name.
            text: what the new entry will hold, which is read back before the old one goes; None where a run
                that was killed has written it.
            message: of the commit.

        Raises:
            UserError: the old entry is still there.
            UncommittedError: it is renamed, but that is not committed.
        """
        from pass_aws.store import writing

        check_name(new)
        writing.rename(self, old, new, text, message)

    def finish(self, name: str, message: str) -> None:
        """Commits an entry whose write was killed before its commit; nothing to do is no error."""
        from pass_aws.store import writing

        writing.finish(self, name, message)

    def remove(self, names: Sequence[str], message: str) -> None:
        """Removes entries in one commit, and the directories that this leaves empty.

        Raises:
            UserError: one of them is still there.
            UncommittedError: all are gone, but that is not committed.
        """
        from pass_aws.store import writing

        writing.remove(self, names, message)
