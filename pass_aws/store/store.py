"""The password store: reads and changes the entries below our prefix, as pass does."""

from __future__ import annotations

import os

from pass_aws.store.entries import Entries
from pass_aws.store.entry_names import check_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


class Store(Entries):
    """Reads and changes the entries below a prefix; its arguments are those of `Entries`."""

    def whole(self) -> Store:
        """The store without a prefix, with the same names as in pass."""
        return Store(self.root, "", self.gpg, self.env, self.warn)

    def check_writable(self, name: str) -> None:
        """Checks that an entry can be written, before anything is done that relies on it.

        Raises:
            UserError: a recipient cannot be used, or there is an unresolved conflict in git.
        """
        self.check_history(name)
        self.encrypted(name, b"")

    def check_history(self, name: str) -> None:
        """Checks that git can commit an entry; raises as `check_writable`, but ignores recipients."""
        from pass_aws.store import conflicts

        conflicts.refuse([self.path(name)], os.path.realpath(self.root), self.env)

    def write(self, name: str, text: bytes, message: str, *, must_read_back: bool = False) -> None:
        """Stores an entry: encrypts it to pass's recipients, reads it back, replaces it atomically, commits.

        Args:
            name: of the entry.
            text: its new content.
            message: of the commit.
            must_read_back: whether to refuse an entry that this machine cannot read. Required if the caller
                then removes or replaces the source of the text, the only readable copy.

        Raises:
            UserError: the entry is unchanged.
            UncommittedError: the entry is stored, but not committed.
        """
        from pass_aws.store import writing

        check_name(name)
        writing.write(self, name, text, message, must_read_back=must_read_back)

    def rename(self, old: str, new: str, text: bytes | None, message: str) -> None:
        """Stores an entry under another name, then removes the old one, in one commit.

        Args:
            old: name of the old entry.
            new: the new name.
            text: content of the new entry, which is read back before the old one is removed; None if a killed
                run has written it.
            message: of the commit.

        Raises:
            UserError: the old entry still exists.
            UncommittedError: the entry is renamed, but not committed.
        """
        from pass_aws.store import writing

        check_name(new)
        writing.rename(self, old, new, text, message)

    def finish(self, name: str, message: str) -> None:
        """Commits an entry if a run was killed between its write and its commit; otherwise does nothing."""
        from pass_aws.store import writing

        writing.finish(self, name, message)

    def removed_in_part(self, name: str) -> bool:
        """Whether an entry is gone, but was not committed to be so: `remove` finishes that."""
        from pass_aws.store import writing

        return not self.exists(name) and name in writing.unfinished(self, name.rpartition("/")[0])

    def remove(self, names: Sequence[str], message: str) -> None:
        """Removes entries in one commit, and directories that are then empty.

        Raises:
            UserError: one of them still exists.
            UncommittedError: all are removed, but not committed.
        """
        from pass_aws.store import writing

        writing.remove(self, names, message)
