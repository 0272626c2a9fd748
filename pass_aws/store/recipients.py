"""Whom an entry is encrypted to: `.gpg-id` and its signature, read as pass reads them."""

from __future__ import annotations

import os
from shlex import quote
from typing import TYPE_CHECKING, NoReturn

from pass_aws.errors import UserError
from pass_aws.gpg.invocation import words
from pass_aws.gpg.keys import keys
from pass_aws.gpg.status import signers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pass_aws.gpg.gpg import Gpg


def of_folder(root: str, folder: str, gpg: Gpg, env: Mapping[str, str]) -> tuple[str, ...]:
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
        return tuple(given)
    path = _nearest(root, folder) or _refuse(root, gpg)
    try:
        with open(path, "rb") as file:
            text = file.read()
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}") from None
    if trusted := words(env.get("PASSWORD_STORE_SIGNING_KEY", "")):
        _verify(path, text, trusted, gpg)
    found = read(text)
    if not found:
        raise UserError(
            f"{path} names nobody (a last line without line end does not count, as in pass)",
            hint="run pass init with your key's id",
        )
    return found


def _nearest(root: str, folder: str) -> str:
    """Climbs by names, not by where symlinks lead, and never above the root: so does pass. Empty for none."""
    current = f"{root}/{folder}"
    while len(current) > len(root) and not os.path.isfile(f"{current}/.gpg-id"):
        current = current.rpartition("/")[0]
    path = f"{current}/.gpg-id"
    return path if os.path.isfile(path) else ""


def _refuse(root: str, gpg: Gpg) -> NoReturn:
    """Says why there is no `.gpg-id`, and what the user lacks for one."""
    try:
        os.scandir(root).close()
    except FileNotFoundError:
        pass
    except OSError as error:
        raise UserError(
            f"cannot read the password store {root}: {error.strerror}",
            hint=f"check who owns it: ls -ld {quote(root)}",
        ) from None
    hint = "run pass init with your key's id"
    if not keys(gpg, "--list-secret-keys"):
        hint = "run gpg --quick-generate-key you@example.com, then pass init you@example.com"
    raise UserError(f"the password store {root} is not initialised", hint=hint)


def read(text: bytes) -> tuple[str, ...]:
    """The ids in a `.gpg-id`, as bash's `while read -r` and `${id%%#*}` have them.

    So a last line without line end is ignored, blanks around a line go, blanks before a comment stay.
    """
    lines = text.replace(b"\0", b"").split(b"\n")[:-1]
    ids = [os.fsdecode(line.strip(b" \t").partition(b"#")[0]) for line in lines]
    return tuple(one for one in ids if one)


def _verify(path: str, text: bytes, trusted: list[str], gpg: Gpg) -> None:
    """Takes a signature by any of the fingerprints; as in pass neither trust nor expiry counts.

    gpg verifies the very bytes that were read: the file may change meanwhile.

    Source: pass, verify_file: of VALIDSIG the signing and the primary key's fingerprint count.
    """
    if not os.path.isfile(f"{path}.sig"):
        raise UserError(
            f"the signature {path}.sig does not exist, and PASSWORD_STORE_SIGNING_KEY wants one",
            hint="run pass init again to sign",
        )
    made_by = signers(gpg.run("--verify", "--", f"{path}.sig", "-", stdin=text).status)
    if not any(_is_fingerprint(one) and one in made_by for one in trusted):
        raise UserError(
            f"the signature of {path} is not by PASSWORD_STORE_SIGNING_KEY",
            hint="find out who changed the file before you write to the store",
        )


def _is_fingerprint(word: str) -> bool:
    return len(word) == 40 and set(word) <= set("0123456789ABCDEF")
