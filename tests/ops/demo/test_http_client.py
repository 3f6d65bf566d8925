"""The client comes again when asked to, with the same key, and not for ever."""

import http.server
import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from ops.demo import client_process, http_client
from ops.demo.crowd import Call, Crowd
from ops.demo.http_client import HttpClient, NoAnswerError

type Scripted = tuple[int, dict[str, str], bytes] | None
OK: Scripted = (201, {"Idempotent-Replayed": "true"}, b'{"id":"pay_1"}')
IN_PROGRESS: Scripted = (409, {"Retry-After": "0"}, b'{"code":"request_in_progress"}')


class Api:
    """An HTTP server that answers from a script; None closes the connection without an answer."""

    def __init__(self) -> None:
        self.script: list[Scripted] = []
        self.seen: list[tuple[str, str, dict[str, str], bytes]] = []
        api = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {k.lower(): v for k, v in self.headers.items()}
                api.seen.append((self.command, self.path, headers, body))
                scripted = api.script.pop(0) if api.script else OK
                if scripted is None:
                    self.close_connection = True
                    return
                status, extra, content = scripted
                self.send_response(status)
                for name, value in {**extra, "Content-Length": str(len(content))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = answer  # noqa: N815

            def log_message(self, *args: Any) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/_aws/stage"


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    monkeypatch.setattr(time, "sleep", lambda _: None)
    api = Api()
    thread = threading.Thread(target=api.server.serve_forever, args=(0.02,))
    thread.start()
    yield api
    api.server.shutdown()
    api.server.server_close()
    thread.join()


def test_call__sends_path_body_key_and_token(api: Api) -> None:
    reply = HttpClient(api.url, "sk_x").call("POST", "/v1/payments", body={"a": 1}, key="k")
    [(method, path, headers, body)] = api.seen
    assert (method, path, json.loads(body)) == ("POST", "/_aws/stage/v1/payments", {"a": 1})
    assert headers["authorization"] == "Bearer sk_x"
    assert headers["idempotency-key"] == "k"
    assert headers["content-type"] == "application/json"
    assert (reply.status, reply.json, reply.is_replay) == (201, {"id": "pay_1"}, True)


def test_call__without_key_and_body__sends_neither(api: Api) -> None:
    HttpClient(api.url, None).call("GET", "/health")
    [(_, _, headers, body)] = api.seen
    assert body == b""
    assert {"authorization", "idempotency-key", "content-type"}.isdisjoint(headers)


def test_call__asked_to_come_again__comes_with_the_same_key_and_counts(api: Api) -> None:
    api.script = [IN_PROGRESS, (429, {}, b""), (503, {"Retry-After": "1"}, b"{}"), None, OK]
    reply = HttpClient(api.url, "sk_x").call("POST", "/v1/payments", body={}, key="k")
    assert reply.status == 201
    assert reply.retried == {409: 1, 429: 1, 503: 1, http_client.LOST_CONNECTION: 1}
    assert {headers["idempotency-key"] for _, _, headers, _ in api.seen} == {"k"}


@pytest.mark.parametrize("status", [400, 401, 402, 404, 409, 422, 500])
def test_call__a_final_answer__is_taken(api: Api, status: int) -> None:
    api.script = [(status, {}, b'{"code":"invalid_transition"}')]
    reply = HttpClient(api.url, "sk_x").call("POST", "/v1/payments", body={}, key="k")
    assert (reply.status, reply.code, reply.retried) == (status, "invalid_transition", {})


def test_call__never_answered__ends_after_so_many_attempts(api: Api) -> None:
    api.script = [IN_PROGRESS] * 50
    with pytest.raises(NoAnswerError, match="12 x 409"):
        HttpClient(api.url, "sk_x").call("POST", "/v1/payments", body={}, key="k")
    assert len(api.seen) == http_client.MAX_ATTEMPTS


@pytest.mark.parametrize("url", ["", "ftp://x", "127.0.0.1:80", "http://"])
def test_client__no_address__is_refused(url: str) -> None:
    with pytest.raises(NoAnswerError, match="no address"):
        HttpClient(url, None)


def test_reply__not_json__is_an_empty_object(api: Api) -> None:
    api.script = [(200, {}, b"<html>")]
    reply = HttpClient(api.url, None).call("GET", "/")
    assert (reply.json, reply.code) == ({}, None)


def test_crowd__every_call_is_made_once_by_processes_of_their_own(api: Api) -> None:
    calls = [Call(method="POST", path="/v1/payments", body={}, key=f"k{n}") for n in range(7)]
    with Crowd(3, api.url) as crowd:
        first = crowd.call_at_once("sk_x", calls, clients=3)
        second = crowd.call_at_once("sk_x", calls[:2], clients=2)
    assert [reply.status for reply in first + second] == [201] * 9
    assert sorted(headers["idempotency-key"] for _, _, headers, _ in api.seen) == sorted(
        [f"k{n}" for n in range(7)] + ["k0", "k1"]
    )


def test_client_process__no_answer__is_reported_and_not_raised() -> None:
    order = {"api_url": "ftp://x", "api_key": "k", "start_at": 0, "calls": []}
    assert client_process.carry_out(order) == {"error": "ftp://x is no address of an API"}


def test_call__headers_beside_the_usual_ones__are_sent(api: Api) -> None:
    HttpClient(api.url, None).call("POST", "/x", body=b"raw", extra={"Stripe-Signature": "t=1"})
    [(_, _, headers, body)] = api.seen
    assert (headers["stripe-signature"], body) == ("t=1", b"raw")


@pytest.mark.parametrize(
    ("before", "was_sent_again"),
    [([], False), ([IN_PROGRESS], False), ([(503, {}, b"")], True), ([None], True)],
    ids=["at once", "409", "503", "no answer"],
)
def test_reply__after_an_answer_that_says_nothing__may_have_been_carried_out(
    api: Api, before: list[Scripted], was_sent_again: bool
) -> None:
    api.script = [*before, OK]
    reply = HttpClient(api.url, None).call("POST", "/x")
    assert reply.was_sent_again is was_sent_again


@pytest.mark.parametrize(
    ("body", "member"), [(b'{"id":7}', 7), (b"{}", None), (b"[1]", None), (b"<html>", None)]
)
def test_reply__member__is_of_an_object_only(body: bytes, member: int | None) -> None:
    assert http_client.Reply(200, {}, body).member("id") == member
