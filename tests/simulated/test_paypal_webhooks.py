"""PayPal's webhooks: which are sent about what, what is in them, and that their signatures hold by
PayPal's own rules.
"""

import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from cryptography.exceptions import InvalidSignature

from ops.simulated.server import SimulatedProcessor
from tests.simulated.client import Client, HandClock
from tests.simulated.endpoint import Endpoint, running_endpoint
from tests.simulated.paypal_client import PayPal, types_of, usd, verify

AUTHORIZED = "PAYMENT.AUTHORIZATION.CREATED"
COMPLETED = ["PAYMENT.CAPTURE.COMPLETED", "CHECKOUT.ORDER.COMPLETED"]
CREATED, UPDATED, RESOLVED = (
    f"CUSTOMER.DISPUTE.{each}" for each in ("CREATED", "UPDATED", "RESOLVED")
)


@pytest.fixture
def paypal(client: Client) -> PayPal:
    return PayPal(client)


@pytest.fixture
def endpoint(client: Client) -> Iterator[Endpoint]:
    """Where PayPal's events go."""
    with running_endpoint() as running:
        url = running.url.replace("simulated", "paypal")
        assert client.answered("PUT", "/control/webhooks", {"paypal_url": url}).status == 200
        yield running


def sent(client: Client, endpoint: Endpoint) -> list[Any]:
    """Every event that has come by now."""
    client.processor.deliver_due()
    return endpoint.events


def sent_types(client: Client, endpoint: Endpoint) -> list[str]:
    client.processor.deliver_due()
    return types_of([body for _, body in endpoint.received])


def test_events__of_a_charge_at_another_face__are_none_of_paypals(
    client: Client, endpoint: Endpoint
) -> None:
    client.charged()
    assert sent_types(client, endpoint) == []


def test_events__of_an_order__are_none_until_somebody_acts(
    paypal: PayPal, client: Client, endpoint: Endpoint
) -> None:
    paypal.order()
    assert sent_types(client, endpoint) == []


@pytest.mark.parametrize(
    ("plan", "intent", "action", "expected"),
    [
        ("approve", "CAPTURE", None, COMPLETED),
        ("decline_x", "CAPTURE", None, []),
        ("decline_x", "AUTHORIZE", None, []),
        ("requires_action", "CAPTURE", None, []),
        ("pending", "CAPTURE", None, ["PAYMENT.CAPTURE.PENDING"]),
        ("pending", "AUTHORIZE", None, [AUTHORIZED]),
        ("approve", "AUTHORIZE", None, [AUTHORIZED]),
        ("approve", "AUTHORIZE", "capture", [AUTHORIZED, "PAYMENT.CAPTURE.COMPLETED"]),
        ("approve", "AUTHORIZE", "void", [AUTHORIZED, "PAYMENT.AUTHORIZATION.VOIDED"]),
        (
            "approve__capture_pending",
            "AUTHORIZE",
            "capture",
            [AUTHORIZED, "PAYMENT.CAPTURE.PENDING"],
        ),
        (
            "approve__capture_decline_x",
            "AUTHORIZE",
            "capture",
            [AUTHORIZED, "PAYMENT.CAPTURE.DENIED"],
        ),
        ("approve__void_decline_x", "AUTHORIZE", "void", [AUTHORIZED]),
        ("approve", "CAPTURE", "refund", [*COMPLETED, "PAYMENT.CAPTURE.REFUNDED"]),
        ("approve__refund_pending", "CAPTURE", "refund", COMPLETED),
        ("approve__refund_decline_x", "CAPTURE", "refund", COMPLETED),
        ("timeout_after", "CAPTURE", None, COMPLETED),
        ("error_after", "CAPTURE", None, COMPLETED),
        ("timeout_before", "CAPTURE", None, []),
    ],
)
def test_events__of_each_change(
    paypal: PayPal,
    client: Client,
    endpoint: Endpoint,
    plan: str,
    intent: str,
    action: str | None,
    expected: list[str],
) -> None:
    order_id = paypal.order(intent)
    paypal.pay(order_id, plan)
    if action is not None:
        kind = "captures" if action == "refund" else "authorizations"
        (payment,) = paypal.payments(order_id)[kind]
        paypal.call("POST", f"/v2/payments/{kind}/{payment['id']}/{action}", {})
    assert sent_types(client, endpoint) == expected


def test_event__envelope(paypal: PayPal, client: Client, endpoint: Endpoint) -> None:
    order_id, capture_id = paypal.captured(invoice_id="inv_1")
    event, completed = sent(client, endpoint)
    assert {name: event[name] for name in event if name not in {"id", "resource", "links"}} == {
        "event_version": "1.0",
        "create_time": "2026-11-21T12:00:00.000Z",
        "resource_type": "capture",
        "resource_version": "2.0",
        "event_type": "PAYMENT.CAPTURE.COMPLETED",
        "summary": "Payment completed",
    }
    assert event["id"].startswith("WH-")
    assert event["id"] != completed["id"]
    assert event["resource"] == paypal.payments(order_id)["captures"][0]
    assert event["resource"]["id"] == capture_id
    assert completed["resource_type"] == "checkout-order"
    assert completed["resource"] == paypal.shown(order_id)


def test_event__capture_of_an_authorization__names_it(
    paypal: PayPal, client: Client, endpoint: Endpoint
) -> None:
    order_id, authorization_id = paypal.authorized()
    paypal.act(authorization_id, "capture", {})
    authorized, captured = sent(client, endpoint)
    assert authorized["resource"]["supplementary_data"]["related_ids"] == {"order_id": order_id}
    assert (authorized["resource"]["status"], authorized["resource_type"]) == (
        "CREATED", "authorization"
    )  # fmt: skip
    assert captured["resource"]["supplementary_data"]["related_ids"] == {
        "order_id": order_id,
        "authorization_id": authorization_id,
    }


def test_event__refund__leads_to_its_capture(
    paypal: PayPal, client: Client, endpoint: Endpoint
) -> None:
    _, capture_id = paypal.captured()
    body = {"amount": usd("20.00"), "custom_id": "re_1"}
    refund = paypal.refunded(capture_id, body, full=True).json
    event = sent(client, endpoint)[-1]
    assert (event["event_type"], event["resource_type"]) == ("PAYMENT.CAPTURE.REFUNDED", "refund")
    assert event["resource"] == refund
    assert refund["custom_id"] == "re_1"
    assert [link["href"] for link in refund["links"] if link["rel"] == "up"] == [
        f"{paypal.url}/v2/payments/captures/{capture_id}"
    ]


def test_event__refund_of_a_capture_at_the_dashboard__leads_to_it(
    paypal: PayPal, client: Client, endpoint: Endpoint
) -> None:
    order_id, _ = paypal.authorized()
    client.answered("POST", f"/control/charges/{order_id}/capture", {})
    client.answered("POST", f"/control/charges/{order_id}/refund", {"amount_minor": 500})
    _, captured, refunded = sent(client, endpoint)
    assert refunded["resource"]["amount"] == usd("5.00")
    (up,) = [link["href"] for link in refunded["resource"]["links"] if link["rel"] == "up"]
    assert up == f"{paypal.url}/v2/payments/captures/{captured['resource']['id']}"


def test_event__pending_capture__ends(
    paypal: PayPal, client: Client, endpoint: Endpoint, clock: HandClock
) -> None:
    order_id = paypal.order()
    paypal.paid(order_id, "pending")
    paypal.paid(order_id, "pending")
    clock.pass_by(60)
    pending, completed, _ = sent(client, endpoint)
    assert pending["resource"]["status"] == "PENDING"
    assert completed["resource"]["status"] == "COMPLETED"
    assert pending["resource"]["id"] == completed["resource"]["id"]


@pytest.mark.parametrize(
    ("intent", "kind", "status"),
    [
        ("CAPTURE", "PAYMENT.CAPTURE.DENIED", "DECLINED"),
        ("AUTHORIZE", "PAYMENT.AUTHORIZATION.DENIED", "DENIED"),
    ],
)
def test_event__pending_payment__is_denied(
    paypal: PayPal, client: Client, endpoint: Endpoint, intent: str, kind: str, status: str
) -> None:
    paypal.paid(paypal.order(intent), "pending", key="k")
    client.answered("POST", "/control/operations/paypal:k/fail", {})
    event = sent(client, endpoint)[-1]
    assert (event["event_type"], event["resource"]["status"]) == (kind, status)


def test_event__authorization_expired__is_voided_with_that_status(
    paypal: PayPal, client: Client, endpoint: Endpoint, clock: HandClock
) -> None:
    paypal.authorized()
    clock.pass_by(7 * 86_400)
    event = sent(client, endpoint)[-1]
    assert event["event_type"] == "PAYMENT.AUTHORIZATION.VOIDED"
    assert event["resource"]["status"] == "EXPIRED"


def test_event__lands_later__is_sent_once_it_has_landed(
    paypal: PayPal, client: Client, endpoint: Endpoint, clock: HandClock
) -> None:
    paypal.pay(paypal.order(), "lands_later")
    assert sent_types(client, endpoint) == []
    clock.pass_by(60)
    assert sent_types(client, endpoint) == COMPLETED


def test_event__payer_approved__is_the_order_as_it_was_then(
    paypal: PayPal, client: Client, endpoint: Endpoint
) -> None:
    order_id = paypal.order()
    client.answered("POST", f"/paypal/checkoutnow/pay?token={order_id}", b"")
    approved = paypal.shown(order_id)
    paypal.paid(order_id, None)
    first, *rest = sent(client, endpoint)
    assert first["event_type"] == "CHECKOUT.ORDER.APPROVED"
    assert first["resource"] == approved
    assert approved["status"] == "APPROVED"
    assert [each["event_type"] for each in rest] == COMPLETED


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [("won", "RESOLVED_SELLER_FAVOUR"), ("lost", "RESOLVED_BUYER_FAVOUR")],
)
def test_events__of_a_dispute(
    paypal: PayPal, client: Client, endpoint: Endpoint, outcome: str, expected: str
) -> None:
    order_id, capture_id = paypal.captured(invoice_id="inv_1")
    opened = client.answered(
        "POST", f"/control/charges/{order_id}/disputes", {"amount_minor": 2000}
    ).json
    client.answered("POST", f"/control/disputes/{opened['id']}", {"outcome": outcome})
    created, updated, resolved = (
        (each["event_type"], each["resource"]) for each in sent(client, endpoint)[2:]
    )
    assert [created[0], updated[0], resolved[0]] == [CREATED, UPDATED, RESOLVED]
    statuses = [each[1]["status"] for each in (created, updated, resolved)]
    assert statuses == ["OPEN", "UNDER_REVIEW", "RESOLVED"]
    assert {each[1]["dispute_id"] for each in (created, updated, resolved)} == {
        created[1]["dispute_id"]
    }
    (disputed,) = created[1]["disputed_transactions"]
    assert (disputed["seller_transaction_id"], disputed["custom"], disputed["invoice_number"]) == (
        capture_id, "pay_1", "inv_1"
    )  # fmt: skip
    assert (created[1]["dispute_amount"], created[1]["reason"]) == (usd("20.00"), "UNAUTHORISED")
    assert "dispute_outcome" not in updated[1]
    assert resolved[1]["dispute_outcome"] == {
        "outcome_code": expected,
        "amount_refunded": usd("20.00"),
    }


def test_signature__holds_by_paypals_rules(
    processor: SimulatedProcessor,
    paypal: PayPal,
    client: Client,
    endpoint: Endpoint,
    clock: HandClock,
) -> None:
    _, authorization_id = paypal.authorized()
    captured = paypal.act(authorization_id, "capture", {}).json
    paypal.refunded(captured["id"])
    client.answered("POST", f"/paypal/checkoutnow/pay?token={paypal.order()}", b"")
    order_id, _ = paypal.captured()
    client.answered("POST", f"/control/charges/{order_id}/disputes", {})
    assert sent_types(client, endpoint) == [
        AUTHORIZED,
        "PAYMENT.CAPTURE.COMPLETED",
        "PAYMENT.CAPTURE.REFUNDED",
        "CHECKOUT.ORDER.APPROVED",
        *COMPLETED,
        CREATED,
    ]
    root = client.answered("GET", "/control/paypal-root").body
    for headers, body in endpoint.received:
        assert headers["PAYPAL-TRANSMISSION-TIME"] == "2026-11-21T12:00:00Z"
        address = headers["PAYPAL-CERT-URL"]
        assert address.startswith(f"{processor.url}/paypal/v1/notifications/certs/CERT-")
        # Open to everybody, as PayPal's is.
        leaf = client.answered("GET", urlsplit(address).path, headers={"Authorization": ""})
        verify(
            headers,
            body,
            webhook_id=processor.credentials.paypal_webhook_id,
            leaf=leaf.body,
            root=root,
            now=clock(),
        )


@pytest.mark.parametrize("wrong", ["body", "webhook_id", "time", "id", "root"])
def test_signature__of_anything_else__does_not_hold(
    processor: SimulatedProcessor,
    paypal: PayPal,
    client: Client,
    endpoint: Endpoint,
    clock: HandClock,
    wrong: str,
) -> None:
    paypal.captured()
    sent(client, endpoint)
    headers, body = endpoint.received[0]
    path = urlsplit(headers["PAYPAL-CERT-URL"]).path
    leaf = client.answered("GET", path).body
    root = client.answered("GET", "/control/paypal-root").body
    webhook_id = processor.credentials.paypal_webhook_id
    match wrong:
        case "body":
            body += b" "
        case "webhook_id":
            webhook_id = "WH-OTHER"
        case "time":
            headers = {**headers, "PAYPAL-TRANSMISSION-TIME": "2026-11-21T12:00:01Z"}
        case "id":
            headers = {**headers, "PAYPAL-TRANSMISSION-ID": str(uuid.uuid4())}
        case "root":
            root = leaf
    with pytest.raises((InvalidSignature, ValueError)):
        verify(headers, body, webhook_id=webhook_id, leaf=leaf, root=root, now=clock())


def test_signature__webhook_id_that_was_set__is_signed_under(
    processor: SimulatedProcessor,
    paypal: PayPal,
    client: Client,
    endpoint: Endpoint,
    clock: HandClock,
) -> None:
    client.answered("PUT", "/control/webhooks", {"paypal_webhook_id": "WH-SET"})
    paypal.captured()
    sent(client, endpoint)
    headers, body = endpoint.received[0]
    leaf = client.answered("GET", urlsplit(headers["PAYPAL-CERT-URL"]).path).body
    root = client.answered("GET", "/control/paypal-root").body
    verify(headers, body, webhook_id="WH-SET", leaf=leaf, root=root, now=clock())


def test_event__that_is_sent_again__is_the_same_event_in_a_new_transmission(
    paypal: PayPal, client: Client, endpoint: Endpoint, clock: HandClock
) -> None:
    endpoint.statuses[:] = [500, 200]
    paypal.captured()
    sent(client, endpoint)
    clock.pass_by(1)
    sent(client, endpoint)
    (first, body), _, (again, same_body) = endpoint.received
    assert body == same_body
    assert first["PAYPAL-TRANSMISSION-ID"] != again["PAYPAL-TRANSMISSION-ID"]
    assert again["PAYPAL-TRANSMISSION-TIME"] == "2026-11-21T12:00:01Z"


def test_events__each_has_an_id_of_its_own(
    paypal: PayPal, client: Client, endpoint: Endpoint
) -> None:
    _, capture_id = paypal.captured()
    paypal.refunded(capture_id)
    names = [event["id"] for event in sent(client, endpoint)]
    assert len(names) == len(set(names)) == 3
