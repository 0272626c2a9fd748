"""The format of access keys, and how to read them from input."""

from __future__ import annotations

import json
from string import ascii_letters, ascii_uppercase, digits

from pass_aws.errors import UserError

ID_LETTERS = frozenset(ascii_uppercase + digits)
SECRET_LETTERS = frozenset(ascii_letters + digits + "/+=")
ID_LENGTH, SECRET_LENGTH = 20, 40
LONG_LIVED = "give a long-lived key, whose id begins with AKIA"
HANDED_OVER = "give the key id on the first line and the secret on the second, or JSON"


def looks_like_id(text: str) -> bool:
    """Whether a text has the format of a long-lived key's id.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
    """
    return len(text) == ID_LENGTH and text.startswith("AKIA") and set(text) <= ID_LETTERS


def looks_like_secret(text: str) -> bool:
    """Whether a text has the format of a secret access key."""
    return len(text) == SECRET_LENGTH and set(text) <= SECRET_LETTERS


def oddities(key_id: str, secret: str) -> list[str]:
    """How a key differs from AWS's format, without the secret; empty if it does not."""
    if looks_like_secret(key_id) and looks_like_id(secret):
        return ["key id and secret look swapped"]
    odd = []
    if not looks_like_id(key_id):
        odd.append(f"the key id has {len(key_id)} characters; AWS key ids have 20 and start with AKIA")
    if not looks_like_secret(secret):
        odd.append(f"the secret has {len(secret)} characters; AWS secrets have 40 of A-Z a-z 0-9 / +")
    return odd


def refuse_impossible(key_id: str, secret: str) -> None:
    """Refuses what cannot be a long-lived key.

    Raises:
        UserError: it is empty, contains blanks or control characters, or is a session's key.
    """
    for what, text in (("key id", key_id), ("secret", secret)):
        if not text:
            raise UserError(f"the {what} is empty", hint="copy both parts of the key again")
        if not all("!" <= letter <= "~" for letter in text):
            raise UserError(
                f"the {what} contains blanks or invalid characters", hint="copy it again, without other text"
            )
    if key_id.startswith("ASIA"):
        raise UserError(
            "ASIA… is the key of a session, which expires; the store is for long-lived keys", hint=LONG_LIVED
        )


def handed_over(text: str) -> tuple[str, str]:
    """Reads key id and secret from standard input: two lines, or JSON.

    The JSON may be the output of `aws iam create-access-key`, or its inner object.

    Raises:
        UserError: it is neither.
    """
    if text.lstrip().startswith("{"):
        return _of_json(text)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) != 2:
        raise UserError(
            f"standard input has {len(lines)} lines instead of two",
            hint=HANDED_OVER,
        )
    return lines[0], lines[1]


def _of_json(text: str) -> tuple[str, str]:
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        raise UserError("standard input is not JSON", hint=HANDED_OVER) from None
    found = answer.get("AccessKey", answer)
    fields = {str(name).lower(): value for name, value in found.items()} if isinstance(found, dict) else {}
    pair = fields.get("accesskeyid"), fields.get("secretaccesskey")
    if not all(isinstance(value, str) for value in pair):
        raise UserError("the JSON does not contain AccessKeyId and SecretAccessKey", hint=HANDED_OVER)
    if fields.get("sessiontoken"):
        raise UserError(
            "the JSON contains a SessionToken: these credentials expire; the store is for long-lived keys",
            hint=LONG_LIVED,
        )
    return str(pair[0]).strip(), str(pair[1]).strip()
