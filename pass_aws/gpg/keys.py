"""Which keys gpg has, and which of them read a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pass_aws.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pass_aws.gpg.gpg import Gpg

ELSEWHERE = "#"
"""Marks a secret key of which only the public part is on this machine."""


class Key(NamedTuple):
    """A key or subkey, as `--with-colons` lists it.

    Args:
        id: sixteen hex digits.
        primary: the fingerprint of the key that it belongs to.
        validity: `e` expired, `r` revoked, `d` disabled, and others.
        uses: letters of what it is for; a small `e` encrypts.
        token: for a secret key `+`, `#` (not here), or a card's serial number.

    Source: GnuPG doc/DETAILS.
    """

    id: str
    primary: str
    validity: str
    uses: str
    token: str

    @property
    def here(self) -> bool:
        """Whether its secret part can be used on this machine."""
        return self.token != ELSEWHERE and self.validity not in ("e", "r")


def keys(gpg: Gpg, listing: str, *ids: str) -> list[Key]:
    """What `--list-keys` or `--list-secret-keys` shows for the ids, or in all; none if there is no such key.

    Raises:
        UserError: gpg cannot list, which for secret keys is its agent's fault.
    """
    listed = gpg.run("--with-colons", listing, "--", *ids)
    if listed.code and not ids:
        raise UserError(f"gpg cannot list its keys: {listed.messages.strip()}")
    found: list[Key] = []
    primary = ""
    for line in listed.out.split(b"\n"):  # user ids stand in it raw, with what Python takes for line ends
        row = [*line.decode("utf-8", "replace").split(":"), *("",) * 15]
        if row[0] in ("pub", "sec"):
            primary = ""
        if row[0] in ("pub", "sec", "sub", "ssb"):
            found.append(Key(row[4], primary, row[1], row[11], row[14]))
        elif row[0] == "fpr" and not primary:
            primary = row[9]
            found[-1] = found[-1]._replace(primary=primary)
    return found


def recipients_of(gpg: Gpg, path: str) -> tuple[str, ...]:
    """The ids of the keys that a file is encrypted to, without decrypting it; a hidden one is all zeros."""
    listed = gpg.run("--list-only", "-d", "--", path)
    return tuple(fields[0] for fields in listed.status.fields("ENC_TO"))


def own_readers(gpg: Gpg, path: str) -> tuple[str, ...]:
    """The fingerprints of the keys of this machine that can read a file."""
    wanted = recipients_of(gpg, path)
    mine = [key.primary for key in keys(gpg, "--list-secret-keys") if key.id in wanted and key.here]
    return tuple(dict.fromkeys(mine))


def own_among(gpg: Gpg, ids: Sequence[str]) -> tuple[str, ...]:
    """The fingerprints of those of some recipients whose secret key is on this machine."""
    return tuple(dict.fromkeys(key.primary for key in keys(gpg, "--list-secret-keys", *ids) if key.here))


def own(gpg: Gpg, chosen: str, variable: str) -> tuple[str, ...]:
    """The fingerprint of a key of this machine that the user names.

    Raises:
        UserError: it is none, or more than one.
    """
    mine = dict.fromkeys(key.primary for key in keys(gpg, "--list-secret-keys", chosen) if key.here)
    if len(mine) != 1:
        count = "no secret key" if not mine else f"{len(mine)} secret keys"
        raise UserError(
            f"{variable} names {count} of this machine: {chosen}",
            hint="gpg --list-secret-keys shows the fingerprints; name one",
        )
    return tuple(mine)
