"""STS's wire format: a call is a form, signed with Signature Version 4; an answer is XML, read strictly.

Source: https://docs.aws.amazon.com/STS/latest/APIReference/CommonParameters.html, botocore's model of STS.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pass_aws.model import Credentials

VERSION = "2011-06-15"
CONTENT_TYPE = "application/x-www-form-urlencoded; charset=utf-8"
ALGORITHM = "AWS4-HMAC-SHA256"
SERVICE = "sts"
LEAST = {
    "DurationSeconds": 900,
    "ExternalId": 2,
    "Name": 2,
    "Policy": 1,
    "RoleArn": 20,
    "RoleSessionName": 2,
    "SerialNumber": 9,
    "SourceIdentity": 2,
    "TokenCode": 6,
    "WebIdentityToken": 4,
}
"""For each parameter the minimum length of a text, or the minimum number, that botocore sends."""
DEEPEST = 12
"""The maximum depth of nested elements; STS's answers have five."""


def too_short(parameters: Mapping[str, Any]) -> str:
    """The first parameter below its minimum; empty if there is none."""
    for name, value in parameters.items():
        size = value if isinstance(value, int) else len(value)
        if size < LEAST.get(name, 0):
            return name
    return ""


def form(action: str, parameters: Mapping[str, Any]) -> bytes:
    """The body of a call.

    Args:
        action: the operation.
        parameters: texts, whole numbers, lists of texts, lists of mappings.
    """
    flat = [("Action", action), ("Version", VERSION)]
    for name, value in parameters.items():
        flat += _flat(name, value)
    return urlencode(flat).encode()


def _flat(name: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, list):
        for number, each in enumerate(value, 1):
            yield from _flat(f"{name}.member.{number}", each)
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from _flat(f"{name}.{key}", each)
    else:
        yield name, str(value)


class Request(NamedTuple):
    """The parts of a request that are signed.

    Args:
        host: with the port if it is not the scheme's default.
        path: of characters that need no escape.
        body: the form.
        region: the signing region; a global host does not contain it.
    """

    host: str
    path: str
    body: bytes
    region: str


def headers(credentials: Credentials | None, request: Request, stamp: str) -> dict[str, str]:
    """The headers of a request, signed if there are credentials.

    Args:
        credentials: to sign with, or None.
        request: the request.
        stamp: the time as `20150830T123600Z`.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
    """
    made = {"Content-Type": CONTENT_TYPE, "Host": request.host}
    if credentials is None:
        return made
    made["X-Amz-Date"] = stamp
    if credentials.session_token:
        made["X-Amz-Security-Token"] = credentials.session_token
    lines = sorted((name.lower(), value) for name, value in made.items())
    signed = ";".join(name for name, _ in lines)
    canonical = "\n".join(
        (
            "POST",
            request.path,
            "",
            *(f"{name}:{value}" for name, value in lines),
            "",
            signed,
            _sha256(request.body),
        )
    )
    scope = f"{stamp[:8]}/{request.region}/{SERVICE}/aws4_request"
    text = "\n".join((ALGORITHM, stamp, scope, _sha256(canonical.encode())))
    signature = hmac.new(_key(credentials.secret_access_key, scope), text.encode(), hashlib.sha256)
    made["Authorization"] = (
        f"{ALGORITHM} Credential={credentials.access_key_id}/{scope}, "
        f"SignedHeaders={signed}, Signature={signature.hexdigest()}"
    )
    return made


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _key(secret: str, scope: str) -> bytes:
    """The signing key, derived from the secret with each part of the scope."""
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


def result(action: str, body: bytes) -> Mapping[str, Any]:
    """Reads an answer with status 200.

    Raises:
        ValueError: it is not an answer to this call.
    """
    name, answer = _document(body)
    if name != f"{action}Response" or not isinstance(answer, dict):
        raise ValueError(f"it is not a {action}Response")
    found = answer.get(f"{action}Result")
    if not isinstance(found, dict):
        raise ValueError(f"it has no {action}Result")  # noqa: TRY004 - the caller handles one kind
    return found


def error(body: bytes) -> Mapping[str, str]:
    """Reads Code and Message of a refusal.

    Raises:
        ValueError: it is not an answer of STS.
    """
    _, answer = _document(body)
    found = answer.get("Error") if isinstance(answer, dict) else None
    if not isinstance(found, dict) or not isinstance(found.get("Code"), str) or not found["Code"]:
        raise ValueError("it is not an answer of AWS")
    message = found.get("Message", "")
    return {"Code": found["Code"], "Message": message if isinstance(message, str) else ""}


def _document(body: bytes) -> tuple[str, object]:
    """The name of the outermost element, and its content: a text, or a mapping of elements.

    Document types, entities and repeated elements are refused: STS sends none.
    """
    from xml.parsers import expat

    stack: list[tuple[str, dict[str, Any], list[str]]] = [("", {}, [])]

    def start(name: str, _: object) -> None:
        if len(stack) > DEEPEST:
            raise ValueError("its elements are nested too deeply")
        stack.append((name, {}, []))

    def end(name: str) -> None:
        _, children, pieces = stack.pop()
        if name in stack[-1][1]:
            raise ValueError(f"it has two elements {name[:40]}")
        stack[-1][1][name] = children or "".join(pieces)

    def text(piece: str) -> None:
        stack[-1][2].append(piece)

    def doctype(*_: object) -> None:
        raise ValueError("it has a document type")

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(body, True)
    except expat.ExpatError:
        raise ValueError("it is not an answer of AWS") from None
    return next(iter(stack[0][1].items()))
