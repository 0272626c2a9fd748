"""What a sign-in to Identity Center is for, and the tokens that come of it."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from pass_aws.aws import partition, start_url
from pass_aws.cache.token import SSO, SignIn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pass_aws.aws.partition import Endpoint
    from pass_aws.config.settings import Settings

SCOPES = ("sso:account:access",)
"""What is asked for where no `sso_registration_scopes` says so; it is what makes a token refreshable."""
FRESH = 900
"""Seconds an access token must live on to be used without a try to refresh it, as in the SDKs."""
ALIVE = 60
"""Seconds with which one is still used where it cannot be refreshed."""


class Portal(NamedTuple):
    """One Identity Center as a profile or an sso-session names it.

    Args:
        name: of the sso-session, or the start URL of a profile without one.
        start_url: as known_by has it.
        region: of Identity Center.
        scopes: asked for at the sign-in.
        oidc: where tokens come from.
        sso: where accounts, roles and credentials come from.
        again: the command that signs in to it, for hints.
    """

    name: str
    start_url: str
    region: str
    scopes: tuple[str, ...]
    oidc: Endpoint
    sso: Endpoint
    again: str

    @property
    def digest(self) -> str:
        """Names the stored token: profiles of the same portal, region and scopes share it."""
        fields = (SSO, self.start_url, self.region, " ".join(sorted(self.scopes)), self.oidc.url or "")
        return sha256("".join(f"{len(field)}:{field}," for field in fields).encode()).hexdigest()

    @property
    def base(self) -> str:
        """Scheme and host of the authorization page."""
        end = self.oidc
        named = partition.host("sso_oidc", self.region, fips=end.fips, dualstack=end.dualstack)
        return end.url or f"https://{named}"


class Token(NamedTuple):
    """An access token and what renews it; its repr shows no secret.

    Args:
        access: the bearer token.
        expires: Unix seconds.
        refresh: empty where it cannot be renewed.
        client_id: of the registration that renews it.
        client_secret: of the same.
        client_expires: when that ends, Unix seconds.
    """

    access: str
    expires: int
    refresh: str
    client_id: str
    client_secret: str
    client_expires: int

    def __repr__(self) -> str:
        """No secret."""
        return f"Token(expires={self.expires}, refreshable={bool(self.refresh)})"

    def lives(self, now: float, seconds: float) -> bool:
        """Whether it is good for so many seconds more."""
        return self.expires - now >= seconds

    def renewable(self, now: float) -> bool:
        """Whether a refresh can be tried."""
        return bool(self.refresh) and self.client_expires > now

    @property
    def client(self) -> dict[str, str]:
        """The registration as calls take it."""
        return {"clientId": self.client_id, "clientSecret": self.client_secret}

    def fields(self) -> dict[str, str]:
        """As it is stored."""
        return {name: str(value) for name, value in self._asdict().items()}


def stored(fields: Mapping[str, str] | None) -> Token | None:
    """The token in stored fields; None where they are not one."""
    try:
        return fields and Token(
            fields["access"],
            int(fields["expires"]),
            fields["refresh"],
            fields["client_id"],
            fields["client_secret"],
            int(fields["client_expires"]),
        )  # type: ignore[return-value] # an empty mapping is no token either
    except (KeyError, ValueError):
        return None


def note(portal: Portal, token: Token) -> SignIn:
    """What lists say about a token."""
    refreshable = bool(token.refresh)
    return SignIn(
        portal.digest, SSO, portal.name, portal.start_url, portal.region, token.expires, refreshable
    )


def stem(digest: str) -> str:
    """How the cache's index names a sign-in that sessions stem from; a store has no such entry."""
    return f"sign-in {digest}"


def portal(settings: Settings, again: str) -> Portal:
    """The Identity Center of checked settings: start URL and region are there.

    Args:
        settings: of a profile, or of an sso-session alone.
        again: the command that signs in to it.
    """
    url, region = start_url.known_by(settings.get("sso_start_url")), settings.get("sso_region")
    given = settings.get("sso_registration_scopes")
    scopes = tuple(word for part in given.split(",") if (word := part.strip())) or SCOPES
    ends = [
        settings.endpoint(service)._replace(region=region, partition=partition.of_region(region).name)
        for service in ("sso_oidc", "sso")
    ]
    return Portal(settings.get("sso_session") or url, url, region, scopes, ends[0], ends[1], again)
