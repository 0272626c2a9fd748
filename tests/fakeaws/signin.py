"""The sign-in service of `aws login`: authorization with PKCE, tokens bound to a key with DPoP.

Source: the service model of botocore, and the AWS CLI as its client. A refresh may be repeated with the old
token and gives the same new one; a login ends after twelve hours; nothing revokes it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import secrets
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlencode, urlsplit

from fakeaws.people import Caller
from fakeaws.rest import Asked, RestService, Route, answered, page, sent_to
from fakeaws.wire import Refused, Response

if TYPE_CHECKING:
    from fakeaws.dpop import Proof
    from fakeaws.people import User
    from fakeaws.world import World

SAME = "arn:aws:signin:::devtools/same-device"
CROSS = "arn:aws:signin:::devtools/cross-device"
CONFIRMATION = "/v1/sessions/confirmation"
LIFE, LOGIN_LIFE, CODE_LIFE = 900, 12 * 3600, 300
VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


class Code(NamedTuple):
    """An authorization code."""

    client: str
    redirect: str
    challenge: str
    user: User
    expires: float


class Login:
    """One sign-in: its user, client and key, its end, and its refresh tokens."""

    def __init__(self, user: User, client: str, thumbprint: str, expires: float) -> None:
        self.user, self.client, self.thumbprint, self.expires = user, client, thumbprint, expires
        self.changed = False
        self.following: dict[str, str] = {}


class Signin:
    """The state of the service, and the settings of tests.

    Attributes:
        person: the console user who is signed in at the browser.
        consent: that user's immediate answer: `allow`, `deny`, or `hold` for none yet.
        seconds: life of the credentials; 900 at AWS.
        permitted: whether the person's policies allow it (SignInLocalDevelopmentAccess).
        login_seconds: how long a login can be refreshed.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.person: User | None = None
        self.consent, self.seconds, self.permitted = "allow", LIFE, True
        self.login_seconds: float = LOGIN_LIFE
        self.codes: dict[str, Code] = {}
        self.logins: dict[str, Login] = {}
        self.proofs: set[str] = set()

    def secrets(self) -> list[str]:
        """Every token and code that it has issued."""
        return [*self.logins, *self.codes]


def service(state: Signin) -> RestService:
    """The routes of one state."""
    signin = _Signin(state)
    routes = {
        ("GET", "/v1/authorize"): Route("Authorize", signin.authorize),
        ("GET", CONFIRMATION): Route("Confirmation", signin.confirm),
        ("POST", "/v1/token"): Route("CreateOAuth2Token", signin.token),
    }
    return RestService("signin", routes, _words)


def _words(refused: Refused) -> dict[str, object]:
    code, _, error = refused.code.partition("/")
    return {"error": error or code, "message": refused.message}


def _denied(error: str, status: int) -> Refused:
    return Refused(f"AccessDeniedException/{error}", error.replace("_", " ").lower(), status)


def _invalid(message: str) -> Refused:
    return Refused("ValidationException/INVALID_REQUEST", message)


class _Signin:
    def __init__(self, state: Signin) -> None:
        self._state, self._clock = state, state.world.clock

    def authorize(self, asked: Asked) -> Response:
        client, redirect = asked.text("client_id"), asked.text("redirect_uri")
        right = _loopback(redirect) if client == SAME else redirect == f"{asked.base}{CONFIRMATION}"
        wrong = (
            client not in (SAME, CROSS)
            or not right
            or asked.text("response_type") != "code"
            or asked.text("code_challenge_method") != "SHA-256"
            or asked.text("scope") != "openid"
            or not asked.text("state")
            or not re.fullmatch(r"[A-Za-z0-9_-]{43}", asked.text("code_challenge"))
        )
        if wrong or self._state.person is None:
            return page("invalid request", 400)
        back = {"state": asked.text("state")}
        if self._state.consent == "hold":
            return page("sign in")
        if self._state.consent == "deny":
            return sent_to(f"{redirect}?{urlencode(back | {'error': 'access_denied'})}")
        code = secrets.token_urlsafe(64)
        expires = self._clock.now() + CODE_LIFE
        self._state.codes[code] = Code(
            client, redirect, asked.text("code_challenge"), self._state.person, expires
        )
        return sent_to(f"{redirect}?{urlencode({'code': code} | back)}")

    @staticmethod
    def confirm(asked: Asked) -> Response:
        """The page with the code to paste into the terminal."""
        text = f"state={asked.text('state')}&code={asked.text('code')}"
        return page(base64.b64encode(text.encode()).decode())

    def token(self, asked: Asked) -> Response:
        from fakeaws import dpop  # its library is large, and only this call needs it

        proof = dpop.proven(asked.request.header("dpop"), f"{asked.base}/v1/token", self._clock.wall())
        if proof.id in self._state.proofs:
            raise _invalid("the proof has been used")
        self._state.proofs.add(proof.id)
        if asked.text("clientId") not in (SAME, CROSS):
            raise _invalid("unknown client")
        if asked.text("grantType") == "authorization_code":
            return self._by_code(asked, proof)
        if asked.text("grantType") == "refresh_token":
            return self._by_refresh(asked, proof)
        raise _invalid("unknown grant type")

    def _by_code(self, asked: Asked, proof: Proof) -> Response:
        code = self._state.codes.pop(asked.text("code"), None)
        if code is None or self._clock.now() >= code.expires:
            raise _denied("AUTHCODE_EXPIRED", 401)
        verifier = asked.text("codeVerifier")
        digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        if not VERIFIER.fullmatch(verifier) or digest != code.challenge:
            raise _invalid("the code verifier is wrong")
        if (asked.text("clientId"), asked.text("redirectUri")) != (code.client, code.redirect):
            raise _invalid("client or redirect URI differ from those of the authorization")
        expires = self._clock.now() + self._state.login_seconds
        login = Login(code.user, code.client, proof.thumbprint, expires)
        header, claims = {"alg": "none"}, {"sub": code.user.arn, "aud": code.client, "exp": int(expires)}
        parts = (
            base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=").decode()
            for one in (header, claims)
        )
        return answered(
            self._tokens(login, self._new_refresh(login)) | {"idToken": ".".join((*parts, "c2ln"))}
        )

    def _by_refresh(self, asked: Asked, proof: Proof) -> Response:
        text = asked.text("refreshToken")
        login = self._state.logins.get(text)
        if login is None or self._clock.now() >= login.expires:
            raise _denied("TOKEN_EXPIRED", 401)
        if login.changed:
            raise _denied("USER_CREDENTIALS_CHANGED", 403)
        if (login.thumbprint, login.client) != (proof.thumbprint, asked.text("clientId")):
            raise _invalid("another key or client than that of the login")
        if text not in login.following:
            login.following[text] = self._new_refresh(login)
        return answered(self._tokens(login, login.following[text]))

    def _new_refresh(self, login: Login) -> str:
        token = secrets.token_urlsafe(200)
        self._state.logins[token] = login
        return token

    def _tokens(self, login: Login, refresh: str) -> dict[str, object]:
        if not self._state.permitted:
            raise _denied("INSUFFICIENT_PERMISSIONS", 403)
        user = login.user
        kind = "session"  # it has the permissions of a session of the user
        caller = Caller(kind, user.arn, user.arn, user.user_id, user.account, user.partition, user)
        made = self._state.world.new_session(caller, self._state.seconds)
        return {
            "accessToken": {
                "accessKeyId": made.key_id,
                "secretAccessKey": made.secret,
                "sessionToken": made.token,
            },
            "tokenType": "aws_sigv4",
            "expiresIn": self._state.seconds,
            "refreshToken": refresh,
        }


def _loopback(uri: str) -> bool:
    parts = urlsplit(uri)
    right = parts.scheme == "http" and parts.hostname == "127.0.0.1" and parts.path == "/oauth/callback"
    return right and parts.port is not None
