"""One connection over HTTP/1.1 to a host of AWS, with TLS, and through a proxy."""

from __future__ import annotations

import base64
import socket
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote, urlsplit

from pass_aws.aws.http_answer import Reader

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

CONNECT_TIMEOUT = 5


class Target(NamedTuple):
    """The destination of a request.

    Args:
        scheme: `https`, or `http` for a local AWS.
        host: a name or an address, without brackets.
        port: its port.
        path: of the URL.
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
        """The Host header: with the port only if it is not the scheme's default."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == {"http": 80, "https": 443}[self.scheme] else f"{host}:{self.port}"


class ProxyError(OSError):
    """The proxy cannot be reached, or refuses the connection."""


class Connection:
    """A connection to a target, through its proxy if it has one.

    Args:
        target: the destination.
        context: for TLS; None for plain HTTP.
        end: the monotonic time at which the attempt ends; each attempt sets its own.
        read_timeout: seconds to wait for each part of an answer.

    Raises:
        ProxyError: see this class.
        OSError: the host cannot be reached, or its certificate is not valid.
    """

    def __init__(
        self, target: Target, context: ssl.SSLContext | None, end: float, read_timeout: float
    ) -> None:
        self._target, self.end, self._timeout = target, end, float(CONNECT_TIMEOUT)
        self.sock = self._reached()
        try:
            if context:
                self.sock = context.wrap_socket(self.sock, server_hostname=target.host.encode("ascii"))
        except BaseException:
            self.close()
            raise
        self._timeout = read_timeout
        self.reader = Reader(self._receive)

    def _reached(self) -> socket.socket:
        """A socket whose other end is the target, or a proxy that reads the request itself."""
        target = self._target
        if not target.proxy:
            return _socket(target.host, target.port)
        proxy = urlsplit(target.proxy)
        try:
            self.sock = _socket(proxy.hostname or "", proxy.port or 80)
        except OSError as error:
            raise ProxyError(str(error)) from None
        if target.scheme == "https":
            try:
                self._tunnel()
            except (OSError, EOFError, ValueError) as error:
                self.close()
                raise ProxyError(str(error)) from None
        return self.sock

    def _tunnel(self) -> None:
        """Makes the proxy forward a TLS connection."""
        host = f"[{self._target.host}]" if ":" in self._target.host else self._target.host
        there = f"{host}:{self._target.port}"
        self._send(f"CONNECT {there} HTTP/1.1", {"Host": there, **_authorization(self._target.proxy)}, b"")
        reader = Reader(self._receive)
        head = reader.head()
        if head.status != 200:
            raise OSError(f"Tunnel connection failed: {head.status} {head.reason}")
        if not reader.is_empty:
            raise OSError("it sent data before the tunnel was used")

    def post(self, headers: Mapping[str, str], body: bytes) -> None:
        """Sends one request; `reader` has the answer."""
        target, proxied = self._target, {}
        path = target.path
        if _is_forwarded(target):
            path, proxied = f"http://{target.authority}{path}", _authorization(target.proxy)
        more = {"Accept-Encoding": "identity", "Content-Length": str(len(body))}
        self._send(f"POST {path} HTTP/1.1", {**headers, **proxied, **more}, body)

    def _send(self, first: str, headers: Mapping[str, str], body: bytes) -> None:
        """Sends a request; a value cannot add a line."""
        lines = [first, *(f"{name}: {value}" for name, value in headers.items())]
        if any("\r" in line or "\n" in line for line in lines):
            raise ValueError("a header has more than one line")
        self._limit()
        self.sock.sendall("\r\n".join((*lines, "", "")).encode("latin-1") + body)

    def _receive(self, size: int) -> bytes:
        self._limit()
        return self.sock.recv(size)

    def _limit(self) -> None:
        """Limits the next step to the time that the attempt has left."""
        left = self.end - monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        self.sock.settimeout(min(left, self._timeout))

    def close(self) -> None:
        """Closes the connection."""
        self.sock.close()


def _socket(host: str, port: int) -> socket.socket:
    """A TCP connection; an ASCII name is passed as bytes, so that Python loads no Unicode tables."""
    name = host.encode("ascii") if host.isascii() else host
    try:
        made = socket.create_connection((name, port), CONNECT_TIMEOUT)  # type: ignore[arg-type] # it takes bytes
    except UnicodeError as error:
        raise socket.gaierror(socket.EAI_NONAME, str(error)) from None
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made


def _is_forwarded(target: Target) -> bool:
    """Whether the proxy reads the request itself, instead of forwarding a TLS connection."""
    return bool(target.proxy) and target.scheme == "http"


def _authorization(proxy: str) -> dict[str, str]:
    """The header for a proxy that needs a password.

    Source: https://www.rfc-editor.org/rfc/rfc7617
    """
    parts = urlsplit(proxy)
    if not parts.username:
        return {}
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return {"Proxy-Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
