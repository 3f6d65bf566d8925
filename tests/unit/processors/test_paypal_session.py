"""How PayPal is called: the token, its life, and the time that all of it takes."""

import base64
from collections.abc import Callable
from typing import Any

import pytest

from oncepay.domain.errors import StorageUnavailable
from oncepay.domain.processor_answer import NotSent, Unknown
from oncepay.processors import paypal_session
from oncepay.processors.http_exchange import Reply
from oncepay.processors.paypal import PayPalProcessor
from oncepay.processors.paypal_session import PayPalSession, TimeLimit
from tests.unit.processors.paypal_objects import (
    CREDENTIALS,
    ORDER,
    Clock,
    a_capture,
    an_operation,
    an_order,
)
from tests.unit.processors.paypal_server import TOKEN_PATH, CannedServer

PATH = "/v2/thing"


def a_session(
    server: CannedServer,
    *,
    clock: Clock | None = None,
    credentials: Callable[[], bytes | str] = lambda: CREDENTIALS,
) -> PayPalSession:
    return PayPalSession(server.url + "/", credentials, clock or Clock())


def get(session: PayPalSession) -> Reply | NotSent | Unknown:
    return session.get(PATH, TimeLimit(5.0))


@pytest.fixture
def server(paypal: CannedServer) -> CannedServer:
    return paypal.says("GET", PATH, 200, {})


def test_token__is_asked_with_id_and_secret(server: CannedServer) -> None:
    assert isinstance(get(a_session(server.grants())), Reply)
    (asked,) = server.asked_of(TOKEN_PATH)
    basic = base64.b64encode(b"client:secret").decode()
    assert asked.headers["authorization"] == f"Basic {basic}"
    assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
    assert asked.body == b"grant_type=client_credentials"
    assert server.asked_of(PATH)[0].headers["authorization"] == "Bearer token-1"


def test_token__is_used_until_a_minute_before_its_end(server: CannedServer) -> None:
    clock = Clock()
    session = a_session(server.grants("token-1", "token-2", expires_in=3_600), clock=clock)
    get(session)
    clock.pass_by(seconds=3_539)
    get(session)
    assert len(server.asked_of(TOKEN_PATH)) == 1
    clock.pass_by(seconds=1)
    get(session)
    tokens = [each.headers["authorization"] for each in server.asked_of(PATH)]
    assert tokens == ["Bearer token-1", "Bearer token-1", "Bearer token-2"]


@pytest.mark.parametrize("expires_in", [0, -5, None, "long", True, 1.5])
def test_token__of_no_life__is_used_once(server: CannedServer, expires_in: Any) -> None:
    session = a_session(server.grants("token-1", "token-2", expires_in=expires_in))
    get(session)
    get(session)
    assert len(server.asked_of(TOKEN_PATH)) == 2


def test_token__of_a_very_long_life__is_not_kept_for_so_long(server: CannedServer) -> None:
    clock = Clock()
    session = a_session(server.grants("token-1", "token-2", expires_in=10**15), clock=clock)
    get(session)
    clock.pass_by(seconds=100_000)
    get(session)
    assert len(server.asked_of(TOKEN_PATH)) == 2


def test_token__that_is_not_taken_any_more__is_dropped(paypal: CannedServer) -> None:
    paypal.grants("token-1", "token-2")
    paypal.says("GET", PATH, 401).says("GET", PATH, 200, {})
    session = a_session(paypal)
    assert get(session) == NotSent("unauthorized")
    assert isinstance(get(session), Reply)
    assert paypal.asked_of(PATH)[1].headers["authorization"] == "Bearer token-2"


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (401, b"", "unauthorized"),
        (400, {"error": "invalid_client"}, "unauthorized"),
        (403, b"", "unauthorized"),
        (429, b"", "rate_limited"),
        (500, b"", "no_token"),
        (302, b"", "no_token"),
        (200, b"<html>", "no_token"),
        (200, [], "no_token"),
        (200, {}, "no_token"),
        (200, {"access_token": ""}, "no_token"),
        (200, {"access_token": 5}, "no_token"),
        (200, {"access_token": "a b"}, "no_token"),
        (200, {"access_token": "a\r\nb"}, "no_token"),
        (200, {"access_token": "ü"}, "no_token"),
        (200, {"access_token": "x" * 4_097}, "no_token"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_call__without_a_token__is_not_sent(
    server: CannedServer, status: int, body: Any, reason: str
) -> None:
    server.says("POST", TOKEN_PATH, status, body)
    assert get(a_session(server)) == NotSent(reason)
    assert server.asked_of(PATH) == []


def test_call__whose_token_was_lost_on_the_way__is_not_sent(
    server: CannedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paypal_session, "exchange", lambda *_, **__: Unknown("timeout"))
    assert get(a_session(server)) == NotSent("timeout")


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "word",
        b"\xff",
        "[]",
        "5",
        "{}",
        '{"client_id": "a"}',
        '{"client_id": "a", "client_secret": ""}',
        '{"client_id": "", "client_secret": "a"}',
        '{"client_id": 5, "client_secret": "a"}',
    ],
)
def test_secret__that_is_none__sends_nothing(server: CannedServer, secret: bytes | str) -> None:
    assert get(a_session(server, credentials=lambda: secret)) == NotSent("unusable_secret")
    assert server.asked == []


def test_secret__that_cannot_be_read__sends_nothing(server: CannedServer) -> None:
    def fail() -> bytes:
        raise StorageUnavailable("not now")

    assert get(a_session(server, credentials=fail)) == NotSent("secret_unavailable")


class Exchanges:
    """Instead of HTTP: how long each call may take, and what it takes."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, takes: float) -> None:
        self.now, self.takes = 100.0, takes
        self.limits: list[tuple[str, float]] = []
        monkeypatch.setattr("oncepay.processors.paypal_session.time.monotonic", lambda: self.now)
        monkeypatch.setattr(paypal_session, "exchange", self)

    def __call__(self, url: str, *, timeout_seconds: float, **_: object) -> Reply:
        self.limits.append((url.removeprefix("http://paypal.test"), round(timeout_seconds, 6)))
        self.now += self.takes
        if url.endswith(TOKEN_PATH):
            return Reply(200, b'{"access_token":"t","expires_in":3600}')
        return Reply(422, b'{"name":"X","details":[{"issue":"ORDER_ALREADY_CAPTURED"}]}')


def test_time__of_a_charge__is_one_limit_for_all_of_its_calls(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    exchanges = Exchanges(monkeypatch, takes=1.0)
    adapter = PayPalProcessor("http://paypal.test", lambda: CREDENTIALS, 10.0, Clock())
    adapter.prepare(an_operation(reference=None))
    adapter.send(an_operation())
    assert exchanges.limits == [
        (TOKEN_PATH, 1.6),
        ("/v2/checkout/orders", 3.0),
        (f"{ORDER}/capture", 6.0),
        (ORDER, 5.0),
    ]


def test_time__of_a_refund__is_the_whole_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    exchanges = Exchanges(monkeypatch, takes=4.0)
    adapter = PayPalProcessor("http://paypal.test", lambda: CREDENTIALS, 10.0, Clock())
    adapter.send(an_operation("refund"))
    assert exchanges.limits == [
        (TOKEN_PATH, 4.0),
        ("/v2/payments/captures/CAPTURE1/refund", 6.0),
        (ORDER, 2.0),
    ]


def test_time__that_is_over__sends_nothing_any_more(paypal: CannedServer) -> None:
    paypal.grants().says("GET", ORDER, 200, an_order(captures=[a_capture()]))
    session = a_session(paypal)
    assert session.get(ORDER, TimeLimit(0.0)) == NotSent("connect_timeout")
