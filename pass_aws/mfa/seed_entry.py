"""The store entry of an enrolled device: an otpauth line, as `pass otp` reads it, and its state."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import quote

INTENT, PENDING, ACTIVE = "intent", "pending", "active"
"""States: the seed will be made; the seed is stored, but the device is not enabled; the device is in use."""
ISSUER = "Amazon Web Services"


class SeedEntry(NamedTuple):
    """The content of an entry; its repr shows no seed.

    Args:
        state: INTENT, PENDING or ACTIVE.
        serial: the device's ARN.
        user: the user's name.
        seed: base32; empty in INTENT.
    """

    state: str
    serial: str
    user: str
    seed: str = ""

    def __repr__(self) -> str:
        """No seed."""
        return f"SeedEntry({self.state}, {self.serial})"

    @property
    def otpauth(self) -> str:
        """The line that authenticators read.

        Source: https://github.com/google/google-authenticator/wiki/Key-Uri-Format
        """
        account = self.serial.split(":")[4]
        label = f"{quote(ISSUER)}:{quote(self.user)}@{account}"
        return f"otpauth://totp/{label}?secret={self.seed}&issuer={quote(ISSUER)}"


def render(entry: SeedEntry) -> bytes:
    """The entry's text."""
    lines = [entry.otpauth] if entry.seed else []
    lines += [f"serial: {entry.serial}", f"user: {entry.user}", f"state: {entry.state}", ""]
    return "\n".join(lines).encode()


def read(text: bytes) -> SeedEntry | None:
    """Parses an entry; None if pass aws has not written it."""
    lines = text.decode("utf-8", "replace").splitlines()
    fields = dict(line.split(": ", 1) for line in lines if ": " in line)
    if fields.get("state") not in (INTENT, PENDING, ACTIVE) or not {"serial", "user"} <= set(fields):
        return None
    uri = next((line for line in lines if line.startswith("otpauth://")), "")
    seed = uri.partition("secret=")[2].partition("&")[0]
    return SeedEntry(fields["state"], fields["serial"], fields["user"], seed)
