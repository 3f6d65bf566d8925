"""The Stripe face, driven by Stripe's own library: checkout sessions, paid on the hosted page."""

from typing import Any

import pytest
import stripe

from ops.simulated.server import SimulatedProcessor
from tests.simulated.client import Client, HandClock, Reply
from tests.simulated.stripe_client import Shop

NOON = 1795262400


@pytest.fixture
def shop(processor: SimulatedProcessor) -> Shop:
    return Shop(processor)


def pay(client: Client, session_id: str, card: str = "pm_approve") -> Reply:
    body = f"payment_method={card}".encode()
    return client.answered("POST", f"/checkout/{session_id}/pay", body)


def found(shop: Shop, session_id: str, **more: Any) -> Any:
    return shop.stripe.v1.checkout.sessions.retrieve(session_id, more)


def test_session__made__is_open_with_its_page(shop: Shop) -> None:
    session = shop.session()
    assert session.id.startswith("cs_test_")
    assert (session.object, session.status, session.payment_status) == (
        "checkout.session",
        "open",
        "unpaid",
    )
    assert (session.amount_total, session.currency, session.mode) == (5000, "usd", "payment")
    assert session.url == f"{shop.processor.url}/checkout/{session.id}"
    assert (session.created, session.expires_at) == (NOON, NOON + 86_400)
    assert (session.payment_intent, session.client_reference_id) == (None, "pay_1")
    assert session.metadata.to_dict() == {"payment_id": "pay_1", "operation_id": "pay_1"}


def test_session__same_key__is_the_same(shop: Shop) -> None:
    again = shop.session() and shop.session()
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert len(shop.stripe.v1.checkout.sessions.list().data) == 1


def test_pay__completes_it_with_a_payment_intent(shop: Shop, client: Client) -> None:
    session = shop.session()
    assert pay(client, session.id).headers["Location"] == f"https://shop.test/paid/{session.id}"
    paid = found(shop, session.id, expand=["payment_intent.latest_charge"])
    assert (paid.status, paid.payment_status, paid.url) == ("complete", "paid", None)
    intent = paid.payment_intent
    assert (intent.status, intent.amount_received) == ("succeeded", 5000)
    assert intent.metadata.to_dict() == {
        "payment_id": "pay_1",
        "operation_id": "pay_1",
        "checkout": "1",
    }
    assert intent.latest_charge.paid is True


def test_pay__captured_later__is_unpaid_until_it_is(shop: Shop, client: Client) -> None:
    session = shop.session(payment_intent_data={"capture_method": "manual"})
    pay(client, session.id)
    held = found(shop, session.id)
    assert (held.status, held.payment_status) == ("complete", "unpaid")
    shop.capture(held.payment_intent)
    assert found(shop, session.id).payment_status == "paid"


def test_pay__declined__stays_open(shop: Shop, client: Client) -> None:
    session = shop.session()
    pay(client, session.id, "pm_decline_card_declined")
    assert found(shop, session.id).status == "open"


def test_page__without_a_cancel_url__offers_no_cancel(shop: Shop, client: Client) -> None:
    session = shop.session(cancel_url="")
    page = client.answered("GET", f"/checkout/{session.id}").body.decode()
    assert "<button>Pay</button>" in page
    assert "Cancel" not in page
    assert client.answered("POST", f"/checkout/{session.id}/cancel", b"").status == 200


@pytest.mark.parametrize("action", ["retrieve", "expire"])
def test_session__of_another_face__is_none_of_stripes(
    shop: Shop, client: Client, action: str
) -> None:
    body = {
        "amount_minor": 1,
        "currency": "USD",
        "success_url": "https://x.test",
        "cancel_url": "https://x.test",
        "payment_id": "pay_1",
    }
    session_id = client.answered("POST", "/v1/checkout-sessions", body, key="k").json["id"]
    with pytest.raises(stripe.InvalidRequestError) as caught:
        getattr(shop.stripe.v1.checkout.sessions, action)(session_id)
    assert caught.value.http_status == 404
    shown = client.answered("GET", f"/v1/checkout-sessions/{session_id}").json
    assert shown["status"] == "open"


def test_expire__closes_it(shop: Shop, client: Client) -> None:
    session = shop.session()
    expired = shop.stripe.v1.checkout.sessions.expire(session.id)
    assert (expired.status, expired.url) == ("expired", None)
    assert pay(client, session.id).status == 409


def test_expire__same_key__is_answered_the_same(shop: Shop) -> None:
    session, options = shop.session(), {"idempotency_key": "ex_1"}
    first = shop.stripe.v1.checkout.sessions.expire(session.id, {}, options)
    again = shop.stripe.v1.checkout.sessions.expire(session.id, {}, options)
    assert again.to_dict() == first.to_dict()
    assert again.last_response.headers["Idempotent-Replayed"] == "true"


def test_expire__key_of_another_session__is_an_idempotency_error(shop: Shop) -> None:
    first, second = shop.session(), shop.session(key="pay_2")
    options = {"idempotency_key": "ex_1"}
    shop.stripe.v1.checkout.sessions.expire(first.id, {}, options)
    with pytest.raises(stripe.IdempotencyError):
        shop.stripe.v1.checkout.sessions.expire(second.id, {}, options)


def test_expire__of_what_is_paid__is_refused(shop: Shop, client: Client) -> None:
    session = shop.session()
    pay(client, session.id)
    with pytest.raises(stripe.InvalidRequestError):
        shop.stripe.v1.checkout.sessions.expire(session.id)


def test_session__expires_when_it_was_asked_to(shop: Shop, clock: HandClock) -> None:
    session = shop.session(expires_at=NOON + 1800)
    clock.pass_by(1800)
    assert found(shop, session.id).status == "expired"


@pytest.mark.parametrize("action", ["retrieve", "expire"])
def test_session__that_is_none__is_404(shop: Shop, action: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        getattr(shop.stripe.v1.checkout.sessions, action)("cs_test_nobody")
    assert (caught.value.http_status, caught.value.code) == (404, "resource_missing")


def test_list__by_time_and_by_payment_intent(shop: Shop, client: Client, clock: HandClock) -> None:
    first = shop.session()
    clock.pass_by(10)
    second = shop.session(key="pay_2")
    pay(client, second.id)
    sessions = shop.stripe.v1.checkout.sessions
    intent = found(shop, second.id).payment_intent
    assert [each.id for each in sessions.list().data] == [second.id, first.id]
    assert [each.id for each in sessions.list({"created": {"lt": NOON + 10}}).data] == [first.id]
    assert [each.id for each in sessions.list({"payment_intent": intent}).data] == [second.id]
    assert [each.id for each in sessions.list({"status": "open"}).data] == [first.id]


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"mode": "subscription"}, "mode"),
        ({"line_items": []}, "line_items"),
        ({"success_url": ""}, "success_url"),
        ({"cancel_url": "shop.test"}, "cancel_url"),
        ({"expires_at": NOON + 1799}, "expires_at"),
        ({"expires_at": NOON + 86_401}, "expires_at"),
        ({"line_items": [{"quantity": 1}]}, "line_items[0][price_data][currency]"),
        ({"payment_intent_data": {"colour": "red"}}, "payment_intent_data[colour]"),
    ],
)
def test_session__bad_parameter__is_400_and_names_it(
    shop: Shop, change: dict[str, Any], param: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        shop.session(**change)
    assert (caught.value.http_status, caught.value.param) == (400, param)


def test_session__items_in_two_currencies__is_400(shop: Shop) -> None:
    items = [
        {
            "price_data": {"currency": code, "unit_amount": 1, "product_data": {"name": "x"}},
            "quantity": 1,
        }
        for code in ("usd", "eur")
    ]
    with pytest.raises(stripe.InvalidRequestError) as caught:
        shop.session(line_items=items)
    assert caught.value.param == "line_items"
