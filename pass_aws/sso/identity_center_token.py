"""The target of a sign-in to Identity Center, and its tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pass_aws.aws import partition, start_url
from pass_aws.cache.token import SSO, SignIn, digest_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pass_aws.aws.partition import Endpoint
    from pass_aws.config.settings import Settings

SCOPES = ("sso:account:access",)
"""The default scope if `sso_registration_scopes` is not set; it makes a token refreshable."""
FRESH = 900
"""Seconds of remaining life below which we try to refresh an access token, as in the SDKs."""
ALIVE = 60
"""Seconds of remaining life that are enough if the token cannot be refreshed."""


class Portal(NamedTuple):
    """The Identity Center of a profile or an sso-session.

    Args:
        name: of the sso-session, or the start URL of a profile without one.
        start_url: in the normal form of `known_by`.
        region: of Identity Center.
        scopes: requested at the sign-in.
        oidc: the endpoint for tokens.
        sso: the endpoint for accounts, roles and credentials.
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
        """The name of the stored token, shared by profiles with the same portal, region and scopes."""
        scopes = " ".join(sorted(self.scopes))
        return digest_of(SSO, self.start_url, self.region, scopes, self.oidc.url or "")

    @property
    def base(self) -> str:
        """Scheme and host of the authorization page."""
        end = self.oidc
        named = partition.host("sso_oidc", self.region, fips=end.fips, dualstack=end.dualstack)
        return end.url or f"https://{named}"


class Token(NamedTuple):
    """An access token and the means to renew it; its repr shows no secret.

    Args:
        access: the bearer token.
        expires: Unix seconds.
        refresh: empty if it cannot be renewed.
        client_id: of the registration that renews it.
        client_secret: of that registration.
        client_expires: its expiry in Unix seconds.
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
        """Whether it is valid for a further number of seconds."""
        return self.expires - now >= seconds

    def renewable(self, now: float) -> bool:
        """Whether a refresh can be tried."""
        return bool(self.refresh) and self.client_expires > now

    @property
    def client(self) -> dict[str, str]:
        """The registration for calls."""
        return {"clientId": self.client_id, "clientSecret": self.client_secret}

    def fields(self) -> dict[str, str]:
        """The fields to store."""
        return {name: str(value) for name, value in self._asdict().items()}


def stored(fields: Mapping[str, str] | None) -> Token | None:
    """The token in stored fields; None if they are invalid."""
    try:
        return fields and Token(
            fields["access"],
            int(fields["expires"]),
            fields["refresh"],
            fields["client_id"],
            fields["client_secret"],
            int(fields["client_expires"]),
        )  # type: ignore[return-value] # an empty mapping is not a token
    except (KeyError, ValueError):
        return None


def note(portal: Portal, token: Token) -> SignIn:
    """The facts about a token for lists."""
    refreshable = bool(token.refresh)
    return SignIn(
        portal.digest, SSO, portal.name, portal.start_url, portal.region, token.expires, refreshable
    )


def stem(digest: str) -> str:
    """The name of a sign-in in the cache's index; entries of the store never have such a name."""
    return f"sign-in {digest}"


def portal(settings: Settings, again: str) -> Portal:
    """The Identity Center of checked settings, which have start URL and region.

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
