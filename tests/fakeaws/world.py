"""The state of AWS: users, keys, devices, roles, sessions, web tokens of all accounts."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from fakeaws import ids
from fakeaws.center import Center
from fakeaws.mfa import MfaDevice
from fakeaws.people import AccessKey, Caller, Propagation, Role, Session, User, WebToken
from fakeaws.signin import Signin
from fakeaws.wire import Refused

if TYPE_CHECKING:
    from fakeaws.clock import Clock

KEYS_PER_USER = 2
DEVICES_PER_USER = 8


class World:
    """The state behind the services; access requires `lock`."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.lock = threading.RLock()
        self.users: dict[tuple[str, str], User] = {}
        self.roles: dict[str, Role] = {}
        self.devices: dict[str, MfaDevice] = {}
        self.sessions: dict[str, Session] = {}
        self.web_tokens: dict[str, WebToken] = {}
        self.disabled_regions: set[str] = set()
        self.sign_in_tokens: dict[str, tuple[float, int]] = {}
        self.propagation = Propagation()
        self.center = Center(self)
        self.signin = Signin(self)

    def new_key(self, user: User, propagation: Propagation) -> AccessKey:
        """Another key for the user.

        Raises:
            Refused: the user already has two, active or not.
        """
        if len(user.keys) >= KEYS_PER_USER:
            raise Refused("LimitExceeded", f"Cannot exceed quota for AccessKeysPerUser: {KEYS_PER_USER}", 409)
        user.keys.append(AccessKey(user, self.clock.now(), propagation))
        return user.keys[-1]

    def key(self, key_id: str) -> AccessKey | None:
        """The long-lived key with this id, if it exists."""
        return next((key for user in self.users.values() for key in user.keys if key.id == key_id), None)

    def new_device(
        self, name: str, account: str, *, path: str = "/", partition: str = "aws", drift: int = 0
    ) -> MfaDevice:
        """A new, unassigned MFA device.

        Raises:
            Refused: the name already exists.
        """
        serial = f"arn:{partition}:iam::{account}:mfa{path}{name}"
        if serial in self.devices:
            message = "MFADevice entity at the same path and name already exists."
            raise Refused("EntityAlreadyExists", message, 409)
        self.devices[serial] = MfaDevice(self.clock, serial, ids.seed(), drift)
        return self.devices[serial]

    def enable(self, device: MfaDevice, user: User) -> None:
        """Assigns the device to the user."""
        self.check_free(device, user)
        device.user, device.enabled_at = user, self.clock.now()

    @staticmethod
    def check_free(device: MfaDevice, user: User) -> None:
        """Refuses a device that cannot be enabled.

        Raises:
            Refused: the device is already assigned, or the user has eight.
        """
        if device.user:
            raise Refused("EntityAlreadyExists", "MFA Device is already in use.", 409)
        if len(user.devices) >= DEVICES_PER_USER:
            message = f"Cannot exceed quota for MFADevicesPerUser: {DEVICES_PER_USER}"
            raise Refused("LimitExceeded", message, 409)

    def new_session(self, caller: Caller, seconds: int) -> Session:
        """Temporary credentials for the caller's new identity, from now on."""
        key_id = ids.key_id("ASIA", caller.account)
        expires = int(self.clock.now()) + seconds
        self.sessions[key_id] = Session(key_id, ids.secret(), ids.session_token(), expires, caller)
        return self.sessions[key_id]
