"""Identifiers in AWS's format, which contain the account as AWS's do.

Of the 80 bits after the prefix, bits 1 to 40 are the account number.
Source: https://medium.com/@TalBeerySec/a-short-note-on-aws-key-id-f88cc4317489.
"""

from __future__ import annotations

import base64
import secrets

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


def key_id(prefix: str, account: str) -> str:
    """An access key id: AKIA… for long-lived keys, ASIA… for sessions, 20 characters."""
    number = 1 << 47 | int(account) << 7 | secrets.randbelow(128)
    return prefix + base64.b32encode(number.to_bytes(6, "big") + secrets.token_bytes(4)).decode()


def account_of(access_key_id: str) -> str:
    """The account whose number is in an access key id.

    Raises:
        ValueError: the id is neither ours nor AWS's.
    """
    raw = base64.b32decode(access_key_id[4:20])
    return f"{(int.from_bytes(raw[:6], 'big') & 0x7FFFFFFFFF80) >> 7:012d}"


def unique_id(prefix: str, account: str) -> str:
    """The id of a user (AIDA…) or role (AROA…), 21 characters."""
    return key_id(prefix, account) + secrets.choice(ALPHABET)


def secret() -> str:
    """A secret access key: 40 characters of base64, which may contain `/` and `+`."""
    return base64.b64encode(secrets.token_bytes(30)).decode()


def session_token() -> str:
    """A session token of the usual format and length, with padding."""
    return "IQoJb3JpZ2luX2VjE" + base64.b64encode(secrets.token_bytes(271)).decode()


def seed() -> str:
    """The seed of a virtual MFA device: 64 base32 characters."""
    return base64.b32encode(secrets.token_bytes(40)).decode()
