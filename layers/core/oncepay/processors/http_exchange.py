"""What became of one HTTP request: a reply, provably nothing, or nobody knows?

Until the first byte has left, whatever goes wrong is `NotSent`: the name was not resolved, nobody
listened, TLS failed. From then on it is `Unknown`, since a lost reply looks like a lost request.
A connection serves one request: on one that was kept alive a request that the server never read
looks like a lost reply, too.

The time limit is one for all of it, to the last byte: every wait for the socket is given what is
left of it, so that a server that sends a byte a second is cut off. Redirects are not followed, for
nobody knows what was done before one.
"""

import io
import queue
import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPResponse, IncompleteRead
from ssl import CertificateError, SSLContext, SSLError, SSLSocket, create_default_context
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import SplitResult, urlsplit

from oncepay.domain.processor_answer import NotSent, Unknown

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MAX_REPLY_BYTES = 1_000_000
"""An answer of a processor is a few KB."""

CONNECT_SHARE = 0.5
"""Of the time limit. A slow connection is given up while that still proves that nothing was sent;
and what is left is enough for a reply."""

MAX_ADDRESSES = 4
"""Of one name that are tried, in the order that the resolver gives."""

PORTS = {"http": 80, "https": 443}

type _Address = tuple[socket.AddressFamily, Any]


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply, whole; the names of its headers in lower case."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


def exchange(
    url: str, *, method: str, headers: Mapping[str, str], body: bytes | None, timeout_seconds: float
) -> Reply | NotSent | Unknown:
    """Send one request, and read its reply.

    Args:
        url: absolute, http or https.
        method: such as POST.
        headers: beside Host, Content-Length and Connection, which are made here.
        body: as it is sent; None if there is none.
        timeout_seconds: for all of it.
    """
    deadline = _Deadline(timeout_seconds)
    try:
        parts = urlsplit(url)
        port = parts.port or PORTS[parts.scheme]
        host = (parts.hostname or "").encode("idna").decode()
    except (ValueError, KeyError):
        return NotSent("unusable_url")
    if not host:
        return NotSent("unusable_url")
    try:
        connected = _connect(host, port, deadline.share(CONNECT_SHARE))
        if isinstance(connected, NotSent):
            return connected
        if parts.scheme == "https":
            connected = _secure(connected, host, deadline.share(CONNECT_SHARE))
            if isinstance(connected, NotSent):
                return connected
    except TimeoutError:
        return NotSent("connect_timeout")
    with connected:
        wire = _Wire(connected, deadline)
        return _converse(wire, parts, method=method, headers=headers, body=body)


def _converse(
    wire: "_Wire",
    parts: SplitResult,
    *,
    method: str,
    headers: Mapping[str, str],
    body: bytes | None,
) -> Reply | NotSent | Unknown:
    connection = HTTPConnection(parts.netloc.rpartition("@")[2])
    # It only ever sends, and reads what comes.
    connection.sock = cast(socket.socket, wire)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request(method, target, body, {**headers, "Connection": "close"})
        with connection.getresponse() as response:
            return _read(response)
    except TimeoutError:
        return Unknown("timeout") if wire.has_sent else NotSent("connect_timeout")
    except (OSError, IncompleteRead):
        return Unknown("connection_lost")
    except (HTTPException, ValueError):
        # Theirs could not be read, or ours not be written: a line break in a header.
        return Unknown("unreadable_reply") if wire.has_sent else NotSent("unusable_request")


def _read(response: HTTPResponse) -> Reply | Unknown:
    body = response.read(MAX_REPLY_BYTES + 1)
    if len(body) > MAX_REPLY_BYTES:
        return Unknown("reply_too_large")
    if response.length:
        # The connection ended before the reply did.
        return Unknown("connection_lost")
    headers = {name.lower(): value for name, value in response.getheaders()}
    return Reply(response.status, body, headers)


def _connect(host: str, port: int, deadline: "_Deadline") -> socket.socket | NotSent:
    """Raises: TimeoutError."""
    try:
        addresses = _resolve(host, port, deadline)[:MAX_ADDRESSES]
    except socket.gaierror:
        return NotSent("name_not_resolved")
    except TimeoutError:
        raise
    except (OSError, RuntimeError, UnicodeError):
        # No thread, or no name at all.
        return NotSent("name_not_resolved")
    is_late = False
    for index, (family, address) in enumerate(addresses):
        try:
            made = socket.socket(family, socket.SOCK_STREAM)
        except OSError:
            # Of a family that this machine does not have.
            continue
        try:
            # The first address that says nothing leaves time for the others.
            made.settimeout(deadline.left() / (len(addresses) - index))
            made.connect(address)
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            made.close()
            is_late = isinstance(error, TimeoutError)
        else:
            return made
    return NotSent("connect_timeout" if is_late else "connect_failed")


def _resolve(host: str, port: int, deadline: "_Deadline") -> list[_Address]:
    """Raises: socket.gaierror if there is no such name, TimeoutError."""
    try:
        return _addresses(host, port, socket.AI_NUMERICHOST)
    except socket.gaierror:
        pass
    # A resolver that does not answer can be waited for no other way than beside it.
    found: queue.SimpleQueue[list[_Address] | OSError | UnicodeError] = queue.SimpleQueue()

    def ask() -> None:
        try:
            found.put(_addresses(host, port, 0))
        except (OSError, UnicodeError) as error:
            found.put(error)

    threading.Thread(target=ask, daemon=True).start()
    try:
        addresses = found.get(timeout=deadline.left())
    except queue.Empty:
        raise TimeoutError from None
    if isinstance(addresses, Exception):
        raise addresses
    return addresses


def _addresses(host: str, port: int, flags: int) -> list[_Address]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)
    return [(family, address) for family, _, _, _, address in found]


def _secure(plain: socket.socket, host: str, deadline: "_Deadline") -> SSLSocket | NotSent:
    """Raises: TimeoutError."""
    try:
        plain.settimeout(deadline.left())
        return _tls().wrap_socket(plain, server_hostname=host)
    except TimeoutError:
        plain.close()
        raise
    except (SSLError, CertificateError, OSError, ValueError):
        plain.close()
        return NotSent("tls_failed")


@cache
def _tls() -> SSLContext:
    # Made at the first call: reading the authorities' certificates costs some milliseconds.
    return create_default_context()


class _Deadline:
    """A moment by which all of it is over."""

    def __init__(self, seconds: float) -> None:
        self._began, self._seconds = time.monotonic(), seconds

    def left(self) -> float:
        """Raises: TimeoutError if it is over."""
        left = self._began + self._seconds - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def share(self, share: float) -> "_Deadline":
        """An earlier one: after so much of the whole time."""
        earlier = _Deadline(self._seconds * share)
        earlier._began = self._began
        return earlier


class _Wire:
    """What http.client asks of a socket; every wait ends at the deadline."""

    def __init__(self, connected: socket.socket, deadline: _Deadline) -> None:
        self._socket, self._deadline = connected, deadline
        self.has_sent = False

    def sendall(self, sent: bytes) -> None:
        """Send all of it. Raises: OSError, TimeoutError among them."""
        left = memoryview(sent)
        while left:
            self._socket.settimeout(self._deadline.left())
            # A send that fails may have sent a part.
            self.has_sent = True
            left = left[self._socket.send(left) :]

    def makefile(self, _mode: str) -> io.BufferedReader:
        """What the reply is read from."""
        return io.BufferedReader(_Incoming(self._socket, self._deadline))

    def close(self) -> None:
        """Left to whoever made the connection: http.client closes before it has read the body."""


class _Incoming(io.RawIOBase):
    """What the server sends, as long as there is time."""

    def __init__(self, connected: socket.socket, deadline: _Deadline) -> None:
        super().__init__()
        self._socket, self._deadline = connected, deadline

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """Read what is there. Raises: OSError, TimeoutError among them."""
        self._socket.settimeout(self._deadline.left())
        return self._socket.recv_into(buffer)
