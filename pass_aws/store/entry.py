"""A key in the store: the text of aws-vault's item, read and written."""

from __future__ import annotations

import base64
import binascii
import re

from pass_aws.errors import UserError
from pass_aws.model import Credentials
from pass_aws.store.entry_names import check_name, clean, kind
from pass_aws.text import go_json
from pass_aws.text.quoting import quote
from pass_aws.text.safe_text import shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

__all__ = ["Entry", "check_name", "clean", "kind", "parse", "render"]

ITEM = ("key", "data")
MARK = b"\xef\xbb\xbf"
FIELD = re.compile(rb"\"(?:key|data)\"", re.IGNORECASE)
"""What an item has in it, also where it is cut short."""
KEY = ("accesskeyid", "secretaccesskey", "sessiontoken", "accountid")
IGNORED = (
    *("label", "description", "keychainnottrustapplication", "keychainnotsynchronizable"),
    *("source", "canexpire", "expires"),
)
"""Fields that aws-vault writes and nobody reads. All names match without regard to case."""


class Entry:
    """A key as its entry has it.

    Args:
        credentials: the access key.
        others: fields of the item that aws-vault does not know, ours among them, each with its value's text.
        inner: the same for its Data.
    """

    __slots__ = ("credentials", "inner", "others")

    def __init__(self, credentials: Credentials, others: dict[str, str], inner: dict[str, str]) -> None:
        self.credentials: Final = credentials
        self.others: Final = others
        self.inner: Final = inner

    def __repr__(self) -> str:
        """Shows no secret, as Credentials does not."""
        return f"Entry({self.credentials!r})"


class ForeignEntryError(UserError):
    """An entry that neither aws-vault nor we have written, such as a password: never offered to replace."""


def parse(text: bytes, name: str) -> Entry:
    """The key in an entry.

    Args:
        text: the decrypted entry.
        name: of the entry, below the prefix.

    Raises:
        UserError: it is broken, or was written for another name.
        ForeignEntryError: it is something else than an AWS entry.
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
        raise _broken(name, "there is no access key in it")
    return Entry(Credentials(key_id, secret, token, account_id=account), others, inner)


def named(text: bytes, name: str) -> str:
    """The name an entry says it was written for, as its path would have it.

    Args:
        text: the decrypted entry.
        name: what errors call it.

    Raises:
        UserError: it is not an item.
        ForeignEntryError: it is something else than an AWS entry.
    """
    try:
        return clean(_fields(_item(text, name), ITEM)[0]["key"])
    except ValueError as error:
        raise _broken(name, str(error)) from None


def _item(text: bytes, name: str) -> bytes:
    """The text, where it is or was an item: broken JSON with the names of an item's fields is still ours."""
    if not text.strip():
        raise UserError(f"the entry {shown(name)} is empty", hint=_anew(name))
    if not (text.lstrip().removeprefix(MARK)[:1] == b"{" and FIELD.search(text)):
        raise ForeignEntryError(
            f"the entry {shown(name)} is not an AWS entry",
            hint="give the profile another name, or set PASS_AWS_PREFIX to a directory of its own",
        )
    return text


def _anew(name: str) -> str:
    return f"run pass aws add {quote(name)} --force to store the key anew"


def _broken(name: str, reason: str) -> UserError:
    return UserError(f"the entry {shown(name)} is broken: {reason}", hint=_anew(name))


def _swapped(key: str, name: str) -> UserError:
    """An entry under another name than its own would hand out the wrong account's key."""
    return UserError(
        f"the entry {shown(name)} was written for {shown(key) or 'no name'}: it was moved or swapped",
        hint=f"if that is right, run pass aws move --repair {quote(name)}",
    )


def _fields(text: bytes, strings: tuple[str, ...]) -> tuple[dict[str, str], dict[str, str]]:
    """The strings by lower-case name, and the unknown fields as they stand.

    As in Go the last of several wins, and null changes nothing.

    Raises:
        ValueError: it is not a JSON object, or one of the strings is something else.
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
    """The bytes behind base64 with padding; Go passes over line ends."""
    try:
        return binascii.a2b_base64(data.replace("\r", "").replace("\n", "").encode("ascii"), strict_mode=True)
    except ValueError:
        raise ValueError("its Data is not base64") from None


def render(name: str, key_id: str, secret: str, previous: Entry | None = None) -> bytes:
    """The item that aws-vault would write, byte for byte, plus what `previous` has and aws-vault ignores.

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
        raise UserError(f"the key for {shown(name)} is not text") from None
