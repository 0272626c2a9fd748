"""The OIDC service of Identity Center: clients, device authorizations, codes with PKCE, tokens.

Source: the service model of botocore, and the IAM Identity Center OIDC API Reference.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from fakeaws.center import CODE_LIFE, DEVICE_GRANT, DEVICE_LIFE, Code, Device
from fakeaws.rest import Asked, RestService, Route, answered, page, sent_to
from fakeaws.wire import Refused, Response

if TYPE_CHECKING:
    from fakeaws.center import Center, Client

GRANTS = ("authorization_code", "refresh_token", DEVICE_GRANT)
SCOPE = re.compile(r"sso:[a-z_]+:[a-z_]+|codewhisperer:[a-z]+")
VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
TOLERANCE = 0.1
"""Seconds by which a poll may come too early, since the clocks of client and server differ."""


def service(center: Center) -> RestService:
    """The routes of one center."""
    oidc = _Oidc(center)
    routes = {
        ("POST", "/client/register"): Route("RegisterClient", oidc.register),
        ("POST", "/device_authorization"): Route("StartDeviceAuthorization", oidc.device),
        ("POST", "/token"): Route("CreateToken", oidc.token),
        ("GET", "/authorize"): Route("authorize", oidc.authorize),
        ("GET", "/device"): Route("device", oidc.verify),
    }
    return RestService("sso-oidc", routes, _words)


def _words(refused: Refused) -> dict[str, object]:
    name = re.sub(r"(?<!^)(?=[A-Z])", "_", refused.code.removesuffix("Exception")).lower()
    return {"error": name, "error_description": refused.message}


class _Oidc:
    def __init__(self, center: Center) -> None:
        self._center, self._clock = center, center.world.clock

    def register(self, asked: Asked) -> Response:
        if asked.text("clientType") != "public" or not asked.text("clientName"):
            raise Refused("InvalidClientMetadataException", "Invalid client metadata")
        scopes, grants = _texts(asked, "scopes"), _texts(asked, "grantTypes")
        redirects = _texts(asked, "redirectUris")
        if not all(SCOPE.fullmatch(scope) for scope in scopes):
            raise Refused("InvalidScopeException", "Invalid scope")
        if not set(grants) <= set(GRANTS):
            raise Refused("UnsupportedGrantTypeException", "Unsupported grant type")
        if "authorization_code" in grants:
            if asked.text("issuerUrl") != self._center.start_url:
                raise Refused("InvalidRequestException", "Invalid issuer url")
            if not redirects or not all(_loopback(uri) and urlsplit(uri).port is None for uri in redirects):
                raise Refused("InvalidRedirectUriException", "Invalid redirect uri")
        client = self._center.new_client(scopes, grants, redirects)
        return answered(
            {
                "clientId": client.id,
                "clientSecret": client.secret,
                "clientIdIssuedAt": int(self._clock.now()),
                "clientSecretExpiresAt": int(client.expires),
            }
        )

    def device(self, asked: Asked) -> Response:
        client = self._client(asked, DEVICE_GRANT)
        if asked.text("startUrl") != self._center.start_url:
            raise Refused("InvalidRequestException", "Invalid start url")
        device = Device(client, self._clock.now() + DEVICE_LIFE, self._center.interval)
        device.state = {"allow": "allowed", "deny": "denied"}.get(self._center.consent, "pending")
        self._center.devices[device.code] = device
        place = f"{asked.base}/device"
        return answered(
            {
                "deviceCode": device.code,
                "userCode": device.user_code,
                "verificationUri": place,
                "verificationUriComplete": f"{place}?user_code={device.user_code}",
                "expiresIn": DEVICE_LIFE,
                "interval": int(self._center.interval),
            }
        )

    def verify(self, asked: Asked) -> Response:
        """The page for entering a code: a user with a code says yes."""
        code = asked.text("user_code")
        found = [one for one in self._center.devices.values() if one.user_code == code]
        if not found or found[0].state != "pending":
            return page("no such code", 404)
        found[0].state = "allowed"
        return page("request approved")

    def authorize(self, asked: Asked) -> Response:
        """The target of the redirect: with a code if the user says yes, with an error if not."""
        client = self._center.clients.get(asked.text("client_id"))
        redirect = asked.text("redirect_uri")
        if client is None or not client.may("authorization_code") or not _registered(client, redirect):
            return page("invalid client", 400)
        wrong = (
            asked.text("response_type") != "code"
            or asked.text("code_challenge_method") != "S256"
            or not re.fullmatch(r"[A-Za-z0-9_-]{43}", asked.text("code_challenge"))
            or set(asked.text("scopes").split()) - set(client.scopes)
        )
        if wrong:
            return page("invalid request", 400)
        back = {"state": asked.text("state")}
        if self._center.consent == "hold":
            return page("allow access?")
        if self._center.consent == "deny":
            return sent_to(f"{redirect}?{urlencode(back | {'error': 'access_denied'})}")
        code = secrets.token_urlsafe(48)
        expires = self._clock.now() + CODE_LIFE
        self._center.codes[code] = Code(client, redirect, asked.text("code_challenge"), expires)
        return sent_to(f"{redirect}?{urlencode({'code': code} | back)}")

    def token(self, asked: Asked) -> Response:
        grant = asked.text("grantType")
        work = {
            DEVICE_GRANT: self._by_device,
            "authorization_code": self._by_code,
            "refresh_token": self._by_refresh,
        }.get(grant)
        if work is None:
            raise Refused("UnsupportedGrantTypeException", "Unsupported grant type")
        return answered(work(asked, self._client(asked, grant)))

    def _client(self, asked: Asked, grant: str) -> Client:
        client = self._center.clients.get(asked.text("clientId"))
        right = client and hmac.compare_digest(client.secret.encode(), asked.text("clientSecret").encode())
        if client is None or not right or self._clock.now() >= client.expires:
            raise Refused("InvalidClientException", "Invalid client", 401)
        if not client.may(grant):
            raise Refused("UnauthorizedClientException", "Client is not registered for this grant type")
        return client

    def _by_device(self, asked: Asked, client: Client) -> dict[str, object]:
        device = self._center.devices.get(asked.text("deviceCode"))
        if device is None or device.client is not client or device.state == "used":
            raise Refused("InvalidGrantException", "Invalid device code")
        now, wall = self._clock.now(), self._clock.wall()
        if now >= device.expires:
            raise Refused("ExpiredTokenException", "Device code expired")
        early = wall - device.polled < device.interval - TOLERANCE
        device.polled = wall
        if early:
            device.interval += 5
            raise Refused("SlowDownException", "Slow down")
        if device.state == "denied":
            raise Refused("AccessDeniedException", "Access denied")
        if device.state == "pending":
            raise Refused("AuthorizationPendingException", "Authorization pending")
        device.state = "used"
        return self._center.granted(client)

    def _by_code(self, asked: Asked, client: Client) -> dict[str, object]:
        code = self._center.codes.pop(asked.text("code"), None)
        if code is None or code.client is not client or self._clock.now() >= code.expires:
            raise Refused("InvalidGrantException", "Invalid authorization code")
        verifier = asked.text("codeVerifier")
        digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        if not VERIFIER.fullmatch(verifier) or digest != code.challenge:
            raise Refused("InvalidGrantException", "Invalid code verifier")
        if asked.text("redirectUri") != code.redirect:
            raise Refused("InvalidGrantException", "Invalid redirect uri")
        return self._center.granted(client)

    def _by_refresh(self, asked: Asked, client: Client) -> dict[str, object]:
        text = asked.text("refreshToken")
        found = self._center.refresh.get(text)
        if found is None or found.client is not client:
            raise Refused("InvalidGrantException", "Invalid refresh token provided")
        if found.sign.over or self._clock.now() >= found.sign.expires:
            raise Refused("InvalidGrantException", "Invalid refresh token provided")
        answer = self._center.granted(client, found.sign)
        if self._center.rotates:
            del self._center.refresh[text]
        else:
            self._center.refresh.pop(str(answer["refreshToken"]))
            answer["refreshToken"] = text
        return answer


def _texts(asked: Asked, name: str) -> tuple[str, ...]:
    value = asked.given.get(name, [])
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise Refused("InvalidRequestException", f"{name} is not a list of strings")
    return tuple(value)


def _loopback(uri: str) -> bool:
    parts = urlsplit(uri)
    return parts.scheme == "http" and parts.hostname == "127.0.0.1" and parts.path == "/oauth/callback"


def _registered(client: Client, redirect: str) -> bool:
    """A loopback redirect matches on any port. Source: RFC 8252, 7.3."""
    return bool(client.redirects) and _loopback(redirect) and urlsplit(redirect).port is not None
