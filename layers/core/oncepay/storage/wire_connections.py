"""How do bytes get to DynamoDB and back? One exchange at a time on kept-alive connections.

Nothing is sent twice and no redirect is followed here: what a failure means, and whether to try
again, is decided in one place only, `database`. Failures are botocore's own exceptions.
"""

import ssl
import weakref
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from http.client import HTTPConnection, HTTPSConnection
from typing import Any

from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
    SSLError,
)
from botocore.httpsession import create_urllib3_context, get_cert_path
from botocore.session import Session
from urllib3.util import wait_for_read

from oncepay.storage.budget import CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS
from oncepay.storage.wire_address import Address, read_variable
from oncepay.storage.wire_reply import BrokenReply, Reply, read_reply

MAX_IDLE = 10
"""So many connections are kept for the next exchanges, as botocore's pool does; a function needs
one, a command with threads some more."""


class Connections:
    """To one server; may be used by several threads."""

    def __init__(self, address: Address, session: Session) -> None:
        self._address = address
        self._session = session
        self._context: ssl.SSLContext | None = None
        self._idle: deque[HTTPConnection] = deque()
        weakref.finalize(self, _close_all, self._idle)

    def post(self, headers: Mapping[str, str], body: bytes) -> Reply:
        """Send one request and read its whole reply.

        Raises:
            ConnectTimeoutError, EndpointConnectionError, SSLError: nothing was sent.
            ReadTimeoutError, ConnectionClosedError: the request may have arrived.
        """
        lines = [f"{name}: {value}\r\n" for name, value in headers.items()]
        head = (
            "POST / HTTP/1.1\r\n"
            f"{''.join(lines)}"
            f"Accept-Encoding: identity\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        message = head.encode("ascii") + body
        connection = self._take()
        is_reusable = False
        try:
            # In one piece, so that a small request is one packet.
            connection.sock.sendall(message)
            with connection.sock.makefile("rb") as stream:
                reply = read_reply(stream)
            is_reusable = reply.keeps_alive and len(self._idle) < MAX_IDLE
        except TimeoutError as error:
            raise ReadTimeoutError(endpoint_url=self._address.url, error=error) from error
        except (OSError, BrokenReply) as error:
            raise ConnectionClosedError(endpoint_url=self._address.url, error=error) from error
        finally:
            if is_reusable:
                self._idle.append(connection)
            else:
                connection.close()
        return reply

    def close(self) -> None:
        """Let go of all connections that are not in use; the next exchange makes a new one."""
        _close_all(self._idle)

    def _take(self) -> HTTPConnection:
        while True:
            try:
                connection = self._idle.pop()
            except IndexError:
                return self._connect()
            # One that has something to say before it was asked has been closed by the server.
            if not wait_for_read(connection.sock, timeout=0):
                return connection
            connection.close()

    def _connect(self) -> HTTPConnection:
        address = self._address
        try:
            connection = self._new_connection()
            connection.connect()
        except TimeoutError as error:
            raise ConnectTimeoutError(endpoint_url=address.url, error=error) from error
        except ssl.SSLError as error:
            raise SSLError(endpoint_url=address.url, error=error) from error
        except OSError as error:
            raise EndpointConnectionError(endpoint_url=address.url, error=error) from error
        connection.sock.settimeout(READ_TIMEOUT_SECONDS)
        return connection

    def _new_connection(self) -> HTTPConnection:
        host, port = self._address.host, self._address.port
        if not self._address.is_tls:
            return HTTPConnection(host, port, timeout=CONNECT_TIMEOUT_SECONDS)
        if self._context is None:
            self._context = _tls_context(self._session)
        return HTTPSConnection(host, port, timeout=CONNECT_TIMEOUT_SECONDS, context=self._context)


def _close_all(connections: deque[HTTPConnection]) -> None:
    with suppress(IndexError):
        while True:
            connections.pop().close()


def _tls_context(session: Session) -> ssl.SSLContext:
    """As botocore's: its own certificates, or those that the operator names."""
    bundle: Any = session.get_config_variable("ca_bundle")
    bundle = bundle or read_variable(session, "REQUESTS_CA_BUNDLE")
    context: ssl.SSLContext = create_urllib3_context()
    context.load_verify_locations(get_cert_path(bundle or True))
    context.check_hostname = True
    return context
