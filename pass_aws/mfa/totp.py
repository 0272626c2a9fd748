"""One-time codes: the `otpauth://` line, time steps, and the format of codes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

SCHEME = "otpauth://"
ALGORITHMS = ("SHA1", "SHA256", "SHA512")
SHORTEST = 14
"""The minimum length of a seed in bytes, 112 bits; AWS's have 40. Source: NIST SP 800-63B, as in pyotp."""
LONGEST_PERIOD = 120
MOST_DIGITS = 10


class Otpauth(NamedTuple):
    """The content of an `otpauth://totp/…` line; its repr does not show the secret.

    Args:
        secret: base32, upper case, without padding.
        digits: length of a code.
        period: seconds for which a code is valid.
        algorithm: one of ALGORITHMS.
        label: issuer and account, for people.
    """

    secret: str
    digits: int = 6
    period: int = 30
    algorithm: str = "SHA1"
    label: str = ""

    def __repr__(self) -> str:
        """Everything except the secret."""
        return f"Otpauth({self.label!r}, digits={self.digits}, period={self.period}, {self.algorithm})"

    def code(self, number: int) -> str:
        """The code of a time step.

        Source: RFC 6238, through pyotp.
        """
        import hashlib

        import pyotp

        maker = pyotp.TOTP(
            self.secret,
            digits=self.digits,
            digest=getattr(hashlib, self.algorithm.lower()),
            interval=self.period,
        )
        return maker.at(starts(number, self.period))


def step(now: float, period: int = 30) -> int:
    """The number of the time step that contains `now` (Unix seconds)."""
    return int(now // period)


def starts(number: int, period: int = 30) -> int:
    """The Unix second at which a time step begins."""
    return number * period


def ends(now: float, period: int = 30) -> int:
    """The Unix second at which the time step of `now` ends."""
    return starts(step(now, period) + 1, period)


def code(text: str) -> str:
    """A code of six digits, as AWS needs it; blanks between digits are removed.

    Raises:
        ValueError: it is not six digits.
    """
    digits = "".join(text.split())
    if len(digits) == 6 and digits.isascii() and digits.isdigit():
        return digits
    raise ValueError("a code is six digits")


def find(text: str) -> Otpauth:
    """The first otpauth line anywhere in an entry, as in `pass otp`.

    Raises:
        ValueError: there is none, or it is invalid; the reason never quotes the secret.
    """
    for line in text.splitlines():
        if SCHEME in line:
            return parse(line[line.index(SCHEME) :])
    raise ValueError(f"it has no {SCHEME} line")


def parse(line: str) -> Otpauth:
    """Reads one line.

    Raises:
        ValueError: what is wrong with it; the reason never quotes the secret.

    Source: https://github.com/google/google-authenticator/wiki/Key-Uri-Format
    """
    from urllib.parse import unquote

    if not line.startswith(SCHEME):
        raise ValueError(f"it does not begin with {SCHEME}")
    kind, _, rest = line.strip().removeprefix(SCHEME).partition("/")
    label, _, query = rest.partition("?")
    if kind.lower() != "totp":
        raise ValueError("only time-based codes (totp) are supported")
    values = _values(query.partition("#")[0])
    if values.get("encoder"):
        raise ValueError("its encoder makes codes that are not digits")
    return Otpauth(
        _secret(values.get("secret", "")),
        _number(values, "digits", 6, 6, MOST_DIGITS),
        _number(values, "period", 30, 1, LONGEST_PERIOD),
        _algorithm(values.get("algorithm") or "SHA1"),
        unquote(label),
    )


def _values(query: str) -> dict[str, str]:
    from urllib.parse import parse_qsl

    values: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        if values.setdefault(name.lower(), value) != value:
            raise ValueError("it has two different values for the same parameter")
    return values


def _secret(text: str) -> str:
    from base64 import b32decode

    secret = "".join(text.split()).replace("-", "").rstrip("=").upper()
    if not secret:
        raise ValueError("it has no secret")
    try:
        seed = b32decode(secret + "=" * (-len(secret) % 8))
    except ValueError:
        raise ValueError("its secret is not base32") from None
    if len(seed) < SHORTEST:
        raise ValueError(f"its secret is shorter than {SHORTEST * 8} bits")
    return secret


def _number(values: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    text = values.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and len(text) < 5 and least <= int(text) <= most):
        raise ValueError(f"its {name} must be a number from {least} to {most}")
    return int(text)


def _algorithm(text: str) -> str:
    name = text.upper().replace("-", "")
    if name not in ALGORITHMS:
        raise ValueError(f"its algorithm must be one of {', '.join(ALGORITHMS)}")
    return name
