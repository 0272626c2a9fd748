"""The recipients of an entry: `.gpg-id` and its signature, read as pass reads them."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, NamedTuple

from pass_aws.errors import UserError
from pass_aws.gpg.invocation import words
from pass_aws.gpg.status import signers
from pass_aws.text.quoting import command

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pass_aws.gpg.gpg import Gpg


NEW_KEY = "gpg --quick-generate-key you@example.com, then pass init you@example.com"


class Recipients(NamedTuple):
    """The recipients of an entry.

    Args:
        ids: key ids, user ids or groups, as gpg accepts them.
        source: the path of the `.gpg-id` that names them, or PASSWORD_STORE_KEY.
    """

    ids: tuple[str, ...]
    source: str


def of_folder(root: str, folder: str, gpg: Gpg, env: Mapping[str, str]) -> Recipients:
    """The recipients of entries in a directory.

    Args:
        root: of the store.
        folder: relative to the root; need not exist.
        gpg: checks the signature if PASSWORD_STORE_SIGNING_KEY requires one.
        env: its PASSWORD_STORE_KEY replaces the file and its signature.

    Raises:
        UserError: the file does not exist, names no recipient, or its signature is not valid.
    """
    if given := words(env.get("PASSWORD_STORE_KEY", "")):
        return Recipients(tuple(given), "PASSWORD_STORE_KEY")
    path = nearest(root, folder, gpg)
    try:
        with open(path, "rb") as file:
            text = file.read()
    except OSError as error:
        raise _unreadable(path, error) from None
    if trusted := words(env.get("PASSWORD_STORE_SIGNING_KEY", "")):
        verify(path, text, trusted, gpg)
    found = read(text)
    if not found:
        raise UserError(empty(path), hint=_initialise(gpg))
    return Recipients(found, path)


def empty(path: str) -> str:
    """The error for a `.gpg-id` without recipients."""
    return f"{path} names no recipient (pass ignores a last line without a newline)"


def nearest(root: str, folder: str, gpg: Gpg) -> str:
    """The path of the `.gpg-id` of a directory.

    Goes up by names, without following symlinks, and not above the root, as pass does.

    Raises:
        UserError: there is none.
    """
    current, denied = f"{root}/{folder}".rstrip("/"), None
    while True:
        path = f"{current}/.gpg-id"
        try:
            if stat.S_ISREG(os.stat(path).st_mode):
                return path
        except PermissionError as error:
            denied = denied or _unreadable(path, error)
        except OSError:
            pass
        if len(current) <= len(root):
            raise _unusable(root, denied, gpg)
        current = current.rpartition("/")[0]


def _unreadable(path: str, error: OSError) -> UserError:
    return UserError(f"cannot read {path}: {error.strerror}", hint=f"run {command('ls', '-ld', path)}")


def _unusable(root: str, denied: UserError | None, gpg: Gpg) -> UserError:
    """The error for a missing `.gpg-id`, with what the user needs."""
    try:
        os.scandir(root).close()
    except FileNotFoundError:
        hint = f"if your store is elsewhere, set PASSWORD_STORE_DIR; else {_initialise(gpg)}"
        return UserError(f"there is no password store at {root}", hint=hint)
    except OSError as error:
        what = f"cannot read the password store {root}: {error.strerror}"
        return UserError(what, hint=f"check who owns it: {command('ls', '-ld', root)}")
    return denied or UserError(f"the password store {root} is not initialised", hint=_initialise(gpg))


def _initialise(gpg: Gpg) -> str:
    """The command that initialises a store, with a key of the user or a new one."""
    if mine := gpg.encrypting_keys():
        return f"run {command('pass', 'init', mine[0])}"
    return f"run {NEW_KEY}"


def read(text: bytes) -> tuple[str, ...]:
    """The ids in a `.gpg-id`, as bash's `while read -r` and `${id%%#*}` read them.

    So a last line without a newline is ignored, blanks around a line go, those before a comment stay.
    """
    lines = text.replace(b"\0", b"").split(b"\n")[:-1]
    ids = [os.fsdecode(line.strip(b" \t").partition(b"#")[0]) for line in lines]
    return tuple(one for one in ids if one)


def verify(path: str, text: bytes, trusted: list[str], gpg: Gpg) -> None:
    """Accepts a signature of any of the fingerprints; as in pass, trust and expiry are not checked.

    gpg verifies the bytes that were read, since the file may change in the meantime.

    Raises:
        UserError: there is no such signature.

    Source: pass, verify_file: accepts the fingerprints of the signing and the primary key in VALIDSIG.
    """
    if not os.path.isfile(f"{path}.sig"):
        raise UserError(
            f"the signature {path}.sig is missing, but PASSWORD_STORE_SIGNING_KEY requires it",
            hint="run pass init again with the same ids; it signs them",
        )
    made_by = signers(gpg.run("--verify", "--", f"{path}.sig", "-", stdin=text).status)
    if not any(is_fingerprint(one) and one in made_by for one in trusted):
        raise UserError(
            f"the signature of {path} is not by PASSWORD_STORE_SIGNING_KEY",
            hint="find out who changed the file before you write to the store",
        )


def is_fingerprint(word: str) -> bool:
    """Whether it is one as pass takes it in PASSWORD_STORE_SIGNING_KEY."""
    return len(word) == 40 and set(word) <= set("0123456789ABCDEF")
