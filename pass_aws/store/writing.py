"""Changes the store: one process at a time, each entry atomically, then a git commit."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from pass_aws.errors import MUST_ASK, CancelledError, UserError
from pass_aws.gpg import SUFFIX
from pass_aws.gpg.diagnosis import NoSecretKeyError
from pass_aws.store import conflicts, git
from pass_aws.store.target import Target, refuse_outside, target_of
from pass_aws.system import atomic_files, file_lock, no_follow
from pass_aws.system.umask import STRICT, mask
from pass_aws.system.user_dirs import state_folder
from pass_aws.text.safe_text import printable, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pass_aws.store.entries import Entries
    from pass_aws.store.recipients import Recipients

PATIENCE = 600
"""Seconds to wait for another pass aws; it or git may be waiting for a passphrase."""


def write(store: Entries, name: str, text: bytes, message: str, *, must_read_back: bool) -> None:
    """See `Store.write`."""
    recipients = store.recipients(name)
    with _alone(store) as root:
        conflicts.refuse([store.path(name)], root, store.env)
        place = _put(store, name, text, recipients, root, must_read_back=must_read_back)
        git.changed([place.path], [], message, root, store.env)


def rename(store: Entries, old: str, new: str, text: bytes | None, message: str) -> None:
    """See `Store.rename`."""
    with _alone(store) as root:
        conflicts.refuse([store.path(old), store.path(new)], root, store.env)
        there, gone = [], []
        try:
            if text is None:
                there.append(target_of(store.path(new), store.label(new), root).path)
            else:
                to = store.recipients(new)
                there.append(_put(store, new, text, to, root, must_read_back=True).path)
            gone.append(_unlink(store, old, root))
        finally:
            git.changed(there, gone, message, root, store.env, apart=f"Remove {store.label(old)}.")


def remove(store: Entries, names: Sequence[str], message: str) -> None:
    """See `Store.remove`."""
    with _alone(store) as root:
        conflicts.refuse(map(store.path, names), root, store.env)
        gone: list[str] = []
        try:
            gone.extend(_unlink(store, name, root) for name in names)
        finally:
            git.changed([], gone, message, root, store.env)


def finish(store: Entries, name: str, message: str) -> None:
    """See `Store.finish`."""
    with _alone(store) as root:
        conflicts.refuse([store.path(name)], root, store.env)
        git.changed([target_of(store.path(name), store.label(name), root).path], [], message, root, store.env)


def unfinished(store: Entries, folder: str = "") -> list[str]:
    """The names below a directory that a killed run has removed but not committed."""
    root = os.path.realpath(store.root)
    start = os.path.realpath(f"{store.root}/{store.prefix}")
    paths = git.gone(os.path.realpath(f"{start}/{folder}"), root, store.env)
    names = (path.removeprefix(f"{start}/") for path in paths if path.endswith(SUFFIX))
    return [name.removesuffix(SUFFIX) for name in names]


def _put(  # noqa: PLR0913 - the parts of an entry
    store: Entries, name: str, text: bytes, to: Recipients, root: str, *, must_read_back: bool
) -> Target:
    """Writes an entry; returns its path."""
    label, place = store.label(name), target_of(store.path(name), store.label(name), root)
    secret = store.gpg.encrypt(text, to.ids, source=to.source)
    made: list[str] = []

    def check(temporary: str) -> None:
        _check_back(store, f"{place.folder}/{temporary}", label, text, must=must_read_back)

    try:
        with no_follow.opened("/", *place.parts, made=made) as folder:
            atomic_files.write_in(folder, place.file, secret, _mode(place), check)
    except OSError as error:
        raise UserError(
            f"cannot write {shown(label)}: {error.strerror}",
            hint=f"check the file {printable(place.path)}; the entry is unchanged",
        ) from None
    finally:
        _drop_empty(made)
    return place


def _unlink(store: Entries, name: str, root: str) -> str:
    """Removes an entry, a symlink rather than its target; returns its path."""
    folder, _, file = store.path(name).rpartition("/")
    place = Target(os.path.realpath(folder), file)
    refuse_outside(place, root, store.label(name))
    try:
        with no_follow.opened("/", *place.parts) as fd:
            os.unlink(place.file, dir_fd=fd)
            atomic_files.sync(fd)
    except FileNotFoundError:
        pass  # a killed run has already removed it
    except OSError as error:
        raise UserError(
            f"cannot remove {shown(store.label(name))}: {error.strerror}",
            hint=f"check the file {printable(place.path)}",
        ) from None
    _drop_empty_above(place.folder, root)
    return place.path


@contextmanager
def _alone(store: Entries) -> Iterator[str]:
    """Holds the store's lock, with pass's umask; yields the real path of the store."""
    root = _usable_root(store)
    patience = file_lock.Patience(f"changing the store {printable(store.root)}", store.warn, PATIENCE)
    before = os.umask(STRICT)
    try:
        os.umask(mask(store.env.get("PASSWORD_STORE_UMASK", ""), before))
        with file_lock.held(file_lock.path(state_folder(store.env), root), patience, store.warn):
            yield root
    finally:
        os.umask(before)


def _usable_root(store: Entries) -> str:
    """The real path of the store's directory."""
    root = os.path.realpath(store.root)
    try:
        with no_follow.opened(root) as folder:
            no_follow.refuse_foreign(store.root, folder)
    except OSError as error:
        raise UserError(
            f"cannot use the password store {printable(store.root)}: {error.strerror}",
            hint="set PASSWORD_STORE_DIR to your store, or run pass init with your key's id",
        ) from None
    return root


def _check_back(store: Entries, path: str, label: str, text: bytes, *, must: bool) -> None:
    """Decrypts the new file of an entry and compares it; warns if it cannot be decrypted.

    Args:
        store: the store.
        path: of the new file.
        label: of the entry.
        text: the plaintext.
        must: whether to refuse a file that cannot be decrypted.

    Raises:
        UserError: the content differs, or the file cannot be decrypted but must be.
    """
    try:
        back = store.gpg.decrypt(path, name=label, ask=store.ask)
    except UserError as error:
        others = isinstance(error, NoSecretKeyError)
        unanswered = isinstance(error, CancelledError) or error.code == MUST_ASK
        if must or not (others or unanswered):
            raise UserError(
                f"not stored, since it cannot be read back: {error}", hint=error.hint, code=error.code
            ) from None
        store.warn(
            f"{label} is stored, but only others can read it: no secret key on this machine"
            if others
            else f"{label} is stored, but could not be read back: {error}"
        )
        return
    if back != text:
        raise UserError(
            f"{label} was not stored: after decryption its content was different",
            hint="run pass aws doctor: it checks gpg and its options",
        )


def _mode(place: Target) -> int:
    """The mode of an existing entry is kept, as with `pass insert`."""
    try:
        return os.stat(place.path).st_mode & 0o777
    except FileNotFoundError:
        current = os.umask(STRICT)
        os.umask(current)
        return 0o666 & ~current


def _drop_empty(folders: list[str]) -> None:
    """Removes new directories if their entry was not written."""
    for folder in reversed(folders):
        with suppress(OSError):
            os.rmdir(folder)


def _drop_empty_above(folder: str, root: str) -> None:
    with suppress(OSError):
        while folder != root:
            os.rmdir(folder)
            folder = os.path.dirname(folder)
