"""The entries of a password store as they are read: names, files, text, recipients."""

from __future__ import annotations

import os

from pass_aws.errors import UserError
from pass_aws.store import location, walk
from pass_aws.store.entry_names import SUFFIX, clean
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
        root: of the store, absolute, as `location.root` finds it.
        prefix: the folder of our entries in it, or empty.
        gpg: the door to gpg.
        env: the caller's environment.
        warn: says something that does not stop us.
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
        """What pass calls the entry: its path in the store without suffix."""
        return clean(f"{self.prefix}/{name}")

    def path(self, name: str) -> str:
        """The file of an entry.

        Raises:
            UserError: there can be no such entry.
        """
        if name.startswith("/") or not clean(name):
            raise UserError(f"not a name of an entry: {shown(name)}")
        return self._file(self.label(name))

    def _file(self, label: str) -> str:
        if ".." in label.split("/") or any(char < " " for char in label):
            raise UserError(f"not a name of an entry: {shown(label)}")
        return f"{self.root}/{label}{SUFFIX}"

    def exists(self, name: str) -> bool:
        """Whether there is an entry of that name."""
        return _is_file(self.path, name)

    def path_exists(self, label: str) -> bool:
        """Whether there is an entry anywhere in the store."""
        return _is_file(self._file, label)

    def elsewhere(self, name: str) -> str:
        """Where outside the prefix an entry of that name lies: its label, or nothing."""
        labels = (clean(name), f"aws-vault/{clean(name)}")
        return next((label for label in labels if label != self.label(name) and self.path_exists(label)), "")

    def leads_to(self, name: str) -> str:
        """Which other entry a name stands for through symlinks: its label, or nothing."""
        root, real = os.path.realpath(self.root), os.path.realpath(self.path(name))
        found = real.removeprefix(f"{root}/").removesuffix(SUFFIX)
        return "" if found == self.label(name) else found

    def read(self, name: str) -> bytes:
        """The text of an entry.

        Raises:
            UserError: it cannot be decrypted; the error says why.
        """
        return self._read(self.label(name), self.path(name))

    def read_path(self, label: str) -> bytes:
        """The text of an entry anywhere in the store; raises as `read` does."""
        return self._read(label, self._file(label))

    def _read(self, label: str, path: str) -> bytes:
        if not os.path.isfile(path):  # gpg would wait for a FIFO
            raise UserError(f"there is no entry {shown(label)} in the store")
        return self.gpg.decrypt(path, name=label, ask=self.ask)

    def names(self) -> list[str]:
        """The names of all entries below the prefix, sorted; without gpg."""
        return location.names(self.root, self.prefix, self.warn)

    def trouble(self) -> UserError | None:
        """Why there can be no key in this store: it is not there, or cannot be read."""
        if not os.path.lexists(self.root):
            return UserError(
                f"there is no password store at {printable(self.root)}",
                hint="set PASSWORD_STORE_DIR to your store, or run pass init with your key's id",
            )
        if reason := walk.unreadable(self.root):
            return UserError(
                f"cannot read the password store {printable(self.root)}: {reason}",
                hint=f"check who owns it: ls -ld {quote(self.root)}",
            )
        return None

    def recipients(self, name: str) -> Recipients:
        """Whom pass would encrypt an entry to.

        Raises:
            UserError: the store is not initialised, or its `.gpg-id` not rightly signed.
        """
        from pass_aws.store import recipients

        folder = self.label(name).rpartition("/")[0]
        return recipients.of_folder(self.root, folder, self.gpg, self.env)

    def encrypted(self, name: str, text: bytes) -> bytes:
        """The bytes that pass would write for an entry.

        Raises:
            UserError: as `recipients`; or one of them cannot be used.
        """
        found = self.recipients(name)
        return self.gpg.encrypt(text, found.ids, source=found.source)

    def own_recipients(self, name: str) -> tuple[str, ...]:
        """The keys of this machine that may read what comes from an entry.

        PASS_AWS_CACHE_KEY if it is set, else those of the entry's keys whose secret part is here; where there
        is no entry, or it does not name its recipients, those that it would be encrypted to.

        Raises:
            UserError: there is no such key.
        """
        from pass_aws.gpg import keys

        if chosen := self.env.get("PASS_AWS_CACHE_KEY"):
            return keys.own(self.gpg, chosen, "PASS_AWS_CACHE_KEY")
        found = self.gpg.readers(self.path(name)) if self.exists(name) else ()
        found = found or keys.own_among(self.gpg, self.recipients(name).ids)
        if not found:
            raise UserError(
                f"no secret key of this machine is a recipient of {self.label(name)}",
                hint="set PASS_AWS_CACHE_KEY to the fingerprint of your own key",
            )
        return found


def _is_file(path_of: Callable[[str], str], name: str) -> bool:
    try:
        return os.path.isfile(path_of(name))
    except UserError:
        return False
