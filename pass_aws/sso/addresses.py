"""Sign-in pages: their URLs, PKCE values, and the answers that come back."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qs, quote, urlencode

if TYPE_CHECKING:
    from collections.abc import Mapping

CALLBACK = "/oauth/callback"
REGISTERED = f"http://127.0.0.1{CALLBACK}"
"""The redirect URI of a registration; a loopback address matches any port. Source: RFC 8252, 7.3."""
CONFIRMATION = "/v1/sessions/confirmation"
SAME_DEVICE = "arn:aws:signin:::devtools/same-device"
CROSS_DEVICE = "arn:aws:signin:::devtools/cross-device"
"""The client ids of `aws login`, equal in every partition."""


class Proof(NamedTuple):
    """Proves that the code is used by the process that requested it; its repr shows no secret.

    Args:
        state: comes back with the answer.
        verifier: is sent with the code; the page gets only its hash. Source: RFC 7636.
    """

    state: str
    verifier: str

    def __repr__(self) -> str:
        """No secret."""
        return "Proof()"

    @property
    def challenge(self) -> str:
        """The verifier's hash."""
        return unpadded(hashlib.sha256(self.verifier.encode()).digest())


class Answer(NamedTuple):
    """The answer from the browser: a code, or an error."""

    code: str = ""
    refusal: str = ""

    def __repr__(self) -> str:
        """No code."""
        return f"Answer(refusal={self.refusal!r})"


def unpadded(raw: bytes) -> str:
    """Base64url without padding, as in OAuth."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def redirect(port: int) -> str:
    """The URL to which the page redirects the browser."""
    return f"http://127.0.0.1:{port}{CALLBACK}"


def identity_center(base: str, client_id: str, scopes: tuple[str, ...], port: int, proof: Proof) -> str:
    """The authorization page of Identity Center.

    Args:
        base: scheme and host of the OIDC service.
        client_id: of a registration with REGISTERED.
        scopes: of that registration.
        port: of our listener.
        proof: of this sign-in.

    Source: the AWS CLI's SSO PKCE flow; the parameter is named `scopes`.
    """
    asked = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect(port),
        "state": proof.state,
        "code_challenge_method": "S256",
        "scopes": " ".join(scopes),
        "code_challenge": proof.challenge,
    }
    return f"{base.rstrip('/')}/authorize?{urlencode(asked, quote_via=quote)}"


def console(base: str, redirect_uri: str, proof: Proof) -> str:
    """The authorization page of `aws login`.

    Args:
        base: scheme and host of the sign-in service.
        redirect_uri: of the loopback listener, or the confirmation page for another device.
        proof: of this sign-in.

    Source: the AWS CLI's login command; here the method is named `SHA-256`.
    """
    asked = {
        "response_type": "code",
        "client_id": client_of(redirect_uri),
        "state": proof.state,
        "code_challenge_method": "SHA-256",
        "scope": "openid",
        "redirect_uri": redirect_uri,
        "code_challenge": proof.challenge,
    }
    return f"{base.rstrip('/')}/v1/authorize?{urlencode(asked, quote_via=quote)}"


def client_of(redirect_uri: str) -> str:
    """The client id of `aws login` for a redirect URI."""
    return SAME_DEVICE if redirect_uri.endswith(CALLBACK) else CROSS_DEVICE


def came_back(query: str, state: str) -> Answer | None:
    """The answer in a callback's query; None if it is not for this sign-in.

    Args:
        query: of the URL, without `?`.
        state: of the waiting sign-in.
    """
    try:
        fields = parse_qs(query, strict_parsing=True, max_num_fields=20)
    except ValueError:
        return None
    if any(len(values) != 1 for values in fields.values()):
        return None
    return _answer({name: values[0] for name, values in fields.items()}, state)


def _answer(fields: Mapping[str, str], state: str) -> Answer | None:
    if not hmac.compare_digest(fields.get("state", "").encode("utf-8", "replace"), state.encode()):
        return None
    if refusal := fields.get("error"):
        return Answer(refusal=f"{refusal} {fields.get('error_description', '')}".strip())
    code = fields.get("code", "")
    return Answer(code) if code and code.isascii() and code.isprintable() and len(code) <= 2048 else None


def pasted(text: str, state: str) -> Answer:
    """The answer in the code that the confirmation page shows: base64 of `state=…&code=…`.

    Raises:
        ValueError: it has another format, or belongs to another sign-in.
    """
    try:
        raw = base64.b64decode("".join(text.split()), validate=True).decode("ascii")
    except (ValueError, binascii.Error):
        raw = ""
    if "state=" not in raw:
        raise ValueError("this is not the code that the page shows")
    answer = came_back(raw, state)
    if answer is None:
        raise ValueError("this code belongs to another sign-in")
    return answer
