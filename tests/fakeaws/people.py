"""Callers: users with their keys, roles, sessions, and the caller of a request."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from fakeaws import ids

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fakeaws.mfa import MfaDevice
    from fakeaws.world import World


class LastUsed(NamedTuple):
    """The answer of GetAccessKeyLastUsed; the time is coarse, as at AWS."""

    time: float
    service: str
    region: str


class Propagation(NamedTuple):
    """How a new key becomes known.

    Attributes:
        delay: seconds on the fake's clock in which no host knows it.
        flaps: the results of later requests, one letter each: `.` known, `x` not yet; then always known.
    """

    delay: float = 0.0
    flaps: str = ""


class AccessKey:
    """A long-lived access key of a user."""

    def __init__(self, user: User, created: float, propagation: Propagation) -> None:
        self.id = ids.key_id("AKIA", user.account)
        self.secret = ids.secret()
        self.user, self.created = user, created
        self.status = "Active"
        self.last_used: LastUsed | None = None
        self._usable_from = created + propagation.delay if propagation.delay else 0.0
        self._flaps = list(propagation.flaps)

    def deactivate(self) -> None:
        """Makes the key Inactive."""
        self.status = "Inactive"

    def activate(self) -> None:
        """Makes the key Active again."""
        self.status = "Active"

    def delete(self) -> None:
        """Deletes the key."""
        self.user.keys.remove(self)

    def answers(self, now: float) -> bool:
        """Whether the host of this request knows the key and accepts it."""
        if now < self._usable_from:
            return False
        return (not self._flaps or self._flaps.pop(0) == ".") and self.status == "Active"


class User:
    """An IAM user, or an account's root.

    Args:
        deny: actions that a policy refuses, such as `iam:ListMFADevices` or `iam:*`.
        deny_without_mfa: actions refused unless the caller has given MFA.
    """

    def __init__(
        self,
        world: World,
        name: str,
        account: str,
        *,
        path: str = "/",
        partition: str = "aws",
        deny: tuple[str, ...] = (),
        deny_without_mfa: tuple[str, ...] = (),
    ) -> None:
        self.name, self.account, self.path, self.partition = name, account, path, partition
        self.deny, self.deny_without_mfa = deny, deny_without_mfa
        self.root = name == "<root_account>"
        self.user_id = account if self.root else ids.unique_id("AIDA", account)
        tail = "root" if self.root else f"user{path}{name}"
        self.arn = f"arn:{partition}:iam::{account}:{tail}"
        self.created = world.clock.now()
        self.keys: list[AccessKey] = []
        self._world = world

    def key(self, *, delay: float = 0.0, flaps: str = "") -> AccessKey:
        """Creates an access key, up to AWS's limit."""
        return self._world.new_key(self, Propagation(delay, flaps))

    def mfa(self, name: str = "", *, drift: int = 0) -> MfaDevice:
        """Creates an MFA device and enables it for this user."""
        device = self._world.new_device(
            name or self.name, self.account, partition=self.partition, drift=drift
        )
        self._world.enable(device, self)
        return device

    @property
    def devices(self) -> list[MfaDevice]:
        """The MFA devices enabled for this user, oldest first."""
        return [device for device in self._world.devices.values() if device.user is self]


class Role(NamedTuple):
    """A role and its trust policy.

    Attributes:
        trust: user, role, session and root ARNs, account numbers, `*`, or the host of a web identity issuer.
        mfa: whether the trust policy requires MFA.
        mfa_max_age: seconds since MFA was given, as `aws:MultiFactorAuthAge`; 0 for any.
    """

    name: str
    account: str
    arn: str
    role_id: str
    trust: tuple[str, ...]
    mfa: bool
    mfa_max_age: int
    external_id: str
    max_session: int
    path: str
    created: float
    partition: str


class WebToken(NamedTuple):
    """An OIDC token that the fake accepts."""

    token: str
    issuer: str
    subject: str
    audience: str
    expires: float


class Caller(NamedTuple):
    """The sender of a verified request.

    Attributes:
        kind: `user` (also root), `session` (GetSessionToken), `role`, `federated`, or `nobody` (unsigned).
        principal: the ARN in a trust policy: the user's or the role's.
        mfa_at: when MFA was given, Unix seconds; 0 for never.
        direct: whether it is a role that a user's own key has assumed.
    """

    kind: str
    arn: str = ""
    principal: str = ""
    user_id: str = ""
    account: str = ""
    partition: str = "aws"
    user: User | None = None
    mfa_at: float = 0.0
    source_identity: str = ""
    transitive_tags: Mapping[str, str] = {}
    direct: bool = False

    @property
    def root(self) -> bool:
        """Whether this is an account's root, with its key or a session of it."""
        return self.user is not None and self.user.root


class Session(NamedTuple):
    """Temporary credentials, which only time ends."""

    key_id: str
    secret: str
    token: str
    expires: float
    caller: Caller
