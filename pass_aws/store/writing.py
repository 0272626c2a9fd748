"""Changing the store: one process at a time, each entry whole at every instant, then git."""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from pass_aws.errors import MUST_ASK, CancelledError, UserError
from pass_aws.gpg.diagnosis import NoSecretKeyError
from pass_aws.store import git
from pass_aws.system import atomic_files
from pass_aws.system.umask import STRICT, mask

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pass_aws.store.store import Store

SUFFIX = ".gpg"
TICK = 0.05
PATIENCE = 600
"""Seconds to wait for another of us; it may be at a passphrase prompt, as git may."""


def write(store: Store, name: str, text: bytes, message: str) -> None:
    """See `Store.write`."""
    label, recipients = store.label(name), store.recipients(name)
    with _alone(store) as root:
        target = os.path.realpath(store.path(name))
        _check_inside(target, root, label)
        secret = store.gpg.encrypt(text, recipients)
        made: list[str] = []
        try:
            _make_folders(os.path.dirname(target), made)
            _sweep(os.path.dirname(target))
            atomic_files.write(
                target, secret, _mode(target), lambda path: _read_back(store, path, label, text)
            )
        except OSError as error:
            raise UserError(f"cannot write {label}: {error.strerror}") from None
        finally:
            _drop_empty(made)
        git.added(target, message, root, store.env)


def remove(store: Store, names: Sequence[str], message: str) -> None:
    """See `Store.remove`."""
    with _alone(store) as root:
        gone: list[str] = []
        try:
            gone.extend(_unlink(store, name, root) for name in names)
        finally:
            git.removed(gone, message, root, store.env)


def _unlink(store: Store, name: str, root: str) -> str:
    """Takes one entry away, a symlink rather than its target; returns where it was."""
    folder, _, file = store.path(name).rpartition("/")
    folder = os.path.realpath(folder)
    _check_inside(f"{folder}/", root, store.label(name))
    try:
        os.unlink(f"{folder}/{file}")
        atomic_files.sync_folder(folder)
    except FileNotFoundError:
        pass  # a run that was killed had come as far as this
    except OSError as error:
        raise UserError(f"cannot remove {store.label(name)}: {error.strerror}") from None
    _drop_empty_above(folder, root)
    return f"{folder}/{file}"


def unfinished(store: Store, folder: str = "") -> list[str]:
    """The names below a folder whose removal was killed before git had committed it."""
    root = os.path.realpath(store.root)
    start = os.path.realpath(f"{store.root}/{store.prefix}")
    paths = git.gone(os.path.realpath(f"{start}/{folder}"), root, store.env)
    names = (path.removeprefix(f"{start}/") for path in paths if path.endswith(SUFFIX))
    return [name.removesuffix(SUFFIX) for name in names]


@contextmanager
def _alone(store: Store) -> Iterator[str]:
    """Holds the store's lock, under pass's umask; yields the real path of its folder.

    That folder itself is what is locked. File systems without locks are used without.
    """
    root = os.path.realpath(store.root)
    try:
        fd = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise UserError(f"cannot use the password store {store.root}: {error.strerror}") from None
    before = os.umask(STRICT)
    try:
        os.umask(mask(store.env.get("PASSWORD_STORE_UMASK", ""), before))
        _lock(fd, store)
        yield root
    finally:
        os.umask(before)
        os.close(fd)


def _lock(fd: int, store: Store) -> None:
    for tick in range(int(PATIENCE / TICK)):
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if tick == int(1 / TICK):
                store.warn(f"waiting for another pass aws that is changing the store {store.root}")
            time.sleep(TICK)
        except OSError:
            return
        else:
            return
    raise UserError(f"another pass aws has been changing the store {store.root} for {PATIENCE} seconds")


def _check_inside(target: str, root: str, label: str) -> None:
    if not target.startswith(f"{root}/"):
        raise UserError(
            f"{label} leads out of the store, to {target}",
            hint="only what lies in the store is written; change the symlink",
        )


def _read_back(store: Store, path: str, label: str, text: bytes) -> None:
    """Decrypts what is about to take an entry's place; where that cannot be, it is said.

    Raises:
        UserError: it is not what was to be written.
    """
    try:
        back = store.gpg.decrypt(path, name=label, ask=store.ask)
    except NoSecretKeyError:
        store.warn(f"{label} is stored, but for others only: no secret key on this machine")
        return
    except UserError as error:
        if not isinstance(error, CancelledError) and error.code != MUST_ASK:
            raise UserError(f"not stored, since it cannot be read back: {error}", hint=error.hint) from None
        store.warn(f"{label} is stored, but could not be read back to check it: {error}")
        return
    if back != text:
        raise UserError(f"{label} did not come back from gpg as it went in, so it was not stored")


def _mode(target: str) -> int:
    """An entry that is there keeps its mode, as with `pass insert`."""
    try:
        return os.stat(target).st_mode & 0o777
    except FileNotFoundError:
        current = os.umask(STRICT)
        os.umask(current)
        return 0o666 & ~current


def _make_folders(folder: str, made: list[str]) -> None:
    """Makes what is missing of a path, and notes it in `made`."""
    if not os.path.isdir(folder):
        _make_folders(os.path.dirname(folder), made)
        os.mkdir(folder)
        made.append(folder)
        atomic_files.sync_folder(os.path.dirname(folder))


def _drop_empty(folders: list[str]) -> None:
    """Takes back what was made for an entry that did not come."""
    for folder in reversed(folders):
        with suppress(OSError):
            os.rmdir(folder)


def _drop_empty_above(folder: str, root: str) -> None:
    with suppress(OSError):
        while folder != root:
            os.rmdir(folder)
            folder = os.path.dirname(folder)


def _sweep(folder: str) -> None:
    """Removes what a run that was killed left here; we are alone, so nobody else is writing it."""
    for one in os.scandir(folder):
        if one.name.startswith(atomic_files.LEFTOVER) and one.name.endswith(atomic_files.ENDING):
            os.unlink(one.path)
