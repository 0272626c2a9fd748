"""One POST over HTTP/1.1 by the standard library: TLS, proxies, and limits of time and size."""

from __future__ import annotations

import base64
import http.client
import io
import os
import select
import ssl
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    import socket
    from collections.abc import Mapping

    from _typeshed import WriteableBuffer

CONNECT_TIMEOUT = 5
LONGEST = 30
"""Seconds for one attempt, however slowly its bytes arrive."""
LARGEST = 1_000_000
"""Bytes of an answer; STS's have about 2,000."""
HASHED = "/etc/ssl/certs"
"""Where Debian, Fedora, SUSE and Arch keep the system's certificates, each under a hash of its name."""


class Target(NamedTuple):
    """Where a request goes.

    Args:
        scheme: `https`, or `http` for a local AWS.
        host: a name or an address, without brackets.
        port: its port.
        path: what stands behind it.
        proxy: the URL of an http proxy, or empty.
        ca_bundle: a file or directory of certificates to trust; None for the system's.
    """

    scheme: str
    host: str
    port: int
    path: str
    proxy: str = ""
    ca_bundle: str | None = None

    @property
    def authority(self) -> str:
        """The Host header: the port only where it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == {"http": 80, "https": 443}[self.scheme] else f"{host}:{self.port}"


class Reply(NamedTuple):
    """What came back."""

    status: int
    reason: str
    date: str
    body: bytes


class ProxyError(OSError):
    """The proxy cannot be reached, or does not let us through."""


class LostError(OSError):
    """The request was sent, and no whole answer came."""


class TooLargeError(Exception):
    """The answer is larger than any of STS's."""


class Connections:
    """Open connections, each used by one call at a time and kept for the next.

    Args:
        read_timeout: seconds to wait for each part of an answer.
    """

    def __init__(self, read_timeout: float) -> None:
        self._read_timeout = read_timeout
        self._idle: dict[Target, _Connection] = {}
        self._contexts: dict[str | None, ssl.SSLContext] = {}

    def clear(self) -> None:
        """Lets the next request open a connection of its own."""
        while self._idle:
            self._idle.popitem()[1].close()

    __del__ = clear

    def prepare(self, target: Target) -> None:
        """Loads what a TLS connection needs.

        Raises:
            OSError: the CA bundle cannot be read.
        """
        if target.scheme == "https" and target.ca_bundle not in self._contexts:
            self._contexts[target.ca_bundle] = tls(target.ca_bundle)

    def post(self, target: Target, headers: Mapping[str, str], body: bytes) -> Reply:
        """Sends one request, once.

        Raises:
            ProxyError, LostError, TooLargeError: see there.
            OSError: it was not sent.
        """
        end = monotonic() + LONGEST
        connection = self._open(target, end)
        try:
            path = f"http://{target.authority}{target.path}" if _is_forwarded(target) else target.path
            extra = _authorization(target.proxy) if _is_forwarded(target) else {}
            connection.request("POST", path, body, {**headers, **extra})
            response = connection.getresponse()
            reply = _whole(response)
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise LostError(str(error)) from None
        except TooLargeError:
            connection.close()
            raise
        if response.will_close or target in self._idle:
            connection.close()
        else:
            self._idle[target] = connection
        return reply

    def _open(self, target: Target, end: float) -> _Connection:
        if idle := self._idle.pop(target, None):
            if not select.select([idle.sock], [], [], 0)[0]:  # else it was closed meanwhile
                idle.end = end
                return idle
            idle.close()
        self.prepare(target)
        made = _Connection(target, self._contexts.get(target.ca_bundle), end)
        made.connect()
        made.sock.settimeout(self._read_timeout)
        made.read_timeout = self._read_timeout
        return made


class _Connection(http.client.HTTPConnection):
    """A connection to a target, through its proxy where it has one."""

    sock: Any
    reading: _Response | None = None

    def __init__(self, target: Target, context: ssl.SSLContext | None, end: float) -> None:
        proxy = urlsplit(target.proxy)
        there = (proxy.hostname or "", proxy.port or 80) if target.proxy else (target.host, target.port)
        super().__init__(*there, timeout=CONNECT_TIMEOUT)
        self._target = target
        self._context = context if target.scheme == "https" else None
        self.end = end
        self.read_timeout: float = CONNECT_TIMEOUT
        self.response_class = partial(_Response, self)  # type: ignore[assignment] # it makes one
        if target.proxy and self._context:
            self.set_tunnel(target.host, target.port, _authorization(target.proxy))

    def connect(self) -> None:
        try:
            super().connect()
        except (OSError, http.client.HTTPException) as error:
            self.close()
            if self.reading:  # the proxy's answer, which the first releases of Python 3.11 leave open
                self.reading.close()
            if self._target.proxy:
                raise ProxyError(str(error)) from None
            raise
        if self._context:
            try:
                self.sock = self._context.wrap_socket(self.sock, server_hostname=self._target.host)
            except BaseException:
                self.close()
                raise


class _Response(http.client.HTTPResponse):
    """An answer whose every read ends at the connection's time limit."""

    def __init__(self, connection: _Connection, sock: socket.socket, **options: Any) -> None:  # noqa: ANN401
        super().__init__(sock, **options)
        connection.reading = self
        self.fp = io.BufferedReader(_Limited(connection, sock, self.fp.detach()))


class _Limited(io.RawIOBase):
    def __init__(self, connection: _Connection, sock: socket.socket, raw: io.RawIOBase) -> None:
        self._connection, self._sock, self._raw = connection, sock, raw

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int | None:
        left = self._connection.end - monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        self._sock.settimeout(min(left, self._connection.read_timeout))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


def _whole(response: http.client.HTTPResponse) -> Reply:
    body = response.read(LARGEST + 1)
    if len(body) > LARGEST:
        raise TooLargeError(f"it is larger than {LARGEST:,} bytes")
    if response.length:
        raise LostError("the answer was cut off")
    response.read()  # the end of a chunked body, so that the connection can be used again
    return Reply(response.status, response.reason, response.headers.get("Date", ""), body)


def _is_forwarded(target: Target) -> bool:
    """Whether a proxy reads the request itself, instead of passing on a TLS connection."""
    return bool(target.proxy) and target.scheme == "http"


def _authorization(proxy: str) -> dict[str, str]:
    """The header for a proxy that wants a password.

    Source: https://www.rfc-editor.org/rfc/rfc7617
    """
    parts = urlsplit(proxy)
    if not parts.username:
        return {}
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return {"Proxy-Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}


def tls(ca_bundle: str | None) -> ssl.SSLContext:
    """TLS 1.2 or newer, with host names checked, trusting a bundle or the system's certificates.

    Raises:
        OSError: the bundle cannot be read.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_bundle is None:
        path = next(
            (each for each in (ssl.get_default_verify_paths().openssl_capath, HASHED) if _hashed(each)), ""
        )
        if path:
            context.load_verify_locations(capath=path)
        else:
            context.load_verify_locations(cafile=_botocore_bundle())
    elif os.path.isdir(ca_bundle):
        context.load_verify_locations(capath=ca_bundle)
    elif os.path.isfile(ca_bundle) and os.access(ca_bundle, os.R_OK):
        context.load_verify_locations(cafile=ca_bundle)
    else:
        raise OSError(f"the CA bundle {ca_bundle} cannot be read")
    return context


def _hashed(path: str) -> bool:
    """Whether a directory has certificates under hashes of their names, as OpenSSL looks them up."""
    try:
        with os.scandir(path) as found:
            return any(entry.name.endswith(".0") for entry in found)
    except OSError:
        return False


def _botocore_bundle() -> str:
    """The certificates that botocore brings along, found without importing it."""
    from importlib.util import find_spec

    found = find_spec("botocore")
    places = found.submodule_search_locations if found else None
    return os.path.join(places[0] if places else "", "cacert.pem")
