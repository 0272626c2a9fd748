"""The calls of Identity Center and of the sign-in service: what is sent, and what a refusal of it means.

None is signed: the client's secret, the bearer token or a proof of possession stands for a signature.
Source: the service models of sso-oidc, sso and signin in botocore.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from pass_aws.aws import refusals
from pass_aws.aws.refusal_rows import Facts
from pass_aws.sso import refusal_rows
from pass_aws.sso.addresses import REGISTERED

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pass_aws.aws.partition import Endpoint
    from pass_aws.aws.refusals import Refusal

CLIENT_NAME = "pass-aws"
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
CODE_GRANT, REFRESH_GRANT = "authorization_code", "refresh_token"
SECRET = ("clientSecret", "accessToken", "refreshToken", "deviceCode", "code", "codeVerifier")


class Call(NamedTuple):
    """One call.

    Args:
        name: the operation, `CreateToken`.
        service: `sso-oidc`, `sso` or `signin`, as botocore calls it.
        endpoint: where it goes.
        parameters: as the service names them; empty ones are not sent.
        once: whether it spends a code or rotates a token, and so must not be sent twice.
        headers: makes what goes into the head, from the URL that the call goes to.
    """

    name: str
    service: str
    endpoint: Endpoint
    parameters: Mapping[str, Any]
    once: bool = False
    headers: Callable[[str], Mapping[str, str]] | None = None

    def __repr__(self) -> str:
        """No secret."""
        return f"Call({self.name})"

    @property
    def signer(self) -> None:
        """Nothing signs it."""

    @property
    def facts(self) -> Facts:
        """What an error's text may say about it."""
        return Facts(self.name, region=self.endpoint.region, partition=self.endpoint.partition)

    def refused(self, response: Mapping[str, Any], skew: float) -> Refusal:
        """What an error answer, as botocore has parsed it, means."""
        error = response.get("Error", {})
        text = error.get("Message") or response.get("error_description") or response.get("message") or ""
        return refusal_rows.refusal(
            self.name,
            code=refused_code(response),
            status=response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0),
            text=refusals.scrubbed(text, self._secrets()),
            skew=skew,
        )

    def _secrets(self) -> tuple[str, ...]:
        sent = self.parameters.get("tokenInput", self.parameters)
        return tuple(str(sent.get(name, "")) for name in SECRET)


def refused_code(response: Mapping[str, Any]) -> str:
    """AWS's error code; the sign-in service tells more in `error` than in the code."""
    code = str(response.get("Error", {}).get("Code", ""))
    inner = str(response.get("error", ""))
    return inner if inner.isupper() else code


def register(endpoint: Endpoint, scopes: tuple[str, ...], issuer: str = "") -> Call:
    """A client of ours: for the device flow, or with an issuer for authorization codes."""
    given: dict[str, Any] = {"clientName": CLIENT_NAME, "clientType": "public", "scopes": list(scopes)}
    if issuer:
        given |= {
            "grantTypes": [CODE_GRANT, REFRESH_GRANT],
            "redirectUris": [REGISTERED],
            "issuerUrl": issuer,
        }
    return Call("RegisterClient", "sso-oidc", endpoint, given)


def start_device(endpoint: Endpoint, client: Mapping[str, str], start_url: str) -> Call:
    """A code for the person to enter."""
    return Call("StartDeviceAuthorization", "sso-oidc", endpoint, {**client, "startUrl": start_url})


def by_device(endpoint: Endpoint, client: Mapping[str, str], device_code: str) -> Call:
    """One poll; an answer that gets lost has spent the code."""
    given = {**client, "grantType": DEVICE_GRANT, "deviceCode": device_code}
    return Call("CreateToken", "sso-oidc", endpoint, given, once=True)


def by_code(endpoint: Endpoint, client: Mapping[str, str], code: str, verifier: str, redirect: str) -> Call:
    """The tokens for an authorization code."""
    given = {
        **client,
        "grantType": CODE_GRANT,
        "code": code,
        "codeVerifier": verifier,
        "redirectUri": redirect,
    }
    return Call("CreateToken", "sso-oidc", endpoint, given, once=True)


def refresh(endpoint: Endpoint, client: Mapping[str, str], refresh_token: str) -> Call:
    """New tokens for a refresh token, which may be good once."""
    given = {**client, "grantType": REFRESH_GRANT, "refreshToken": refresh_token}
    return Call("CreateToken", "sso-oidc", endpoint, given, once=True)


def role_credentials(endpoint: Endpoint, token: str, account: str, role: str) -> Call:
    """The credentials of a role in an account."""
    given = {"accessToken": token, "accountId": account, "roleName": role}
    return Call("GetRoleCredentials", "sso", endpoint, given)


def accounts(endpoint: Endpoint, token: str, after: str) -> Call:
    """One page of the accounts of a person; sent once, who lists repeats it himself."""
    given = {"accessToken": token, "maxResults": 100, "nextToken": after}
    return Call("ListAccounts", "sso", endpoint, given, once=True)


def roles(endpoint: Endpoint, token: str, account: str, after: str) -> Call:
    """One page of the roles of a person in an account; sent once."""
    given = {"accessToken": token, "maxResults": 100, "nextToken": after, "accountId": account}
    return Call("ListAccountRoles", "sso", endpoint, given, once=True)


def logout(endpoint: Endpoint, token: str) -> Call:
    """The end of a sign-in; role credentials that were given out live on."""
    return Call("Logout", "sso", endpoint, {"accessToken": token})


def login_by_code(
    endpoint: Endpoint, given: Mapping[str, str], headers: Callable[[str], Mapping[str, str]]
) -> Call:
    """The first tokens of `aws login`.

    Args:
        endpoint: of the sign-in service.
        given: clientId, code, codeVerifier, redirectUri.
        headers: makes the proof of possession.
    """
    body = {**given, "grantType": CODE_GRANT}
    return Call("CreateOAuth2Token", "signin", endpoint, {"tokenInput": body}, once=True, headers=headers)


def login_refresh(
    endpoint: Endpoint, client_id: str, refresh_token: str, headers: Callable[[str], Mapping[str, str]]
) -> Call:
    """Further credentials of `aws login`; may be repeated with the same refresh token, but with a new proof.

    Source: https://docs.aws.amazon.com/signin/latest/APIReference/API_CreateOAuth2Token.html
    """
    body = {"clientId": client_id, "grantType": REFRESH_GRANT, "refreshToken": refresh_token}
    return Call("CreateOAuth2Token", "signin", endpoint, {"tokenInput": body}, once=True, headers=headers)
