"""The proxy hands on what the rule lets through, and answers itself what it does not."""

import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from benchmarks.conflict_proxy import Proxy, open_proxy
from benchmarks.conflict_rule import ConflictRule

KEYS = {"ledger": ("id",)}
WRITE = {"TransactItems": [{"Delete": {"TableName": "ledger", "Key": {"id": {"S": "a"}}}}]}


class Engine(BaseHTTPRequestHandler):
    """Answers with what it was asked; how, the request says."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    asked: threading.Semaphore
    may_answer: threading.Event
    callers: set[Any]

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.callers.add(self.client_address)
        self.asked.release()
        assert self.may_answer.wait(10)
        how = request.get("how")
        if how == "hang up":
            self.close_connection = True
            return
        body = json.dumps({"target": self.headers["X-Amz-Target"], "request": request}).encode()
        self.send_response(418 if how == "fail" else 200)
        if how == "in chunks":
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for part in (body[:5], body[5:]):
                self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
            self.wfile.write(b"0\r\n\r\n")
        else:
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@contextmanager
def running_engine() -> Iterator[tuple[type[Engine], str]]:
    class Here(Engine):
        asked = threading.Semaphore(0)
        may_answer = threading.Event()
        callers: set[Any] = set()  # noqa: RUF012

    with ThreadingHTTPServer(("127.0.0.1", 0), Here) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield Here, f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.fixture
def engine_and_proxy() -> Iterator[tuple[type[Engine], Proxy]]:
    with (
        running_engine() as (engine, url),
        open_proxy(url, ConflictRule(KEYS, service_seconds=0)) as proxy,
    ):
        engine.may_answer.set()
        yield engine, proxy


@contextmanager
def client_of(proxy: Proxy) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection(proxy.url.removeprefix("http://"), timeout=10)
    try:
        yield connection
    finally:
        connection.close()


def ask(
    connection: http.client.HTTPConnection, operation: str, request: dict[str, Any]
) -> tuple[int, Any]:
    headers = {"X-Amz-Target": f"DynamoDB_20120810.{operation}"}
    connection.request("POST", "/", json.dumps(request), headers)
    response = connection.getresponse()
    return response.status, json.loads(response.read())


@pytest.mark.parametrize(("how", "status"), [("plainly", 200), ("fail", 418), ("in chunks", 200)])
def test_request__is_handed_on__and_so_is_its_answer(
    engine_and_proxy: tuple[type[Engine], Proxy], how: str, status: int
) -> None:
    with client_of(engine_and_proxy[1]) as connection:
        assert ask(connection, "GetItem", {"how": how}) == (
            status,
            {"target": "DynamoDB_20120810.GetItem", "request": {"how": how}},
        )


def test_requests__of_one_connection__go_over_one(
    engine_and_proxy: tuple[type[Engine], Proxy],
) -> None:
    engine, proxy = engine_and_proxy
    with client_of(proxy) as connection:
        for _ in range(3):
            ask(connection, "GetItem", {})
    assert len(engine.callers) == 1


def test_engine__hangs_up__so_does_the_proxy(
    engine_and_proxy: tuple[type[Engine], Proxy],
) -> None:
    with (
        client_of(engine_and_proxy[1]) as connection,
        pytest.raises(http.client.RemoteDisconnected),
    ):
        ask(connection, "GetItem", {"how": "hang up"})


def test_engine__hung_up_on_one__serves_the_next(
    engine_and_proxy: tuple[type[Engine], Proxy],
) -> None:
    _, proxy = engine_and_proxy
    with client_of(proxy) as lost, pytest.raises(http.client.RemoteDisconnected):
        ask(lost, "TransactWriteItems", WRITE | {"how": "hang up"})
    with client_of(proxy) as connection:
        assert ask(connection, "TransactWriteItems", WRITE)[0] == 200


def test_transaction__beside_another_on_its_item__is_cancelled_before_the_engine_sees_it(
    engine_and_proxy: tuple[type[Engine], Proxy],
) -> None:
    engine, proxy = engine_and_proxy
    engine.may_answer.clear()
    first: list[tuple[int, Any]] = []
    with client_of(proxy) as one, client_of(proxy) as other:
        thread = threading.Thread(
            target=lambda: first.append(ask(one, "TransactWriteItems", WRITE))
        )
        thread.start()
        assert engine.asked.acquire(timeout=10)
        status, body = ask(other, "TransactWriteItems", WRITE)
        engine.may_answer.set()
        thread.join()
    assert (status, [reason["Code"] for reason in body["CancellationReasons"]]) == (
        400,
        ["TransactionConflict"],
    )
    assert first[0][0] == 200
    assert (proxy.counts.transactions, proxy.counts.conflicts) == (1, 1)
