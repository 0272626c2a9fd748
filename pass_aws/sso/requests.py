"""The calls to Identity Center and the sign-in service: their parameters, and the meaning of refusals.

None is signed: the client's secret, the bearer token or a proof of possession replaces the signature.
Source: the service models of sso-oidc, sso and signin in botocore.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pass_aws.aws import refusals, sts
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


class Call(sts.Call):
    """A call of Identity Center or of the sign-in service."""

    @property
    def facts(self) -> Facts:
        """What an error may say about the call."""
        return Facts(self.name, region=self.endpoint.region, partition=self.endpoint.partition)

    def refused(self, response: Mapping[str, Any], skew: float) -> Refusal:
        """The meaning of an error answer, as botocore has parsed it."""
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
    """AWS's error code; for the sign-in service its `error`, which says more."""
    code = str(response.get("Error", {}).get("Code", ""))
    inner = str(response.get("error", ""))
    return inner if inner.isupper() else code


def register(endpoint: Endpoint, scopes: tuple[str, ...], issuer: str = "") -> Call:
    """Registers a client: for the device flow, or with an issuer for authorization codes."""
    given: dict[str, Any] = {"clientName": CLIENT_NAME, "clientType": "public", "scopes": list(scopes)}
    if issuer:
        given |= {
            "grantTypes": [CODE_GRANT, REFRESH_GRANT],
            "redirectUris": [REGISTERED],
            "issuerUrl": issuer,
        }
    return Call("RegisterClient", "sso-oidc", endpoint, given)


def start_device(endpoint: Endpoint, client: Mapping[str, str], start_url: str) -> Call:
    """Requests a code for the user to enter."""
    return Call("StartDeviceAuthorization", "sso-oidc", endpoint, {**client, "startUrl": start_url})


def by_device(endpoint: Endpoint, client: Mapping[str, str], device_code: str) -> Call:
    """Polls once; a lost answer has used up the code."""
    given = {**client, "grantType": DEVICE_GRANT, "deviceCode": device_code}
    return Call("CreateToken", "sso-oidc", endpoint, given, once=True)


def by_code(endpoint: Endpoint, client: Mapping[str, str], code: str, verifier: str, redirect: str) -> Call:
    """Exchanges an authorization code for tokens."""
    given = {
        **client,
        "grantType": CODE_GRANT,
        "code": code,
        "codeVerifier": verifier,
        "redirectUri": redirect,
    }
    return Call("CreateToken", "sso-oidc", endpoint, given, once=True)


def refresh(endpoint: Endpoint, client: Mapping[str, str], refresh_token: str) -> Call:
    """Exchanges a refresh token, which may work only once, for new tokens."""
    given = {**client, "grantType": REFRESH_GRANT, "refreshToken": refresh_token}
    return Call("CreateToken", "sso-oidc", endpoint, given, once=True)


def role_credentials(endpoint: Endpoint, token: str, account: str, role: str) -> Call:
    """Gets the credentials of a role in an account."""
    given = {"accessToken": token, "accountId": account, "roleName": role}
    return Call("GetRoleCredentials", "sso", endpoint, given)


def accounts(endpoint: Endpoint, token: str, after: str) -> Call:
    """Gets one page of the user's accounts; sent once, since the listing itself repeats it."""
    given = {"accessToken": token, "maxResults": 100, "nextToken": after}
    return Call("ListAccounts", "sso", endpoint, given, once=True)


def roles(endpoint: Endpoint, token: str, account: str, after: str) -> Call:
    """Gets one page of the user's roles in an account; sent once."""
    given = {"accessToken": token, "maxResults": 100, "nextToken": after, "accountId": account}
    return Call("ListAccountRoles", "sso", endpoint, given, once=True)


def logout(endpoint: Endpoint, token: str) -> Call:
    """Ends a sign-in; role credentials from it stay valid."""
    return Call("Logout", "sso", endpoint, {"accessToken": token})


def login_by_code(
    endpoint: Endpoint, given: Mapping[str, str], headers: Callable[[str], Mapping[str, str]]
) -> Call:
    """Gets the first tokens of `aws login`.

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
    """Gets new credentials of `aws login`; may be repeated with the same refresh token and a new proof.

    Source: https://docs.aws.amazon.com/signin/latest/APIReference/API_CreateOAuth2Token.html
    """
    body = {"clientId": client_id, "grantType": REFRESH_GRANT, "refreshToken": refresh_token}
    return Call("CreateOAuth2Token", "signin", endpoint, {"tokenInput": body}, once=True, headers=headers)
