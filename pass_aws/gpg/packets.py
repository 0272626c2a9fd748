"""Finds the recipients of an OpenPGP file without gpg, which might ask for a passphrase."""

from __future__ import annotations

FOR_A_KEY = 1
ENCRYPTED = (9, 18, 20)
"""Packets of encrypted data: without integrity protection, with it, and as AEAD."""
PACKET, NEW_FORMAT = 0x80, 0x40
LENGTHS = {0: 1, 1: 2, 2: 4}
"""The octets of a length in the old format."""


def for_keys_only(content: bytes) -> bool:
    """Whether a file is encrypted only for public keys, and not also with a passphrase.

    Args:
        content: the whole file, binary.

    Source: RFC 4880, 4.2 (headers), 4.3 (tags), 11.3 (structure of messages).
    """
    place = 0
    while place < len(content) and content[place] & PACKET:
        first = content[place]
        tag = first & 0x3F if first & NEW_FORMAT else first >> 2 & 0xF
        if tag != FOR_A_KEY:
            return place > 0 and tag in ENCRYPTED
        begin, size = _new_length(content, place) if first & NEW_FORMAT else _old_length(content, place)
        if size < 0:
            return False
        place = begin + size
    return False


def _old_length(content: bytes, place: int) -> tuple[int, int]:
    """The start and the length of a packet's body; negative if unknown."""
    octets = LENGTHS.get(content[place] & 3, 0)
    field = content[place + 1 : place + 1 + octets]
    return place + 1 + octets, int.from_bytes(field, "big") if octets and len(field) == octets else -1


def _new_length(content: bytes, place: int) -> tuple[int, int]:
    field = content[place + 1 : place + 6]
    if field and field[0] < 192:
        return place + 2, field[0]
    if len(field) > 1 and field[0] < 224:
        return place + 3, (field[0] - 192 << 8) + field[1] + 192
    if len(field) == 5 and field[0] == 255:
        return place + 6, int.from_bytes(field[1:], "big")
    return place, -1
