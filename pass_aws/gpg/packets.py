"""Finds the recipients of an OpenPGP file without gpg, which might ask for a passphrase."""

from __future__ import annotations

FOR_A_KEY = 1
ENCRYPTED = (9, 18, 20)
"""Packets of encrypted data: without integrity protection, with it, and as AEAD."""
PACKET, NEW_FORMAT = 0x80, 0x40
LENGTHS = {0: 1, 1: 2, 2: 4}
"""The octets of a length in the old format."""
KEY_ID = slice(1, 9)
"""The place of the key id in a packet for a key, after its version."""


def for_keys_only(content: bytes) -> bool:
    """Whether a file is encrypted only for public keys, and not also with a passphrase."""
    return bool(recipients(content))


def recipients(content: bytes) -> tuple[str, ...]:
    """The ids of the keys that a file is encrypted for; none if a passphrase can decrypt it, too.

    Args:
        content: the whole file, binary.

    Returns:
        16 hex digits each, zeros for a hidden recipient; nothing for a file that is not encrypted.

    Source: RFC 4880, 4.2 (headers), 4.3 (tags), 5.1 (packets for keys), 11.3 (structure of messages).
    """
    found: list[str] = []
    place = 0
    while place < len(content) and content[place] & PACKET:
        first = content[place]
        tag = first & 0x3F if first & NEW_FORMAT else first >> 2 & 0xF
        if tag != FOR_A_KEY:
            return tuple(found) if tag in ENCRYPTED else ()
        begin, size = _new_length(content, place) if first & NEW_FORMAT else _old_length(content, place)
        if size < 0:
            return ()
        found.append(content[begin : begin + size][KEY_ID].hex().upper())
        place = begin + size
    return ()


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
