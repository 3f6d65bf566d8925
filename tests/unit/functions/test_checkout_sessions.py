"""The HTTP side of checkout pages: made, paid, left alone, refused; at each processor."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from oncepay.processors.http_exchange import Reply as ProcessorReply
from oncepay.processors.http_exchange import exchange
from tests.books import Books
from tests.builders import STRANGER
from tests.events import Reply, an_authorizer
from tests.processor_handlers import ProcessorHandlers, running_handlers
from tests.unit.functions.test_process_payment import assert_problem

PROCESSORS = ("stripe", "paypal", "simulated")
FIELDS = [
    "id", "object", "payment_id", "status", "url", "amount_minor", "currency", "processor",
    "success_url", "cancel_url", "line_items", "created_at",
]  # fmt: skip
EXCHANGE = "oncepay.processors.simulated.exchange"
NOBODY = "cs_" + "a" * 26


@pytest.fixture
def everywhere(
    environment: None, monkeypatch: pytest.MonkeyPatch, tables: dict[str, str]
) -> Iterator[ProcessorHandlers]:
    """The functions at a processor that is also Stripe and PayPal."""
    with running_handlers(monkeypatch, tables, faces=["stripe", "paypal"]) as handlers:
        yield handlers


def session_of(handlers: ProcessorHandlers, session_id: str, **more: Any) -> Reply:
    return handlers.get("/v1/checkout-sessions/{id}", parameters={"id": session_id}, **more)


def payment_of(handlers: ProcessorHandlers, session: Any) -> Any:
    parameters = {"id": session["payment_id"]}
    return handlers.get("/v1/payments/{id}", parameters=parameters).json


def test_session__has_exactly_the_fields_of_the_contract(handlers: ProcessorHandlers) -> None:
    shoes = {"name": "Shoes", "quantity": 2, "amount_minor": 2_500}
    reply = handlers.checkout(line_items=[shoes])
    assert reply.status == 201
    session = reply.json
    assert list(session) == FIELDS
    assert session["id"].startswith("cs_")
    assert session["payment_id"] == session["id"].replace("cs_", "pay_")
    assert session["url"].startswith(f"{handlers.processor.url}/checkout/cs_")
    made = {name: session[name] for name in ("object", "status", "amount_minor", "currency")}
    assert made == {
        "object": "checkout_session",
        "status": "open",
        "amount_minor": 5_000,
        "currency": "USD",
    }
    assert (session["processor"], session["line_items"]) == ("simulated", [shoes])
    assert session["success_url"] == "https://shop.example/thanks"
    assert session["cancel_url"] == "https://shop.example/cart"


def test_session__is_read_as_it_was_answered(handlers: ProcessorHandlers) -> None:
    made = handlers.checkout()
    read = session_of(handlers, made.json["id"])
    assert (read.status, read.text) == (200, made.text)


def test_payment_of_a_session__waits_for_its_payer_on_that_page(
    handlers: ProcessorHandlers,
) -> None:
    session = handlers.checkout().json
    payment = payment_of(handlers, session)
    assert (payment["status"], payment["next_action"]) == (
        "requires_action",
        {"url": session["url"]},
    )
    assert payment["funding"] == {"type": "processor", "processor": "simulated"}
    assert payment["captured_minor"] == 0


def test_session__same_key__is_the_same_page_to_the_byte(handlers: ProcessorHandlers) -> None:
    first, again = handlers.checkout(), handlers.checkout()
    assert (again.status, again.text) == (201, first.text)
    assert again.headers["idempotent-replayed"] == "true"
    assert len(handlers.processor.engine.sessions()) == 1


def test_session__same_key_and_another_page__is_422(handlers: ProcessorHandlers) -> None:
    handlers.checkout()
    other = handlers.checkout(success_url="https://shop.example/other")
    assert_problem(other, 422, "idempotency_key_reused")


@pytest.mark.parametrize("processor", PROCESSORS)
def test_session__paid__is_complete_and_its_payment_succeeded(
    everywhere: ProcessorHandlers, processor: str
) -> None:
    session = everywhere.checkout(processor=processor).json
    assert session["status"] == "open"
    everywhere.pay_page(session["url"])
    assert {reply.status for reply in everywhere.deliver()} == {200}
    paid = session_of(everywhere, session["id"]).json
    assert (paid["status"], paid["url"]) == ("complete", None)
    payment = payment_of(everywhere, session)
    assert (payment["status"], payment["captured_minor"], payment["fee_minor"]) == (
        "succeeded",
        5_000,
        100,
    )
    assert [entry["kind"] for entry in payment["ledger_entries"]] == ["capture"]
    assert everywhere.get("/v1/balances").json["data"] == [
        {"currency": "USD", "available_minor": 0, "pending_minor": 4_900}
    ]


@pytest.mark.parametrize("processor", PROCESSORS)
def test_session__captured_later__is_complete_once_it_is_authorized(
    everywhere: ProcessorHandlers, processor: str
) -> None:
    session = everywhere.checkout(processor=processor, capture_method="manual").json
    everywhere.pay_page(session["url"])
    everywhere.deliver()
    assert session_of(everywhere, session["id"]).json["status"] == "complete"
    payment = payment_of(everywhere, session)
    assert (payment["status"], payment["captured_minor"]) == ("authorized", 0)
    captured = everywhere.move(payment["id"], "capture", {"amount_minor": 3_000}, key="c")
    assert (captured.status, captured.json["captured_minor"]) == (200, 3_000)


def test_session__paid_and_the_same_request_again__still_shows_the_first_answer(
    handlers: ProcessorHandlers,
) -> None:
    first = handlers.checkout()
    handlers.pay_page(first.json["url"])
    handlers.deliver()
    assert handlers.checkout().text == first.text


def test_session__whose_card_is_declined__stays_open_and_can_still_be_paid(
    handlers: ProcessorHandlers,
) -> None:
    session = handlers.checkout().json
    handlers.pay_page(session["url"], "pm_decline_card_declined")
    handlers.deliver()
    assert session_of(handlers, session["id"]).json["status"] == "open"
    handlers.pay_page(session["url"])
    handlers.deliver()
    assert session_of(handlers, session["id"]).json["status"] == "complete"


@pytest.mark.parametrize("processor", ["stripe", "simulated"])
def test_session__that_nobody_pays__expires_and_so_does_its_payment(
    everywhere: ProcessorHandlers, processor: str, books: Books
) -> None:
    session = everywhere.checkout(processor=processor).json
    everywhere.processor.engine.advance(timedelta(hours=24))
    assert {reply.status for reply in everywhere.deliver()} == {200}
    expired = session_of(everywhere, session["id"]).json
    assert (expired["status"], expired["url"]) == ("expired", None)
    payment = payment_of(everywhere, session)
    assert (payment["status"], payment["captured_minor"]) == ("expired", 0)
    assert books.items("ledger") == []


def test_session__that_is_not_known_or_of_a_payment_without_a_page__is_404(
    handlers: ProcessorHandlers,
) -> None:
    charged = handlers.charge().json["id"]
    for session_id in (NOBODY, "cs_1", charged, charged.replace("pay_", "cs_")):
        assert_problem(session_of(handlers, session_id), 404, "not_found")


def test_session__of_another_merchant__is_the_same_404(handlers: ProcessorHandlers) -> None:
    session_id = handlers.checkout().json["id"]
    stranger = an_authorizer(merchant_id=STRANGER)
    reply = session_of(handlers, session_id, authorizer=stranger)
    assert_problem(reply, 404, "not_found")
    nobody = session_of(handlers, NOBODY, authorizer=stranger)
    assert reply.json | {"instance": ""} == nobody.json | {"instance": ""}


def test_session__without_the_scope__is_403(handlers: ProcessorHandlers) -> None:
    session_id = handlers.checkout().json["id"]
    read_only, none = an_authorizer(scopes="payments:read"), an_authorizer(scopes="events:read")
    assert_problem(handlers.checkout(authorizer=read_only), 403, "forbidden")
    assert session_of(handlers, session_id, authorizer=read_only).status == 200
    assert_problem(session_of(handlers, session_id, authorizer=none), 403, "forbidden")


def test_session__without_a_key__is_400_and_no_page_is_made(handlers: ProcessorHandlers) -> None:
    body = {"amount_minor": 1, "currency": "USD", "success_url": "https://a.example"}
    reply = handlers.post("/v1/checkout-sessions", body, key=None)
    assert_problem(reply, 400, "idempotency_key_missing")
    assert handlers.processor.engine.sessions() == ()


def test_session__with_a_bad_address__is_400_that_names_it_and_no_page_is_made(
    handlers: ProcessorHandlers,
) -> None:
    reply = handlers.checkout(cancel_url="shop.example")
    assert_problem(reply, 400, "invalid_request")
    assert reply.json["param"] == "cancel_url"
    assert handlers.processor.engine.sessions() == ()


def test_session__in_a_currency_that_paypal_does_not_take__is_422_and_nothing_is_stored(
    everywhere: ProcessorHandlers, books: Books
) -> None:
    reply = everywhere.checkout(processor="paypal", currency="KWD")
    assert_problem(reply, 422, "currency_not_supported")
    assert books.items("payments") == []


def answering(status: int, code: str) -> Any:
    """A processor that says that, whatever it is asked."""
    said = json.dumps({"error": {"code": code, "message": "not here"}}).encode()
    return lambda *_, **__: ProcessorReply(status, said)


def test_session__that_the_processor_will_not_make__is_402_and_its_payment_is_declined(
    handlers: ProcessorHandlers, monkeypatch: pytest.MonkeyPatch
) -> None:
    handlers.module("process_payment")
    with monkeypatch.context() as patched:
        patched.setattr(EXCHANGE, answering(400, "invalid_request"))
        refused = handlers.checkout()
    assert_problem(refused, 402, "card_declined")
    payment_id = refused.json["payment_id"]
    session = session_of(handlers, payment_id.replace("pay_", "cs_")).json
    assert (session["status"], session["url"]) == ("expired", None)
    assert payment_of(handlers, session)["status"] == "declined"
    again = handlers.checkout()
    assert (again.status, again.text) == (402, refused.text)


def test_session__of_which_nothing_was_sent__is_502_and_the_same_key_makes_it(
    handlers: ProcessorHandlers, monkeypatch: pytest.MonkeyPatch
) -> None:
    handlers.module("process_payment")
    with monkeypatch.context() as patched:
        patched.setattr(EXCHANGE, answering(429, "rate_limited"))
        assert_problem(handlers.checkout(), 502, "processor_unavailable")
    made = handlers.checkout()
    assert (made.status, made.json["status"]) == (201, "open")


def test_session__whose_answer_was_lost__is_202_and_the_same_key_finds_its_page(
    handlers: ProcessorHandlers, monkeypatch: pytest.MonkeyPatch
) -> None:
    handlers.module("process_payment")

    def lost(*args: Any, **kwargs: Any) -> Any:
        exchange(*args, **kwargs)
        return ProcessorReply(201, b"{")

    with monkeypatch.context() as patched:
        patched.setattr(EXCHANGE, lost)
        unknown = handlers.checkout()
    assert (unknown.status, unknown.json["status"], unknown.json["url"]) == (202, "open", None)
    found = handlers.checkout()
    assert (found.status, found.json["status"]) == (201, "open")
    assert found.json["url"].startswith(f"{handlers.processor.url}/checkout/")
    assert len(handlers.processor.engine.sessions()) == 1
