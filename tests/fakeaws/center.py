"""An IAM Identity Center: accounts and roles of its users, its clients, and their grants.

Source: the IAM Identity Center OIDC API Reference, and the AWS CLI as its client. An access token lives an hour
if it can be refreshed, else eight hours. All tokens end with the portal session, and a refresh token works once.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from fakeaws.world import World

REFRESHABLE, FIXED = 3600, 8 * 3600
PORTAL_SESSION = 8 * 3600
CLIENT_LIFE = 90 * 24 * 3600
DEVICE_LIFE = 600
CODE_LIFE = 300
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
LETTERS = "BCDFGHJKLMNPQRSTVWXZ"


class Client(NamedTuple):
    """A registered client; without `grants` it is for the device flow and refreshing."""

    id: str
    secret: str
    expires: float
    scopes: tuple[str, ...]
    grants: tuple[str, ...]
    redirects: tuple[str, ...]

    def may(self, grant: str) -> bool:
        """Whether it was registered for a grant type."""
        return grant in (self.grants or (DEVICE_GRANT, "refresh_token"))


class Device:
    """A device authorization and its state: `pending`, `allowed`, `denied` or `used`."""

    def __init__(self, client: Client, expires: float, interval: float) -> None:
        self.code, self.client, self.expires, self.interval = (
            secrets.token_urlsafe(64),
            client,
            expires,
            interval,
        )
        self.user_code = "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(2))
        self.state, self.polled = "pending", 0.0


class Code(NamedTuple):
    """An authorization code."""

    client: Client
    redirect: str
    challenge: str
    expires: float


class Sign:
    """One sign-in at the portal; its end ends everything granted in it."""

    def __init__(self, expires: float) -> None:
        self.expires, self.over = expires, False


class Access(NamedTuple):
    """An access token."""

    sign: Sign
    expires: float


class Refresh(NamedTuple):
    """A refresh token, which works once."""

    sign: Sign
    client: Client


class Center:
    """The state of one Identity Center, and the settings of tests.

    Attributes:
        start_url: of its portal.
        person: the user who is signed in at the browser; in the names of role sessions.
        consent: that user's immediate answer: `allow`, `deny`, or `hold` for none yet.
        interval: seconds between two polls of a device; 5 at AWS.
        access_seconds: life of access tokens; 0 for AWS's.
        role_seconds: life of role credentials.
        rate: calls to the portal per second before it throttles; 0 for no limit.
        page: the maximum number of rows of a listing.
        rotates: whether a refresh gives a new refresh token.
        accounts: number to name.
        roles: account number to the user's roles.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.start_url = "https://team.awsapps.com/start"
        self.person, self.consent = "ada", "allow"
        self.interval, self.access_seconds, self.role_seconds = 5.0, 0.0, 3600
        self.portal_seconds: float = PORTAL_SESSION
        self.rate, self.page, self.rotates = 0.0, 100, True
        self.accounts: dict[str, str] = {}
        self.roles: dict[str, list[str]] = {}
        self.clients: dict[str, Client] = {}
        self.devices: dict[str, Device] = {}
        self.codes: dict[str, Code] = {}
        self.access: dict[str, Access] = {}
        self.refresh: dict[str, Refresh] = {}

    def account(self, number: str, name: str, *roles: str) -> None:
        """An account of the organization, and the user's roles in it."""
        self.accounts[number] = name
        self.roles[number] = list(roles)

    def answer_device(self, user_code: str = "", state: str = "allowed") -> None:
        """The user answers a device authorization; without a code, the only pending one."""
        waiting = [device for device in self.devices.values() if device.state == "pending"]
        (device,) = [one for one in waiting if user_code in ("", one.user_code)]
        device.state = state

    def secrets(self) -> list[str]:
        """Every token, code and client secret that it has issued."""
        clients = [client.secret for client in self.clients.values()]
        return [*self.access, *self.refresh, *self.codes, *self.devices, *clients]

    def end_sessions(self) -> None:
        """The user, or an administrator, signs out everywhere."""
        signs = [token.sign for token in self.access.values()]
        signs += [token.sign for token in self.refresh.values()]
        for sign in signs:
            sign.over = True

    def new_client(
        self, scopes: tuple[str, ...], grants: tuple[str, ...], redirects: tuple[str, ...]
    ) -> Client:
        """Registers a client."""
        secret = secrets.token_urlsafe(200)
        expires = int(self.world.clock.now()) + CLIENT_LIFE
        client = Client(secrets.token_urlsafe(16), secret, expires, scopes, grants, redirects)
        self.clients[client.id] = client
        return client

    def granted(self, client: Client, sign: Sign | None = None) -> dict[str, object]:
        """Tokens for a client, in a new sign-in or an existing one."""
        now = self.world.clock.now()
        sign = sign or Sign(now + self.portal_seconds)
        seconds = self.access_seconds or (REFRESHABLE if client.scopes else FIXED)
        seconds = int(min(seconds, sign.expires - now))
        token = secrets.token_urlsafe(150)
        self.access[token] = Access(sign, now + seconds)
        answer: dict[str, object] = {"accessToken": token, "tokenType": "Bearer", "expiresIn": seconds}
        if client.scopes:
            again = secrets.token_urlsafe(150)
            self.refresh[again] = Refresh(sign, client)
            answer["refreshToken"] = again
        return answer
