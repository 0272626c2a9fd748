"""What a console sign-in (`aws login`) is for, and what is kept of it."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from pass_aws.aws import partition
from pass_aws.cache.token import LOGIN, SignIn
from pass_aws.model import Credentials

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pass_aws.aws.partition import Endpoint
    from pass_aws.config.settings import Settings

FRESH = 300
"""Seconds that credentials must live on to be used without a refresh, as in the SDKs."""
ALIVE = 60
BOTOCORE_KNOWS = ("aws", "aws-us-gov", "aws-cn")
"""The partitions whose sign-in hosts botocore's rules have right."""


class Place(NamedTuple):
    """Where a profile signs in.

    Args:
        arn: its `login_session`; empty where it has none yet.
        endpoint: of the sign-in service.
        again: the command that signs in, for hints.
    """

    arn: str
    endpoint: Endpoint
    again: str

    @property
    def base(self) -> str:
        """Scheme and host of the sign-in service."""
        end = self.endpoint
        host = partition.host("signin", end.region)
        if end.fips:
            host = f"signin-fips.{end.region}.{host.partition('.signin.')[2]}"
        return end.url or f"https://{host}"

    @property
    def service(self) -> Endpoint:
        """Where calls go."""
        known = self.endpoint.url or self.endpoint.partition in BOTOCORE_KNOWS
        return self.endpoint if known else self.endpoint._replace(url=self.base)

    def with_arn(self, arn: str) -> Place:
        """The same for the identity that signed in."""
        return self._replace(arn=arn)

    @property
    def digest(self) -> str:
        """Names the stored sign-in."""
        fields = (LOGIN, self.arn, self.endpoint.url or "")
        return sha256("".join(f"{len(field)}:{field}," for field in fields).encode()).hexdigest()


class Login(NamedTuple):
    """Credentials and what renews them; its repr shows no secret.

    Args:
        credentials: live 15 minutes at most.
        refresh: the token for the next ones, which may be another each time.
        client: the client id of the flow that it came from.
        key: of the proofs of possession.
        region: of the sign-in service that knows it.
    """

    credentials: Credentials
    refresh: str
    client: str
    key: str
    region: str

    def __repr__(self) -> str:
        """No secret."""
        return f"Login({self.credentials!r})"

    def lives(self, now: float, seconds: float) -> bool:
        """Whether the credentials are good for so many seconds more."""
        return (self.credentials.expires or 0) - now >= seconds

    def fields(self) -> dict[str, str]:
        """As it is stored."""
        made = self.credentials
        return {
            "id": made.access_key_id,
            "secret": made.secret_access_key,
            "token": made.session_token,
            "expires": str(made.expires or 0),
            "account": made.account_id,
            "refresh": self.refresh,
            "client": self.client,
            "key": self.key,
            "region": self.region,
        }


def stored(fields: Mapping[str, str] | None) -> Login | None:
    """The login in stored fields; None where they are not one."""
    try:
        if not fields:
            return None
        made = Credentials(
            fields["id"], fields["secret"], fields["token"], int(fields["expires"]), fields["account"]
        )
        return Login(made, fields["refresh"], fields["client"], fields["key"], fields["region"])
    except (KeyError, ValueError):
        return None


def note(place: Place, login: Login) -> SignIn:
    """What lists say about a login."""
    refreshable = bool(login.refresh)
    expires = login.credentials.expires or 0
    return SignIn(place.digest, LOGIN, place.arn, "", login.region, expires, refreshable)


def place(settings: Settings, again: str) -> Place:
    """Where a profile with checked settings signs in.

    Args:
        settings: the profile's.
        again: the command that signs in.
    """
    arn = settings.get("login_session")
    endpoint = settings.endpoint("signin")
    known = partition.of_arn(arn)
    if known and not settings.get("region"):
        endpoint = endpoint._replace(region=known.region, partition=known.name)
    return Place(arn, endpoint, again)
