"""gpg's status channel: one keyword per line, its fields separated by single blanks."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

PREFIX = b"[GNUPG:] "
MADE_BY_KEY = ("GOODSIG", "EXPSIG", "EXPKEYSIG", "REVKEYSIG")
"""Status keywords for a signature that its key has made; pass requires no more than that."""
VALIDSIG_FIELDS = 10
KEY_ID = 16
"""Hex digits of gpg's shortest key id."""


class Status:
    """The status lines of one run of gpg.

    User ids and file names are in them unescaped. So only a line feed ends a line, and only a blank ends
    a field; U+2028, U+0085 and the like are part of a name.

    Args:
        raw: all bytes of the status channel, or of a stream that it shares with gpg's messages.

    Source: GnuPG doc/DETAILS, "Format of the --status-fd output".
    """

    __slots__ = ("lines",)

    def __init__(self, raw: bytes) -> None:
        self.lines = [
            row.removeprefix(PREFIX).decode("utf-8", "surrogateescape").split(" ")
            for row in raw.split(b"\n")
            if row.startswith(PREFIX)
        ]

    @property
    def keywords(self) -> list[str]:
        """The keywords, in order."""
        return [line[0] for line in self.lines]

    def fields(self, keyword: str) -> list[list[str]]:
        """The fields of each line with a keyword."""
        return [line[1:] for line in self.lines if line[0] == keyword]

    def errors(self, place: str) -> set[int]:
        """The error codes of `ERROR` lines with one location, without the bits for GnuPG's component.

        Source: libgpg-error: the lower 16 bits are the code.
        """
        found = (fields[1] for fields in self.fields("ERROR") if len(fields) > 1 and fields[0] == place)
        return {int(code) & 0xFFFF for code in found if code.isascii() and code.isdigit()}


def decrypted(status: Status, code: int) -> bool:
    """Whether the output is the complete content of one encrypted message.

    gpg also prints data that was never encrypted, and exits with 0 for it and for many truncated files.
    """
    words = status.keywords
    order = [word for word in words if word in ("BEGIN_DECRYPTION", "PLAINTEXT", "DECRYPTION_OKAY")]
    return code == 0 and order == ["BEGIN_DECRYPTION", "PLAINTEXT", "DECRYPTION_OKAY"]


def signers(status: Status) -> set[str]:
    """The fingerprints of valid signatures: of the signing keys and of their primary keys.

    A VALIDSIG is accepted only after the NEWSIG of its signature and the line that names the same key.
    """
    found: set[str] = set()
    maker: Sequence[str] = ()
    for keyword, *fields in status.lines:
        if keyword in ("NEWSIG", "BADSIG", "ERRSIG"):
            maker = ()
        elif keyword in MADE_BY_KEY:
            maker = fields[:1]
        elif keyword == "VALIDSIG" and len(fields) == VALIDSIG_FIELDS:
            if maker and len(maker[0]) >= KEY_ID and fields[0].endswith(maker[0]):
                found |= {fields[0], fields[-1]}
            maker = ()
    return found
