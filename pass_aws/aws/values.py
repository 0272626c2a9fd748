"""Checks of values for AWS; each function returns the value or raises ValueError with the reason.

botocore checks only minimum lengths, so a wrong value would be noticed only after a prompt and a call.
Source: the patterns of https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pass_aws.text.safe_text import shown

if TYPE_CHECKING:
    from collections.abc import Callable

LEAST = 900
LONGEST_ROLE = 43_200
LONGEST_SESSION = 129_600
"""Bounds of DurationSeconds: AssumeRole* 900 to 43200, GetSessionToken 900 to 129600."""

# not compiled: a command uses few of them, and compiling all takes milliseconds
PARTITION = r"aws(?:-[a-z]+)*"
_NAME = r"[\w+=,.@-]*"
_ROLE = rf"arn:{PARTITION}:iam::\d{{12}}:role/(?:[!-~]+/)?[\w+=,.@-]+"
_ANY_ROLE = r"arn:[a-z][a-z0-9-]*:iam::(?:\d{12})?:role/(?:[!-~]+/)?[\w+=,.@-]+"
_MFA = rf"arn:{PARTITION}:iam::\d{{12}}:mfa/[\w+=/:,.@-]+"
_LOGIN = rf"arn:{PARTITION}:(?:iam|sts)::\d{{12}}:[!-~]+"
_PLACE = r"\{(user|host|time)\}"
_REGION = r"(?!-)[a-z0-9-]{1,63}(?<!-)"


def bounded(seconds: int, longest: int) -> int:
    """Checks that the call accepts a duration.

    Args:
        seconds: the requested duration.
        longest: LONGEST_ROLE or LONGEST_SESSION.
    """
    if not LEAST <= seconds <= longest:
        raise ValueError(f"{seconds} s is out of range: {LEAST} (15m) to {longest} ({longest // 3600}h)")
    return seconds


def role_arn(text: str) -> str:
    """`arn:aws:iam::123456789012:role/…`."""
    if ":assumed-role/" in text:
        raise ValueError(f"{shown(text)} is a session; a role is arn:aws:iam::ACCOUNT:role/NAME")
    if not re.fullmatch(_ROLE, text, re.ASCII) or len(text) > 2048:
        raise ValueError(f"{shown(text)} is not a role (arn:aws:iam::123456789012:role/NAME)")
    return text


def any_role_arn(text: str) -> str:
    """A role of a service other than AWS: its ARN may have no account, or its own partition."""
    if not re.fullmatch(_ANY_ROLE, text, re.ASCII) or len(text) > 2048:
        raise ValueError(f"{shown(text)} is not a role (arn:aws:iam:::role/NAME)")
    return text


def serial(text: str) -> str:
    """The ARN of a virtual MFA device, or the serial number of a hardware one."""
    if ":u2f/" in text or ":sms-mfa/" in text:
        raise ValueError(
            f"{shown(text)} cannot be used with STS: register an authenticator app as well,"
            " and set its ARN (arn:aws:iam::ACCOUNT:mfa/NAME)"
        )
    hardware = re.fullmatch(r"[\w+=,.@-]{9,256}", text, re.ASCII)
    if not hardware and not (re.fullmatch(_MFA, text, re.ASCII) and len(text) <= 256):
        raise ValueError(f"{shown(text)} is not an MFA device (arn:aws:iam::123456789012:mfa/NAME)")
    return text


def device(text: str) -> str:
    """The serial of any MFA device in IAM, also of a passkey, which STS does not accept."""
    if not re.fullmatch(r"[\w+=/:,.@-]{9,256}", text, re.ASCII):
        raise ValueError(f"{shown(text)} is not an MFA device (arn:aws:iam::123456789012:mfa/NAME)")
    return text


def source_identity(text: str) -> str:
    """2 to 256 characters that IAM allows in names; until 2026 STS allowed 64."""
    return _named(text, 256)


def session_name(text: str) -> str:
    """A RoleSessionName, or a template for one with `{user}`, `{host}` and `{time}`."""
    bare = re.sub(_PLACE, "xx", text)
    _named(bare, 64, shown(text))
    return text


def _named(text: str, longest: int, as_written: str = "") -> str:
    if not re.fullmatch(_NAME, text, re.ASCII):
        raise ValueError(f"{as_written or shown(text)} may contain only letters, digits and _+=,.@-")
    if not 2 <= len(text) <= longest:
        raise ValueError(f"{as_written or shown(text)} must have 2 to {longest} characters")
    return text


def external_id(text: str) -> str:
    """2 to 1224 characters; the message does not show the value, because people treat it as a secret."""
    if not re.fullmatch(r"[\w+=,.@:/-]{2,1224}", text, re.ASCII):
        raise ValueError("must have 2 to 1224 letters, digits or _+=,.@:/-")
    return text


def region(text: str) -> str:
    """A region's name, which cannot break out of the host name that is made from it."""
    if not re.fullmatch(_REGION, text, re.ASCII):
        raise ValueError(f"{shown(text)} is not a region (us-east-1)")
    return text


def permission_set(text: str) -> str:
    """The name of a role in Identity Center, `AdministratorAccess`."""
    if not re.fullmatch(r"[\w+=,.@-]{1,64}", text, re.ASCII):
        raise ValueError(
            f"{shown(text)} is not a role of Identity Center (1 to 64 letters, digits or _+=,.@-)"
        )
    return text


def scopes(text: str) -> str:
    """Scopes, separated by commas, `sso:account:access`."""
    if not all(re.fullmatch(r"[\w:./-]{1,80}", one.strip(), re.ASCII) for one in text.split(",")):
        raise ValueError(f"{shown(text)} is not a list of scopes (sso:account:access)")
    return text


def login_session(text: str) -> str:
    """The ARN that `aws login` has written."""
    if not re.fullmatch(_LOGIN, text, re.ASCII):
        raise ValueError(f"{shown(text)} is not an identity (arn:aws:iam::123456789012:user/NAME)")
    return text


def account(text: str) -> str:
    """Twelve digits."""
    if not re.fullmatch(r"[0-9]{12}", text):
        raise ValueError(f"{shown(text)} is not an account (twelve digits)")
    return text


def account_of(key_id: str) -> str:
    """The account that an access key id probably belongs to; empty for ids made before 2020.

    Source: public research: ten base32 letters after the prefix contain the number, shifted by seven bits.
    """
    if not re.fullmatch(r"A[KS]IA[Q-Z2-7][A-Z2-7]{15}", key_id):
        return ""
    import base64

    number = int.from_bytes(base64.b32decode(key_id[4:20])[:6]) >> 7 & 0xFF_FFFF_FFFF
    return f"{number:012}" if number < 10**12 else ""


def one_of(*names: str) -> Callable[[str], str]:
    """The check for a fixed set of values."""

    def check(text: str) -> str:
        if text not in names:
            raise ValueError(f"must be {' or '.join(names)}, spelled exactly like this")
        return text

    return check


def flag(text: str) -> bool:
    """`true` or `false`."""
    if text.lower() not in ("true", "false"):
        raise ValueError(f"{shown(text)} is neither true nor false")
    return text.lower() == "true"


def count(text: str) -> int:
    """A whole number above zero."""
    if not re.fullmatch(r"[1-9][0-9]{0,5}", text):
        raise ValueError(f"{shown(text)} is not a number above zero")
    return int(text)
