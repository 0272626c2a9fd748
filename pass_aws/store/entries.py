"""Reads the entries of a password store: names, files, text, recipients."""

from __future__ import annotations

import os

from pass_aws.errors import UserError
from pass_aws.gpg import SUFFIX
from pass_aws.store import location, walk
from pass_aws.store.entry_names import clean
from pass_aws.text.quoting import quote
from pass_aws.text.safe_text import printable, shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pass_aws.gpg.gpg import Gpg
    from pass_aws.store.recipients import Recipients


class Entries:
    """The entries below a prefix.

    Args:
        root: of the store, absolute, from `location.root`.
        prefix: the directory of our entries in it, or empty.
        gpg: the door to gpg.
        env: the caller's environment.
        warn: prints a warning.
    """

    def __init__(
        self, root: str, prefix: str, gpg: Gpg, env: Mapping[str, str], warn: Callable[[str], None]
    ) -> None:
        self.root, self.prefix, self.gpg, self.env, self.warn = root, prefix, gpg, env, warn

    @property
    def ask(self) -> bool:
        """Whether gpg may ask for a passphrase."""
        return not self.gpg.quiet

    def label(self, name: str) -> str:
        """The entry's name in pass: its path in the store without suffix."""
        return clean(f"{self.prefix}/{name}")

    def path(self, name: str) -> str:
        """The file of an entry.

        Raises:
            UserError: it is not a valid name.
        """
        if name.startswith("/") or not clean(name):
            raise _wrong(name)
        return self._file(self.label(name))

    def _file(self, label: str) -> str:
        if ".." in label.split("/") or any(char < " " for char in label):
            raise _wrong(label)
        return f"{self.root}/{label}{SUFFIX}"

    def exists(self, name: str) -> bool:
        """Whether an entry of this name exists."""
        return _is_file(self.path, name)

    def path_exists(self, label: str) -> bool:
        """Whether an entry exists anywhere in the store."""
        return _is_file(self._file, label)

    def elsewhere(self, name: str) -> str:
        """The label of an entry of this name outside the prefix, or empty."""
        labels = (clean(name), f"aws-vault/{clean(name)}")
        return next((label for label in labels if label != self.label(name) and self.path_exists(label)), "")

    def leads_to(self, name: str) -> str:
        """The label of the other entry that a name leads to through symlinks, or empty."""
        root, real = os.path.realpath(self.root), os.path.realpath(self.path(name))
        found = real.removeprefix(f"{root}/").removesuffix(SUFFIX)
        return "" if found == self.label(name) else found

    def read(self, name: str) -> bytes:
        """The text of an entry.

        Raises:
            UserError: it cannot be decrypted; the error has the reason.
        """
        return self._read(self.label(name), self.path(name))

    def read_path(self, label: str) -> bytes:
        """The text of an entry anywhere in the store; raises as `read` does."""
        return self._read(label, self._file(label))

    def _read(self, label: str, path: str) -> bytes:
        if not os.path.isfile(path):  # a FIFO would block gpg
            raise UserError(
                f"there is no entry {shown(label)} in the store", hint="pass ls shows the entries"
            )
        from pass_aws.gpg.diagnosis import BadFileError

        try:
            return self.gpg.decrypt(path, name=label, ask=self.ask)
        except BadFileError:
            from pass_aws.store import conflicts

            conflicts.refuse_marked(path, os.path.realpath(self.root), self.env)
            raise

    def names(self) -> list[str]:
        """The sorted names of all entries below the prefix; does not need gpg."""
        return location.names(self.root, self.prefix, self.warn)

    def trouble(self) -> UserError | None:
        """The error if the store does not exist or cannot be read; None otherwise."""
        if not os.path.lexists(self.root):
            return UserError(
                f"there is no password store at {printable(self.root)}",
                hint="if your store is elsewhere, set PASSWORD_STORE_DIR; else run pass aws doctor",
            )
        if reason := walk.unreadable(self.root):
            return UserError(
                f"cannot read the password store {printable(self.root)}: {reason}",
                hint=f"check who owns it: ls -ld {quote(self.root)}",
            )
        return None

    def recipients(self, name: str) -> Recipients:
        """The recipients to which pass would encrypt an entry.

        Raises:
            UserError: the store is not initialised, or the signature of its `.gpg-id` is not valid.
        """
        from pass_aws.store import recipients

        folder = self.label(name).rpartition("/")[0]
        return recipients.of_folder(self.root, folder, self.gpg, self.env)

    def encrypted(self, name: str, text: bytes) -> bytes:
        """Encrypts an entry as pass would.

        Raises:
            UserError: as `recipients`, or a recipient cannot be used.
        """
        found = self.recipients(name)
        return self.gpg.encrypt(text, found.ids, source=found.source)

    def own_recipients(self, name: str) -> tuple[str, ...]:
        """Our keys that may read cached files made from an entry.

        These are PASS_AWS_CACHE_KEY if it is set, else those of the entry's keys whose secret part we have;
        if there is no entry, or its recipients are hidden, those of the keys it would be encrypted to.

        Raises:
            UserError: we have no such key.
        """
        from pass_aws.gpg import keys

        if chosen := self.env.get("PASS_AWS_CACHE_KEY"):
            return keys.own(self.gpg, chosen, "PASS_AWS_CACHE_KEY")
        found = self.gpg.readers(self.path(name)) if self.exists(name) else ()
        found = found or keys.own_among(self.gpg, self.recipients(name).ids)
        if not found:
            raise UserError(
                f"no secret key on this machine is a recipient of {self.label(name)}",
                hint="set PASS_AWS_CACHE_KEY to the fingerprint of your own key",
            )
        return found


def _is_file(path_of: Callable[[str], str], name: str) -> bool:
    try:
        return os.path.isfile(path_of(name))
    except UserError:
        return False


def _wrong(name: str) -> UserError:
    return UserError(
        f"not a valid name of an entry: {shown(name)}",
        hint="give a path in the store, without .. and control characters",
    )
