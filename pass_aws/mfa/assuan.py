"""The Assuan protocol of pinentry: escapes, commands, answers.

Source: https://www.gnupg.org/documentation/manuals/assuan/Client-requests.html and Server-responses.html
"""

from __future__ import annotations

from typing import NamedTuple

LONGEST = 1000
"""The maximum length of a line in bytes, without its end."""
CANCELLED = frozenset({99, 198})
"""GPG_ERR_CANCELED and GPG_ERR_FULLY_CANCELED, the low 16 bits of an error number."""


class Answer(NamedTuple):
    """A line from the server.

    Args:
        kind: `OK`, `ERR`, `D`, `S`, `INQUIRE`, `#` or another word.
        rest: the text after the blank, unchanged.
    """

    kind: str
    rest: bytes = b""

    def error(self) -> int:
        """The number of an `ERR` line; 0 if there is none."""
        number = self.rest.partition(b" ")[0]
        return int(number) if number.isdigit() and len(number) < 12 else 0

    def cancelled(self) -> bool:
        """Whether the user has cancelled."""
        return self.kind == "ERR" and self.error() & 0xFFFF in CANCELLED


def escape(text: bytes) -> bytes:
    """Percent-escapes characters that would end or change a line."""
    return b"".join(b"%%%02X" % byte if byte < 0x20 or byte in b"%\x7f" else bytes((byte,)) for byte in text)


def unescape(text: bytes) -> bytes:
    """Decodes percent escapes of any character; an invalid escape is left unchanged."""
    first, *rest = text.split(b"%")
    return first + b"".join(_byte(part) for part in rest)


def _byte(part: bytes) -> bytes:
    try:
        return bytes.fromhex(part[:2].decode()) + part[2:] if len(part) > 1 else b"%" + part
    except ValueError:
        return b"%" + part


def command(word: str, argument: str = "") -> bytes:
    """A line to send; a text that is too long is cut between characters and escapes."""
    room = LONGEST - len(word) - 1
    escaped = b""
    for sign in argument:
        more = escape(sign.encode(errors="replace"))
        if len(escaped) + len(more) > room:
            break
        escaped += more
    return word.encode() + (b" " + escaped if argument else b"") + b"\n"


def answer(line: bytes) -> Answer:
    """Parses a line from the server, with or without its end."""
    kind, _, rest = line.rstrip(b"\r\n").partition(b" ")
    return Answer(kind.decode(errors="replace"), rest)
