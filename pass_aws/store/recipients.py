"""Whom an entry is encrypted to: `.gpg-id` and its signature, read as pass reads them."""

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
    """Whom an entry is encrypted to.

    Args:
        ids: key ids, user ids or groups, as gpg takes them.
        source: the path of the `.gpg-id` that names them, or PASSWORD_STORE_KEY.
    """

    ids: tuple[str, ...]
    source: str


def of_folder(root: str, folder: str, gpg: Gpg, env: Mapping[str, str]) -> Recipients:
    """The recipients of entries in a folder.

    Args:
        root: of the store.
        folder: relative to it; need not exist.
        gpg: checks the signature where PASSWORD_STORE_SIGNING_KEY asks for one.
        env: PASSWORD_STORE_KEY in it replaces the file, and its signature.

    Raises:
        UserError: there is no such file, it names nobody, or its signature is not right.
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
        raise UserError(
            f"{path} names nobody (a last line without line end does not count, as in pass)",
            hint=_initialise(gpg),
        )
    return Recipients(found, path)


def nearest(root: str, folder: str, gpg: Gpg) -> str:
    """The path of the `.gpg-id` that counts for a folder.

    It climbs by names, not by where symlinks lead, and never above the root: so does pass.

    Raises:
        UserError: there is none.
    """
    current, denied = f"{root}/{folder}", None
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
    """Why there is no `.gpg-id`, and what the user lacks for one."""
    try:
        os.scandir(root).close()
    except FileNotFoundError:
        hint = f"if yours is elsewhere, set PASSWORD_STORE_DIR; else {_initialise(gpg)}"
        return UserError(f"there is no password store at {root}", hint=hint)
    except OSError as error:
        what = f"cannot read the password store {root}: {error.strerror}"
        return UserError(what, hint=f"check who owns it: {command('ls', '-ld', root)}")
    return denied or UserError(f"the password store {root} is not initialised", hint=_initialise(gpg))


def _initialise(gpg: Gpg) -> str:
    """What makes a store usable: with a key of the user's, or a new one."""
    if mine := gpg.encrypting_keys():
        return f"run {command('pass', 'init', mine[0])}"
    return f"run {NEW_KEY}"


def read(text: bytes) -> tuple[str, ...]:
    """The ids in a `.gpg-id`, as bash's `while read -r` and `${id%%#*}` have them.

    So a last line without line end is ignored, blanks around a line go, blanks before a comment stay.
    """
    lines = text.replace(b"\0", b"").split(b"\n")[:-1]
    ids = [os.fsdecode(line.strip(b" \t").partition(b"#")[0]) for line in lines]
    return tuple(one for one in ids if one)


def verify(path: str, text: bytes, trusted: list[str], gpg: Gpg) -> None:
    """Takes a signature by any of the fingerprints; as in pass neither trust nor expiry counts.

    gpg verifies the very bytes that were read: the file may change meanwhile.

    Raises:
        UserError: there is no such signature.

    Source: pass, verify_file: of VALIDSIG the signing and the primary key's fingerprint count.
    """
    if not os.path.isfile(f"{path}.sig"):
        raise UserError(
            f"the signature {path}.sig does not exist, and PASSWORD_STORE_SIGNING_KEY wants one",
            hint="run pass init with the same ids again, which signs them",
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
