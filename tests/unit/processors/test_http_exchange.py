"""One HTTP request: a reply, provably nothing sent, or nobody knows; never anything else."""

import socket
import threading
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncepay.domain.processor_answer import NotSent, Unknown
from oncepay.processors.http_exchange import MAX_REPLY_BYTES, Reply, exchange
from tests.unit.processors.scripted_server import (
    HOLD,
    RESET,
    SOME,
    Scripted,
    scripted_server,
)

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Kind: Test\r\n\r\n{}"
SHORT, LONG = 0.3, 20.0


def post(url: str, *, within: float = LONG, **more: Any) -> Reply | NotSent | Unknown:
    values: dict[str, Any] = {"method": "POST", "headers": {"A": "b"}, "body": b"{}"} | more
    return exchange(url, timeout_seconds=within, **values)


def head_of(server: Scripted) -> list[str]:
    return bytes(server.received).partition(b"\r\n\r\n")[0].decode().split("\r\n")


def test_request__is_sent_as_it_is() -> None:
    with scripted_server([OK]) as server:
        post(f"{server.url}/v1/x%2Fy?a=b", headers={"Idempotency-Key": "k"}, body=b'{"a":1}')
    head = head_of(server)
    assert head[0] == "POST /v1/x%2Fy?a=b HTTP/1.1"
    assert {f"Host: 127.0.0.1:{server.port}", "Idempotency-Key: k"} < set(head)
    assert {"Content-Length: 7", "Connection: close"} < set(head)
    assert bytes(server.received).endswith(b'\r\n\r\n{"a":1}')


def test_request__without_a_body_or_a_path__is_sent() -> None:
    with scripted_server([OK]) as server:
        assert isinstance(post(server.url, method="GET", body=None), Reply)
    assert head_of(server)[0] == "GET / HTTP/1.1"


def test_reply__is_read_whole() -> None:
    with scripted_server([OK]) as server:
        reply = post(server.url)
    assert isinstance(reply, Reply)
    assert (reply.status, reply.body) == (200, b"{}")
    assert reply.headers["x-kind"] == "Test"


def test_reply__larger_than_a_buffer__is_read_whole() -> None:
    body = b"x" * 300_000
    reply = b"HTTP/1.1 200 OK\r\nContent-Length: 300000\r\nConnection: close\r\n\r\n" + body
    with scripted_server([reply]) as server:
        assert getattr(post(server.url), "body", None) == body


def test_reply__in_chunks__is_read_whole() -> None:
    reply = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n"
    with scripted_server([reply]) as server:
        assert getattr(post(server.url), "body", None) == b"{}"


def test_reply__without_a_length__ends_with_the_connection() -> None:
    with scripted_server([b"HTTP/1.1 200 OK\r\n\r\n{}"]) as server:
        assert getattr(post(server.url), "body", None) == b"{}"


def test_reply__after_a_100__is_the_one_that_counts() -> None:
    with scripted_server([b"HTTP/1.1 100 Continue\r\n\r\n" + OK]) as server:
        assert getattr(post(server.url), "status", None) == 200


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirect__is_not_followed(status: int) -> None:
    head = f"HTTP/1.1 {status} Moved\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n"
    with scripted_server([head.encode()]) as server:
        assert getattr(post(server.url), "status", None) == status
    assert server.connections == 1


def test_connection__serves_one_request() -> None:
    with scripted_server([OK], end=HOLD) as server:
        post(server.url)
        assert server.done.wait(LONG), "the connection was kept"


@pytest.mark.parametrize(
    "pieces",
    [
        [],
        [b"HTTP/1.1"],
        [b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"],
        [b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{"],
    ],
    ids=["nothing", "half a status", "no body", "half a body"],
)
def test_silence__is_unknown_at_the_limit(pieces: list[bytes]) -> None:
    with scripted_server(pieces, end=HOLD) as server:
        assert post(server.url, within=SHORT) == Unknown("timeout")


DRIPS = {
    "status line": [bytes([byte]) for byte in OK],
    "headers": [b"HTTP/1.1 200 OK\r\n", *(b"X: %d\r\n" % n for n in range(90))],
    "interim replies": [b"HTTP/1.1 100 Continue\r\n\r\n"] * 90,
    "body": [b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n", *([b"x"] * 90)],
    "chunks": [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        *([b"1\r\nx\r\n"] * 90),
    ],
}


@pytest.mark.parametrize("pieces", DRIPS.values(), ids=DRIPS.keys())
def test_reply__that_drips__is_cut_off_at_the_limit(pieces: list[bytes]) -> None:
    began = time.monotonic()
    with scripted_server(pieces, pause_seconds=0.1, end=HOLD) as server:
        assert post(server.url, within=SHORT) == Unknown("timeout")
    # All of it would have taken five seconds at least.
    assert time.monotonic() - began < 4


@pytest.mark.parametrize(
    "pieces",
    [
        [],
        [b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{}"],
        [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{}"],
    ],
    ids=["before the reply", "within the body", "within a chunk"],
)
def test_connection__that_ends__is_unknown(pieces: list[bytes]) -> None:
    with scripted_server(pieces) as server:
        assert post(server.url) == Unknown("connection_lost")


def test_connection__that_is_reset__is_unknown() -> None:
    with scripted_server([], end=RESET) as server:
        assert post(server.url) == Unknown("connection_lost")


def test_connection__that_ends_before_the_request_is_read__is_unknown() -> None:
    with scripted_server([], end=RESET, reads=SOME) as server:
        assert post(server.url, body=b"x" * 20_000_000) == Unknown("connection_lost")


@pytest.mark.parametrize(
    "reply",
    [
        b"nonsense\r\n\r\n",
        b"HTTP/9 200 OK\r\n\r\n",
        b"HTTP/1.1 twohundred OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
    ],
    ids=["no http", "other version", "no status", "long header", "many headers"],
)
def test_reply__that_is_no_http__is_unknown(reply: bytes) -> None:
    with scripted_server([reply]) as server:
        assert post(server.url) == Unknown("unreadable_reply")


def test_reply__of_the_greatest_size__is_read() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % MAX_REPLY_BYTES
    with scripted_server([head + b"x" * MAX_REPLY_BYTES]) as server:
        assert len(getattr(post(server.url), "body", b"")) == 1_000_000


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1000001\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFF\r\n",
    ],
    ids=["no length", "length", "chunked"],
)
def test_reply__that_is_larger__is_unknown(head: bytes) -> None:
    with scripted_server([head + b"x" * 1_100_000]) as server:
        assert post(server.url) == Unknown("reply_too_large")


@pytest.mark.parametrize(
    "url",
    ["", "nonsense", "ftp://127.0.0.1/", "http://", "http://[::1", "http://a:99999/", "http://.."],
)
def test_url__that_is_none__is_not_sent(url: str) -> None:
    assert post(url) == NotSent("unusable_url")


def test_name__that_does_not_exist__is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "no such name")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    assert post("http://processor.invalid/") == NotSent("name_not_resolved")


def test_resolver__that_does_not_answer__is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    held = threading.Event()

    def resolve(*_: Any, flags: int = 0, **__: Any) -> Any:
        if not flags:
            held.wait(LONG)
        raise socket.gaierror(socket.EAI_NONAME, "no such name")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    began = time.monotonic()
    assert post("http://processor.invalid/", within=SHORT) == NotSent("connect_timeout")
    assert time.monotonic() - began < 4
    held.set()


@pytest.mark.parametrize("first", [ConnectionRefusedError, TimeoutError], ids=["deaf", "silent"])
def test_name__of_several_addresses__is_reached_at_the_one_that_listens(
    monkeypatch: pytest.MonkeyPatch, first: type[OSError]
) -> None:
    dead = ("192.0.2.1", 80)
    connect = socket.socket.connect

    def resolve(*_: Any, flags: int = 0, **__: Any) -> Any:
        if flags:
            raise socket.gaierror(socket.EAI_NONAME, "no number")
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", address)
            for address in (dead, ("127.0.0.1", server.port))
        ]

    def connect_or_not(self: socket.socket, address: Any) -> None:
        if address != dead:
            return connect(self, address)
        if first is TimeoutError:
            threading.Event().wait(self.gettimeout())
        raise first

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with scripted_server([OK]) as server, monkeypatch.context() as patch:
        patch.setattr(socket.socket, "connect", connect_or_not)
        reply = post("http://processor.test/", within=2)
    assert getattr(reply, "status", None) == 200


def test_nobody_listening__is_not_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert post(f"http://127.0.0.1:{port}/") == NotSent("connect_failed")


def test_connection__that_is_not_accepted__is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    def connect(self: socket.socket, _: Any) -> None:
        raise TimeoutError

    monkeypatch.setattr(socket.socket, "connect", connect)
    assert post("http://127.0.0.1:1/") == NotSent("connect_timeout")


@pytest.mark.parametrize(
    "fault",
    [
        {"headers": {"A": "two\r\nlines"}},
        {"headers": {"A": "☃"}},
        {"method": "GE\nT"},
    ],
    ids=["line break", "no latin", "method"],
)
def test_request__that_cannot_be_written__is_not_sent(fault: dict[str, Any]) -> None:
    with scripted_server([OK]) as server:
        assert post(server.url, **fault) == NotSent("unusable_request")
    assert server.received == b""


def test_path__that_cannot_be_written__is_not_sent() -> None:
    with scripted_server([OK]) as server:
        assert post(f"{server.url}/a b") == NotSent("unusable_request")
    assert server.received == b""


@settings(max_examples=60, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=300),
        st.binary(max_size=100).map(lambda rest: b"HTTP/1.1 200 OK\r\n" + rest),
        st.binary(max_size=100).map(lambda rest: OK[:-6] + b"\r\nTransfer-Encoding: " + rest),
    )
)
def test_reply__of_whatever_bytes__never_raises(reply: bytes) -> None:
    with scripted_server([reply]) as server:
        assert isinstance(post(server.url), Reply | Unknown)
