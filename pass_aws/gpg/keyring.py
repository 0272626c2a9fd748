"""Small keyrings for decryption: gpg reads few keys, and checks no signatures.

If a key was generated on this machine, the user's keyring has no record that its signatures are good. At each
decryption gpg checks them again, more than a third of its time. It makes such a record when it imports a key
(`sigcache` in `gpg --list-packets`).
"""

from __future__ import annotations

import os
import tempfile
from typing import TYPE_CHECKING

from pass_aws.gpg.process import Program

if TYPE_CHECKING:
    from collections.abc import Sequence

FORMAT = "gnupg-ring:"
"""The prefix of a `--keyring` in the older format. Source: gpg's manual, `--keyring`."""


def keyring(gpg: Program, ids: Sequence[str]) -> bytes:
    """The content of a keyring with only these keys, whose signatures are marked as good.

    Args:
        gpg: the program.
        ids: of public keys or subkeys, 16 hex digits each.

    Returns:
        nothing if gpg has none of them, or makes no such keyring.
    """
    exported = gpg.run("--export-options", "export-minimal", "--export", "--", *(f"0x{one}" for one in ids))
    if exported.code or not exported.out:
        return b""
    try:
        return _imported(gpg, exported.out)
    except OSError:  # without a temporary directory, or a full one, the user's keyring is sufficient
        return b""


def _imported(gpg: Program, keys: bytes) -> bytes:
    """The keyring with these keys, from a home of its own.

    In the user's, gpg.conf may name other keyrings, and an import makes gpg check its trust database.
    """
    with tempfile.TemporaryDirectory(prefix="pass-aws-") as home:
        separate = Program({**gpg.env, "GNUPGHOME": home, "PASSWORD_STORE_GPG_OPTS": ""})
        path = f"{home}/keyring"
        words = ("--no-autostart", "--no-default-keyring", "--keyring", f"{FORMAT}{path}", "--import")
        ran = separate.run(*words, stdin=keys)
        if ran.code or not os.path.exists(path):  # where gpg uses keyboxd, it ignores `--keyring`
            return b""
        with open(path, "rb") as file:
            return file.read()
