"""Strict readers for access keys in CSV, JSON and ordinary pass entries."""

from __future__ import annotations

import csv
import json
import re
from typing import TYPE_CHECKING, NamedTuple

from pass_aws.keys import access_key
from pass_aws.text import json_objects

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

IDS = ("awsaccesskeyid", "accesskeyid", "accesskey", "keyid", "user", "username", "login")
SECRETS = ("awssecretaccesskey", "secretaccesskey", "secretkey", "secret", "password")
TOKENS = ("awssessiontoken", "sessiontoken", "awssecuritytoken", "securitytoken")
"""Names of fields, without case, blanks, `_` and `-`."""
_FIELD = re.compile(r"(?:export\s+)?([A-Za-z][A-Za-z _-]*?)\s*[:=]\s*(.*)")


class Found(NamedTuple):
    """A key in a source; its repr shows no secret.

    Args:
        name: its profile.
        key_id: empty if missing.
        secret: empty if missing.
        origin: its place, for people.
        token: whether it has a session token, so that it is not a long-lived key.
    """

    name: str
    key_id: str
    secret: str
    origin: str
    token: bool = False

    def __repr__(self) -> str:
        """No secret."""
        return f"Found({self.name!r}, {self.origin!r})"


def of_fields(fields: Mapping[str, str], name: str, origin: str) -> Found:
    """The key in named values; several spellings of the names are accepted."""
    plain = {re.sub(r"[ _-]", "", field.lower()): value.strip() for field, value in fields.items()}
    return Found(name, _first(plain, IDS), _first(plain, SECRETS), origin, bool(_first(plain, TOKENS)))


def _first(fields: Mapping[str, str], names: Iterable[str]) -> str:
    return next((fields[name] for name in names if fields.get(name)), "")


def of_csv(text: str, name: str, origin: str) -> list[Found]:
    """The keys in a CSV file from the console, one per row.

    Args:
        text: the file; the first row has the names of the columns.
        name: of the profile; if empty, a row's `User name`.
        origin: the file.

    Raises:
        ValueError: its columns or rows are missing, or it is not CSV.
    """
    try:
        rows = list(csv.DictReader(text.removeprefix("\ufeff").splitlines()))
    except csv.Error:
        raise ValueError("it is not CSV") from None
    if not rows:
        raise ValueError("it has only a header row")
    found = []
    for row in rows:
        fields = {str(field): value for field, value in row.items() if isinstance(value, str)}
        key = of_fields({k: v for k, v in fields.items() if k.strip().lower() != "user name"}, name, origin)
        found.append(key._replace(name=name or fields.get("User name", "").strip()))
    if not any(key.key_id and key.secret for key in found):
        raise ValueError("it does not have the columns Access key ID and Secret access key")
    return found


def csv_without(text: str, gone: Iterable[str]) -> str:
    """Removes the rows with one of these secrets from the CSV text, and keeps every other byte."""
    secrets = tuple(gone)
    lines = text.splitlines(keepends=True)
    return "".join(line for line in lines if not any(secret in line for secret in secrets))


def of_json(text: str, name: str, origin: str) -> Found:
    """The key in JSON: `aws configure export-credentials`, `aws iam create-access-key`, `aws-vault export`.

    Raises:
        ValueError: it is not a JSON object.
    """
    answer = json_objects.read(text)
    inner = json_objects.one(answer.get("AccessKey", answer), "it is not a JSON object")
    fields = {str(field): value for field, value in inner.items() if isinstance(value, str)}
    return of_fields(fields, name, origin)


def json_without(text: str, gone: Iterable[str]) -> str:
    """Empties these secrets in the JSON text, and keeps every other byte.

    Raises:
        ValueError: a secret is escaped, so that it cannot be found in the text.
    """
    for secret in gone:
        for written in {json.dumps(secret), json.dumps(secret).replace("/", r"\/")}:
            text = text.replace(written, '""')
        if secret == of_json(text, "", "").secret:
            raise ValueError("its secret contains escapes")
    return text


def key_alone(text: str, found: Found) -> bool:
    """Whether an ordinary entry contains only the key, so that removing it loses nothing else."""
    own = (found.key_id, found.secret)
    for line in filter(None, map(str.strip, text.splitlines())):
        match = _FIELD.fullmatch(line)
        if line not in own and not (match and match[2].strip().strip("'\"") in own):
            return False
    return True


def of_entry(text: str, name: str, origin: str) -> Found:
    """The key in an ordinary pass entry: id or secret on the first line, the rest as `name: value`."""
    first, *_ = text.splitlines() or [""]
    fields: dict[str, str] = {}
    for line in text.splitlines():
        if match := _FIELD.fullmatch(line.strip()):
            fields.setdefault(match[1], match[2].strip().strip("'\""))
    if access_key.looks_like_id(first.strip()):
        fields.setdefault("access key id", first.strip())
    elif access_key.looks_like_secret(first.strip()):
        fields = {"secret access key": first.strip(), **fields}
    return of_fields(fields, name, origin)
