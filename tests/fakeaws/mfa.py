"""MFA devices with TOTP seeds: a window of one step each way; every code works once."""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from fakeaws.clock import Clock
    from fakeaws.people import User

STEP = 30
RESYNC_WINDOW = 100


def totp(seed: str, step: int) -> str:
    """The six digits of a base32 seed at a time step.

    Source: RFC 6238 with SHA-1 and 30 s; RFC 4226 §5.3.
    """
    digest = hmac.new(base64.b32decode(seed), struct.pack(">Q", step), hashlib.sha1).digest()
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


class MfaDevice:
    """A virtual device: its seed, its user, its used codes.

    Args:
        drift: steps by which the device's own clock is ahead; AWS learns it when enabling or resynchronizing.
    """

    def __init__(self, clock: Clock, serial: str, seed: str, drift: int = 0) -> None:
        self.serial, self.seed, self.drift = serial, seed, drift
        self.user: User | None = None
        self.enabled_at = 0.0
        self.known_drift = 0
        self.used: set[int] = set()
        self._clock = clock

    @property
    def name(self) -> str:
        """The device's name: the last part of the serial."""
        return self.serial.rpartition("/")[2]

    @property
    def account(self) -> str:
        """The account of the device."""
        return self.serial.split(":")[4]

    @property
    def otpauth(self) -> str:
        """The line for an authenticator, or a pass entry."""
        issuer = quote("Amazon Web Services")
        owner = self.user.name if self.user else self.name
        return f"otpauth://totp/{issuer}:{quote(owner)}@{self.account}?secret={self.seed}&issuer={issuer}"

    def step(self) -> int:
        """The current time step of the device."""
        return int(self._clock.now()) // STEP + self.drift

    def code(self, step_offset: int = 0) -> str:
        """The current code, or that of a number of steps earlier or later."""
        return totp(self.seed, self.step() + step_offset)

    def wrong_code(self) -> str:
        """Six digits that are not the code of any step near now."""
        near = {self.code(offset) for offset in range(-RESYNC_WINDOW, RESYNC_WINDOW + 1)}
        return next(code for code in (f"{number:06d}" for number in range(1_000_000)) if code not in near)

    def accept(self, code: str) -> bool:
        """Whether the code is correct, in the window and unused; then it is used."""
        middle = int(self._clock.now()) // STEP + self.known_drift
        step = self._find(code, range(middle - 1, middle + 2))
        if step is None:
            return False
        self.used.add(step)
        return True

    def accept_pair(self, first: str, second: str) -> bool:
        """Whether these are unused codes of two consecutive steps, which also tells AWS the drift.

        Source: IAM EnableMFADevice, ResyncMFADevice: two consecutive codes synchronize a device.
        """
        middle = int(self._clock.now()) // STEP
        near = sorted(
            range(middle - RESYNC_WINDOW, middle + RESYNC_WINDOW), key=lambda step: abs(step - middle)
        )
        for step in near:
            if first == totp(self.seed, step) and second == totp(self.seed, step + 1):
                if not self.used.isdisjoint((step, step + 1)):
                    return False
                self.used |= {step, step + 1}
                self.known_drift = 0 if abs(step + 1 - middle) <= 1 else step + 1 - middle
                return True
        return False

    def _find(self, code: str, steps: range) -> int | None:
        right = (step for step in steps if hmac.compare_digest(totp(self.seed, step), code))
        return next((step for step in right if step not in self.used), None)
