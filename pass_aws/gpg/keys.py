"""Which keys gpg has, and which of them are ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pass_aws.errors import UserError
from pass_aws.gpg import agent
from pass_aws.text.quoting import command

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pass_aws.gpg.invocation import Program

ELSEWHERE = "#"
"""Marks a secret key of which only the public part is on this machine, as far as the agent says."""
HIDDEN = "0" * 16
"""The id of a recipient who is not named (`throw-keyids`)."""
EXPIRED, REVOKED, DISABLED = "e", "r", "d"
"""Validities; that a key is disabled stands among its uses since GnuPG 1.4, as `D`."""


class Key(NamedTuple):
    """A key or subkey, as `--with-colons` lists it.

    Args:
        id: sixteen hex digits.
        primary: the fingerprint of the key that it belongs to.
        fingerprint: its own.
        validity: `e` expired, `r` revoked, `d` disabled, and others.
        uses: letters of what it is for; a small `e` encrypts.
        token: for a secret key `+`, `#` (not here), or a card's serial number.
        grip: what its agent calls it.
        expires: Unix seconds; 0 for never.

    Source: GnuPG doc/DETAILS.
    """

    id: str
    primary: str
    fingerprint: str
    validity: str
    uses: str
    token: str
    grip: str
    expires: int = 0

    @property
    def here(self) -> bool:
        """Whether its secret part can be used on this machine."""
        return self.token != ELSEWHERE and self.validity not in (EXPIRED, REVOKED)

    @property
    def encrypts(self) -> bool:
        """Whether something can be encrypted to it, now or once."""
        return "e" in self.uses


def keys(gpg: Program, listing: str, *ids: str) -> list[Key]:
    """What `--list-keys` or `--list-secret-keys` shows for the ids, or in all; none if there is no such key.

    Raises:
        UserError: gpg cannot list, which for secret keys is its agent's fault.
    """
    listed = gpg.run("--with-colons", "--with-keygrip", listing, "--", *ids)
    if listed.code and not ids:
        raise UserError(
            f"gpg cannot list its keys: {listed.messages.strip()}",
            hint="run gpgconf --kill gpg-agent and try again",
        )
    return _parsed(listed.out)


def _parsed(listing: bytes) -> list[Key]:
    """User ids stand in a listing raw, with what Python takes for line ends."""
    found: list[Key] = []
    primary = ""
    for line in listing.split(b"\n"):
        row = [*line.decode("utf-8", "replace").split(":"), *("",) * 15]
        if row[0] in ("pub", "sec"):
            primary = ""
        if row[0] in ("pub", "sec", "sub", "ssb"):
            validity = DISABLED if "D" in row[11] else row[1]
            found.append(Key(row[4], primary, "", validity, row[11], row[14], "", _seconds(row[6])))
        elif row[0] == "fpr" and found:
            primary = primary or row[9]
            found[-1] = found[-1]._replace(primary=primary, fingerprint=row[9])
        elif row[0] == "grp" and found:
            found[-1] = found[-1]._replace(grip=row[9])
    return found


def _seconds(text: str) -> int:
    """A time as `--fixed-list-mode` writes it, which is usual since GnuPG 2."""
    return int(text) if text.isascii() and text.isdigit() else 0


def recipients_of(gpg: Program, path: str) -> tuple[str, ...]:
    """The ids of the keys that a file is encrypted to, without decrypting it; a hidden one is all zeros."""
    return tuple(fields[0] for fields in gpg.run("--list-only", "-d", "--", path).status.fields("ENC_TO"))


def readers(secret: Sequence[Key], ids: Iterable[str], opener: str) -> tuple[str, ...]:
    """The fingerprints of our keys that read a file.

    Args:
        secret: what `--list-secret-keys` shows.
        ids: of the keys that the file is encrypted to.
        opener: the fingerprint of the key that has just decrypted it; empty if that is not known.

    Raises:
        UserError: the keys that would are of no more use for encrypting.
    """
    wanted = set(ids)
    mine = [key.primary for key in secret if key.id in wanted and key.token != ELSEWHERE]
    found = tuple(dict.fromkeys(mine or ([opener] if opener else [])))
    if useless := [trouble for trouble in (_worn_out(secret, one) for one in found) if trouble]:
        if len(useless) == len(found):
            raise useless[0]
        return tuple(one for one in found if _worn_out(secret, one) is None)
    return found


def _worn_out(secret: Sequence[Key], primary: str) -> UserError | None:
    """Why nothing can be encrypted to one of our keys any more; None if it can."""
    parts = [key for key in secret if key.primary == primary]
    if not parts or any(key.encrypts and key.validity not in (EXPIRED, REVOKED) for key in parts):
        return None
    if any(key.validity == EXPIRED for key in parts):
        return UserError(f"your key {primary} has expired", hint=renewal(parts))
    return UserError(
        f"your key {primary} is revoked", hint="set PASS_AWS_CACHE_KEY to the fingerprint of another"
    )


def renewal(parts: Sequence[Key]) -> str:
    """The commands that make an expired key of ours good for another year.

    Args:
        parts: the key and its subkeys, the key first.
    """
    primary = parts[0].primary
    renew = ["gpg", "--quick-set-expire", primary, "1y"]
    late = [key.fingerprint for key in parts[1:] if key.validity == EXPIRED and key.encrypts]
    whole = [command(*renew)] if parts[0].validity == EXPIRED else []
    return " && ".join([*whole, *([command(*renew, *late)] if late else [])])


def own_among(gpg: Program, ids: Sequence[str]) -> tuple[str, ...]:
    """The fingerprints of those of some recipients whose secret key is ours."""
    listed = keys(gpg, "--list-secret-keys", *ids) if ids else []
    mine = [key for key in listed if key.here]
    if not mine and listed and agent.standing(gpg) == agent.RESTRICTED:
        mine = [key for key in listed if key.validity not in (EXPIRED, REVOKED)]
    return tuple(dict.fromkeys(key.primary for key in mine))


def own(gpg: Program, chosen: str, variable: str) -> tuple[str, ...]:
    """The fingerprint of a key of this machine that the user names.

    Raises:
        UserError: it is none, or more than one.
    """
    mine = own_among(gpg, [chosen])
    if len(mine) != 1:
        count = "no secret key" if not mine else f"{len(mine)} secret keys"
        raise UserError(
            f"{variable} names {count} of this machine: {chosen}",
            hint="gpg --list-secret-keys shows the fingerprints; name one",
        )
    return mine
