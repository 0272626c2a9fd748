"""The keys that gpg knows, and which of them are ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pass_aws.errors import UserError
from pass_aws.gpg import agent
from pass_aws.text.quoting import command

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pass_aws.gpg.process import Program

ELSEWHERE = "#"
"""Marks a secret key whose secret part is not on this machine, according to the agent."""
HIDDEN = "0" * 16
"""The id of a hidden recipient (`throw-keyids`)."""
EXPIRED, REVOKED, DISABLED = "e", "r", "d"
"""Validities; since GnuPG 1.4 a disabled key is marked in its uses, as `D`."""


class Key(NamedTuple):
    """A key or subkey, as `--with-colons` lists it.

    Args:
        id: sixteen hex digits.
        primary: the fingerprint of its primary key.
        fingerprint: its own fingerprint.
        validity: `e` expired, `r` revoked, `d` disabled, and others.
        uses: letters for its capabilities; a small `e` means encryption.
        token: for a secret key `+`, `#` (not here), or a card's serial number.
        grip: its keygrip, the agent's name for it.
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
        """Whether it is or was a key for encryption."""
        return "e" in self.uses


def keys(gpg: Program, listing: str, *ids: str) -> list[Key]:
    """The keys that `--list-keys` or `--list-secret-keys` shows for the ids, or all keys.

    Raises:
        UserError: gpg cannot list keys; for secret keys the agent is the cause.
    """
    listed = gpg.run("--with-colons", "--with-keygrip", listing, "--", *ids)
    if listed.code and not ids:
        raise UserError(
            f"gpg cannot list its keys: {listed.messages.strip()}",
            hint="run gpgconf --kill gpg-agent and try again",
        )
    return _parsed(listed.out)


def _parsed(listing: bytes) -> list[Key]:
    """Parses a listing by bytes: user ids in it may contain what Python takes for line ends."""
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
    """A time in the form of `--fixed-list-mode`, the default since GnuPG 2."""
    return int(text) if text.isascii() and text.isdigit() else 0


def recipients_of(gpg: Program, path: str) -> tuple[str, ...]:
    """The ids of the keys that a file is encrypted for, without decryption; a hidden one is all zeros."""
    listed = gpg.run("--list-only", "-d", "--", path).status
    return tuple(key for fields in listed.fields("ENC_TO") for key in fields[:1])


def readers(secret: Sequence[Key], ids: Iterable[str], opener: str) -> tuple[str, ...]:
    """The fingerprints of those of our keys that can read a file.

    Args:
        secret: the keys in `--list-secret-keys`.
        ids: of the keys that the file is encrypted for.
        opener: the fingerprint of the key that has just decrypted it; empty if not known.

    Raises:
        UserError: these keys can no longer be used for encryption.
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
    """The error for one of our keys that can no longer be used for encryption; None if it can."""
    parts = [key for key in secret if key.primary == primary]
    if not parts or any(key.encrypts and key.validity not in (EXPIRED, REVOKED) for key in parts):
        return None
    if any(key.validity == EXPIRED for key in parts):
        return UserError(f"your key {primary} has expired", hint=renewal(parts))
    return UserError(
        f"your key {primary} is revoked", hint="set PASS_AWS_CACHE_KEY to the fingerprint of another"
    )


def renewal(parts: Sequence[Key]) -> str:
    """The commands that extend one of our expired keys for another year.

    Args:
        parts: the key and its subkeys, the key first.
    """
    primary = parts[0].primary
    renew = ["gpg", "--quick-set-expire", primary, "1y"]
    late = [key.fingerprint for key in parts[1:] if key.validity == EXPIRED and key.encrypts]
    whole = [command(*renew)] if parts[0].validity == EXPIRED else []
    return " && ".join([*whole, *([command(*renew, *late)] if late else [])])


def own_among(gpg: Program, ids: Sequence[str]) -> tuple[str, ...]:
    """The fingerprints of those recipients whose secret key we have."""
    listed = keys(gpg, "--list-secret-keys", *ids) if ids else []
    mine = [key for key in listed if key.here]
    if not mine and listed and agent.standing(gpg) == agent.RESTRICTED:
        mine = [key for key in listed if key.validity not in (EXPIRED, REVOKED)]
    return tuple(dict.fromkeys(key.primary for key in mine))


def own(gpg: Program, chosen: str, variable: str) -> tuple[str, ...]:
    """The fingerprint of our key that the user names.

    Raises:
        UserError: no secret key matches, or more than one.
    """
    mine = own_among(gpg, [chosen])
    if len(mine) != 1:
        count = "no secret key" if not mine else f"{len(mine)} secret keys"
        raise UserError(
            f"{variable} names {count} on this machine: {chosen}",
            hint="set it to one of the fingerprints that gpg --list-secret-keys shows",
        )
    return mine
