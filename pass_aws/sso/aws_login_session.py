"""The target of a console sign-in (`aws login`), and its stored result."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pass_aws.aws import partition
from pass_aws.cache.token import LOGIN, SignIn, digest_of
from pass_aws.model import Credentials

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pass_aws.aws.partition import Endpoint
    from pass_aws.config.settings import Settings

FRESH = 300
"""Seconds of remaining life below which credentials are refreshed, as in the SDKs."""
ALIVE = 60
BOTOCORE_KNOWS = ("aws", "aws-us-gov", "aws-cn")
"""The partitions whose sign-in hosts are correct in botocore's rules."""


class Place(NamedTuple):
    """The sign-in place of a profile.

    Args:
        arn: its `login_session`; empty if it has none yet.
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
        """The endpoint of calls."""
        known = self.endpoint.url or self.endpoint.partition in BOTOCORE_KNOWS
        return self.endpoint if known else self.endpoint._replace(url=self.base)

    def with_arn(self, arn: str) -> Place:
        """This place with the identity that has signed in."""
        return self._replace(arn=arn)

    @property
    def digest(self) -> str:
        """The name of the stored sign-in."""
        return digest_of(LOGIN, self.arn, self.endpoint.url or "")


class Login(NamedTuple):
    """Credentials and the means to renew them; its repr shows no secret.

    Args:
        credentials: valid for at most 15 minutes.
        refresh: the token for the next credentials; it may change each time.
        client: the client id of the sign-in flow.
        key: of the proofs of possession.
        region: of the sign-in service.
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
        """Whether the credentials are valid for a further number of seconds."""
        return (self.credentials.expires or 0) - now >= seconds

    def fields(self) -> dict[str, str]:
        """The fields to store."""
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
    """The login in stored fields; None if they are invalid."""
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
    """The facts about a login for lists."""
    refreshable = bool(login.refresh)
    expires = login.credentials.expires or 0
    return SignIn(place.digest, LOGIN, place.arn, "", login.region, expires, refreshable)


def place(settings: Settings, again: str) -> Place:
    """The sign-in place of a profile with checked settings.

    Args:
        settings: of the profile.
        again: the command that signs in.
    """
    arn = settings.get("login_session")
    endpoint = settings.endpoint("signin")
    known = partition.of_arn(arn)
    if known and not settings.get("region"):
        endpoint = endpoint._replace(region=known.region, partition=known.name)
    return Place(arn, endpoint, again)
