"""Reads and writes a key's entry: the text of aws-vault's item."""

from __future__ import annotations

import base64
import binascii
import re

from pass_aws.errors import UserError
from pass_aws.model import Credentials
from pass_aws.store.entry_names import clean
from pass_aws.text import go_json
from pass_aws.text.quoting import quote
from pass_aws.text.safe_text import shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

ITEM = ("key", "data")
MARK = b"\xef\xbb\xbf"
FIELD = re.compile(rb"\"(?:key|data)\"", re.IGNORECASE)
"""A pattern that matches any item, even a truncated one."""
KEY = ("accesskeyid", "secretaccesskey", "sessiontoken", "accountid")
IGNORED = (
    *("label", "description", "keychainnottrustapplication", "keychainnotsynchronizable"),
    *("source", "canexpire", "expires"),
)
"""Fields that aws-vault writes but nothing reads. All names match regardless of case."""


class Entry:
    """The content of a key's entry.

    Args:
        credentials: the access key.
        others: fields of the item that aws-vault does not know, such as ours, with the text of their values.
        inner: such fields of its Data.
    """

    __slots__ = ("credentials", "inner", "others")

    def __init__(self, credentials: Credentials, others: dict[str, str], inner: dict[str, str]) -> None:
        self.credentials: Final = credentials
        self.others: Final = others
        self.inner: Final = inner

    def __repr__(self) -> str:
        """Shows no secret."""
        return f"Entry({self.credentials!r})"


class ForeignEntryError(UserError):
    """An entry that neither aws-vault nor pass aws has written, such as a password; never replaced."""


def parse(text: bytes, name: str) -> Entry:
    """The key in an entry.

    Args:
        text: the decrypted entry.
        name: of the entry, below the prefix.

    Raises:
        UserError: it is invalid, or was written for another name.
        ForeignEntryError: it is not an AWS entry.
    """
    try:
        item, others = _fields(_item(text, name), ITEM)
        if item["data"] and clean(item["key"]) != clean(name):
            raise _swapped(item["key"], name)
        key, inner = _fields(_unpacked(item["data"]), KEY)
    except ValueError as error:
        raise _broken(name, str(error)) from None
    key_id, secret, token, account = (key[field] for field in KEY)
    if not key_id or not secret:
        raise _broken(name, "it does not contain an access key")
    return Entry(Credentials(key_id, secret, token, account_id=account), others, inner)


def named(text: bytes, name: str) -> str:
    """The name in an entry, in the form of a path.

    Args:
        text: the decrypted entry.
        name: its name in errors.

    Raises:
        UserError: it is not an item.
        ForeignEntryError: it is not an AWS entry.
    """
    try:
        return clean(_fields(_item(text, name), ITEM)[0]["key"])
    except ValueError as error:
        raise _broken(name, str(error)) from None


def _item(text: bytes, name: str) -> bytes:
    """The text of an item; invalid JSON with the names of an item's fields is a damaged item."""
    if not text.strip():
        raise UserError(f"the entry {shown(name)} is empty", hint=_anew(name))
    if not (text.lstrip().removeprefix(MARK)[:1] == b"{" and FIELD.search(text)):
        raise ForeignEntryError(
            f"the entry {shown(name)} is not an AWS entry",
            hint="use another profile name, or set PASS_AWS_PREFIX to another directory",
        )
    return text


def _anew(name: str) -> str:
    return f"run pass aws add {quote(name)} --force to store the key again"


def _broken(name: str, reason: str) -> UserError:
    return UserError(f"the entry {shown(name)} is damaged: {reason}", hint=_anew(name))


def _swapped(key: str, name: str) -> UserError:
    """The error for an entry with another name inside: it could contain the key of another account."""
    return UserError(
        f"the entry {shown(name)} was written for {shown(key) or 'no name'}: it was moved or swapped",
        hint=f"if you moved it, run pass aws move --repair {quote(name)}",
    )


def _fields(text: bytes, strings: tuple[str, ...]) -> tuple[dict[str, str], dict[str, str]]:
    """The strings by lower-case name, and the unknown fields unchanged.

    As in Go, the last of several fields is used, and null has no effect.

    Raises:
        ValueError: it is not a JSON object, or a field is not a string.
    """
    found, others = dict.fromkeys(strings, ""), {}
    for field, raw in go_json.members(text.decode("utf-8", "replace")):
        if field.lower() in strings:
            value = go_json.string(raw)
            found[field.lower()] = found[field.lower()] if value is None else value
        elif field.lower() not in IGNORED:
            others[field] = raw
    return found, others


def _unpacked(data: str) -> bytes:
    """Decodes base64 with padding; ignores line ends, as Go does."""
    try:
        return binascii.a2b_base64(data.replace("\r", "").replace("\n", "").encode("ascii"), strict_mode=True)
    except ValueError:
        raise ValueError("its Data is not base64") from None


def render(name: str, key_id: str, secret: str, previous: Entry | None = None) -> bytes:
    """The item that aws-vault would write, byte for byte, plus the unknown fields of `previous`.

    Raises:
        UserError: the key is not text.
    """
    old = previous.credentials if previous else Credentials("", "")
    account = old.account_id if old.access_key_id == key_id else ""
    data = go_json.object_of(
        [
            ("AccessKeyID", go_json.quote(key_id)),
            ("SecretAccessKey", go_json.quote(secret)),
            ("SessionToken", '""'),
            ("Source", '""'),
            ("CanExpire", "false"),
            ("Expires", '"0001-01-01T00:00:00Z"'),
            *([("AccountID", go_json.quote(account))] if account else ()),
            *(previous.inner.items() if previous else ()),
        ]
    )
    item = go_json.object_of(
        [
            ("Key", go_json.quote(clean(name))),
            ("Data", go_json.quote(base64.b64encode(_encoded(data, name)).decode())),
            ("Label", go_json.quote(f"aws-vault ({clean(name)})")),
            ("Description", '""'),
            ("KeychainNotTrustApplication", "true"),
            ("KeychainNotSynchronizable", "false"),
            *(previous.others.items() if previous else ()),
        ]
    )
    return _encoded(item, name)


def _encoded(text: str, name: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise UserError(f"the key for {shown(name)} is not text", hint="copy the key again") from None
