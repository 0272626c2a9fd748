"""The password store: entries as pass has them, below our prefix."""

from __future__ import annotations

import os
from shlex import quote

from pass_aws.errors import UserError
from pass_aws.store import walk
from pass_aws.store.entry_names import SUFFIX, check_name, clean
from pass_aws.system.user_dirs import home
from pass_aws.text.safe_text import printable, shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pass_aws.gpg.gpg import Gpg
    from pass_aws.store.recipients import Recipients


def root(env: Mapping[str, str]) -> str:
    """Where the store is: aws-vault's variable beats pass's; only in aws-vault's does `~/` stand for HOME.

    Raises:
        UserError: it is in the home directory, and HOME does not say where that is.
    """
    theirs = env.get("AWS_VAULT_PASS_PASSWORD_STORE_DIR", "")
    if theirs.startswith("~/"):
        theirs = home(env) + theirs[1:]
    named = theirs or env.get("PASSWORD_STORE_DIR")
    found = named or f"{home(env)}/.password-store"
    return found if found.startswith("/") else f"{os.path.abspath('.')}/{found}"


def prefix(env: Mapping[str, str]) -> str:
    """The folder of our entries; set but empty means the store's root, as in aws-vault.

    Raises:
        UserError: it would leave the store.
    """
    found = env.get("PASS_AWS_PREFIX", env.get("AWS_VAULT_PASS_PREFIX", "aws-vault"))
    if ".." in found.split("/"):
        raise UserError(
            f"the prefix {found} leaves the store", hint="set PASS_AWS_PREFIX to a folder in the store"
        )
    return clean(found)


def names(root: str, prefix: str, warn: Callable[[str], None], start: str = "") -> list[str]:
    """The names of all entries below the prefix that start so, sorted; needs no gpg."""
    return sorted(walk.names(f"{root}/{prefix}", SUFFIX, warn, start=start))


class Store:
    """The entries below a prefix.

    Args:
        root: of the store, absolute, as the function `root` finds it.
        prefix: the folder of our entries in it, or empty.
        gpg: the door to gpg.
        env: the caller's environment.
        warn: says something that does not stop us.
    """

    def __init__(
        self, root: str, prefix: str, gpg: Gpg, env: Mapping[str, str], warn: Callable[[str], None]
    ) -> None:
        self.root, self.prefix, self.gpg, self.env, self.warn = root, prefix, gpg, env, warn

    def whole(self) -> Store:
        """The store without a prefix: its names are what pass calls the entries."""
        return Store(self.root, "", self.gpg, self.env, self.warn)

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
        return names(self.root, self.prefix, self.warn)

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


def _is_file(path_of: Callable[[str], str], name: str) -> bool:
    try:
        return os.path.isfile(path_of(name))
    except UserError:
        return False
