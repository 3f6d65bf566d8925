"""The server itself: who may call, what it refuses, and that held connections come to an end."""

import http.client
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import pytest

from ops.simulated.server import Patience, running_simulated_processor
from tests.simulated.client import Client, HandClock, a_charge


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer wrong", "Basic x", "Bearer \u00e9"]
)
@pytest.mark.parametrize("path", ["/v1/charges/ch_1", "/control/record", "/nothing"])
def test_call__without_the_secret__is_401(client: Client, authorization: str, path: str) -> None:
    reply = client.answered("GET", path, headers={"Authorization": authorization})
    assert (reply.status, reply.code) == (401, "unauthorized")


def test_health__needs_no_secret(client: Client) -> None:
    assert client.answered("GET", "/health", headers={"Authorization": ""}).status == 200


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"amount_minor": 0}, "amount_minor must be a whole number from 1 to"),
        ({"amount_minor": 1.5}, "amount_minor must be a whole number from 1 to"),
        ({"amount_minor": True}, "amount_minor must be a whole number from 1 to"),
        ({"amount_minor": "5"}, "amount_minor must be a whole number from 1 to"),
        ({"currency": "usd"}, "currency must be three upper-case letters"),
        ({"capture": "later"}, "capture must be automatic or manual"),
        ({"payment_id": ""}, "payment_id must be a text"),
        ({"payment_method": None}, "payment_method must be a text"),
        ({"colour": "red"}, "there is no field colour"),
    ],
)
def test_charge__bad_field__is_400_and_leaves_the_key_free(
    client: Client, change: dict[str, Any], said: str
) -> None:
    reply = client.answered("POST", "/v1/charges", {**a_charge(), **change}, key="pay_1")
    assert (reply.status, reply.code) == (400, "invalid_request")
    assert reply.json["error"]["message"].startswith(said)
    assert client.charged().status == 201


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 10_000])
def test_charge__no_json_object__is_400(client: Client, body: bytes) -> None:
    assert client.answered("POST", "/v1/charges", body, key="pay_1").status == 400


@pytest.mark.parametrize("key", [None, "", "k" * 256])
def test_charge__without_a_key__is_400(client: Client, key: str | None) -> None:
    reply = client.answered("POST", "/v1/charges", a_charge(), key=key)
    assert (reply.status, reply.code) == (400, "invalid_request")


def test_charge__body_too_large__is_413(client: Client) -> None:
    assert client.answered("POST", "/v1/charges", b"x" * 70_000, key="pay_1").status == 413


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/v1/nothing"), ("POST", "/v1/charges/ch_1"), ("PUT", "/v1/x")]
)
def test_call__unknown_path__is_404(client: Client, method: str, path: str) -> None:
    assert client.answered(method, path, {}).status == 404


def test_connection__several_calls__is_kept(client: Client) -> None:
    address = urlsplit(client.processor.url)
    connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=5)
    headers = {"Authorization": f"Bearer {client.processor.secret}"}
    connection.connect()
    kept = connection.sock
    for number in range(3):
        body = json.dumps(a_charge())
        connection.request("POST", "/v1/charges", body, {**headers, "Idempotency-Key": f"{number}"})
        assert json.loads(connection.getresponse().read())["status"] == "succeeded"
        assert connection.sock is kept
    connection.close()


def test_held_connection__client_gives_up__its_thread_ends(clock: HandClock) -> None:
    with running_simulated_processor(clock=clock) as processor:
        before = threading.active_count()
        for number in range(5):
            client = Client(processor)
            assert client.charge("never_answers", key=f"pay_{number}", give_up_after=0.1) is None
        ends_at = time.monotonic() + 10
        while threading.active_count() > before and time.monotonic() < ends_at:
            threading.Event().wait(0.02)
        assert threading.active_count() <= before


def test_held_connection__client_never_gives_up__is_closed_without_an_answer(
    clock: HandClock,
) -> None:
    patience = Patience(hold_seconds=0.3)
    with running_simulated_processor(clock=clock, patience=patience) as processor:
        began = time.monotonic()
        assert Client(processor).charge("timeout_after") is None
        assert 0.3 <= time.monotonic() - began < 10
        assert Client(processor).found("pay_1")["status"] == "succeeded"


def test_held_connection__server_stops__does_not_wait_for_it(clock: HandClock) -> None:
    with ThreadPoolExecutor(1) as pool:
        with running_simulated_processor(clock=clock) as processor:
            held = pool.submit(Client(processor).charge, "never_answers")
            while not processor.engine.sends():
                threading.Event().wait(0.02)
            began = time.monotonic()
        assert held.result() is None
    assert time.monotonic() - began < 10


def test_error_of_its_own__is_told_and_not_taken_for_a_client_that_hung_up(
    clock: HandClock, capsys: pytest.CaptureFixture[str]
) -> None:
    with running_simulated_processor(clock=clock, new_id=lambda _: 1 // 0 * "") as processor:
        assert Client(processor).charge() is None
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_ids__source_and_clock_given__two_processors_answer_alike(clock: HandClock) -> None:
    bodies = []
    for _ in range(2):
        numbers = iter(range(100))
        with running_simulated_processor(
            clock=clock,
            new_id=lambda prefix, numbers=numbers: f"{prefix}{next(numbers)}",  # type: ignore[misc]
        ) as processor:
            bodies.append(Client(processor).charged("approve", manual=True).body)
    assert bodies[0] == bodies[1]
