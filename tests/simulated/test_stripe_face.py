"""The Stripe face, driven by Stripe's own library: payment intents and their charges."""

from typing import Any

import pytest
import stripe

from ops.simulated.server import SimulatedProcessor
from tests.simulated.client import Client, HandClock
from tests.simulated.stripe_client import RETURN_URL, Shop

NOON = 1795262400


@pytest.fixture
def shop(processor: SimulatedProcessor) -> Shop:
    return Shop(processor)


def refused(shop: Shop, **change: Any) -> stripe.InvalidRequestError:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        shop.charge(**change)
    return caught.value


def test_create__automatic__succeeds_with_all_of_it_received(shop: Shop) -> None:
    intent = shop.charge()
    assert (intent.object, intent.status, intent.livemode) == ("payment_intent", "succeeded", False)
    assert (intent.amount, intent.amount_received, intent.currency) == (5000, 5000, "usd")
    assert (intent.created, intent.capture_method) == (NOON, "automatic")
    assert intent.metadata.to_dict() == {"payment_id": "pay_1", "operation_id": "pay_1"}
    assert intent.payment_method == "pm_approve"
    assert intent.client_secret.startswith(f"{intent.id}_secret_")


def test_create__manual__can_be_captured_for_a_week(shop: Shop) -> None:
    intent = shop.charge(manual=True, expand=["latest_charge"])
    assert (intent.status, intent.amount_capturable, intent.amount_received) == (
        "requires_capture",
        5000,
        0,
    )
    card = intent.latest_charge.payment_method_details.card
    assert card.capture_before == NOON + 7 * 86_400


def test_create__by_a_test_card_of_stripes__succeeds(shop: Shop) -> None:
    assert shop.charge(payment_method="pm_card_visa").status == "succeeded"


def test_create__that_needs_the_payer__says_where_to_send_him(shop: Shop) -> None:
    intent = shop.charge("requires_action")
    assert (intent.status, intent.latest_charge) == ("requires_action", None)
    assert intent.next_action.type == "redirect_to_url"
    assert intent.next_action.redirect_to_url.to_dict() == {
        "url": f"{shop.processor.url}/action/{intent.id}",
        "return_url": RETURN_URL,
    }


def test_payer__agrees__comes_back_and_has_paid(shop: Shop, client: Client) -> None:
    intent = shop.charge("requires_action")
    back = client.answered("POST", f"/action/{intent.id}/approve", b"")
    assert (back.status, back.headers["Location"]) == (303, RETURN_URL)
    found = shop.intent(intent.id)
    assert (found.status, found.next_action) == ("succeeded", None)


def test_payer__declines__needs_another_method(shop: Shop, client: Client) -> None:
    intent = shop.charge("requires_action")
    client.answered("POST", f"/action/{intent.id}/decline", b"")
    found = shop.intent(intent.id)
    assert found.status == "requires_payment_method"
    assert found.last_payment_error.code == "payment_intent_authentication_failure"


def test_create__payer_is_needed_but_must_not_be__is_declined(shop: Shop) -> None:
    with pytest.raises(stripe.CardError) as caught:
        shop.charge(
            "requires_action",
            return_url=None,
            error_on_requires_action=True,
            automatic_payment_methods={"enabled": True, "allow_redirects": "never"},
        )
    assert caught.value.code == "authentication_required"


def test_create__pending__is_processing_and_ends(shop: Shop, clock: HandClock) -> None:
    intent = shop.charge("pending")
    assert intent.status == "processing"
    clock.pass_by(60)
    assert shop.intent(intent.id).status == "succeeded"


def test_create__declined__is_a_card_error_with_the_payment_intent(shop: Shop) -> None:
    with pytest.raises(stripe.CardError) as caught:
        shop.charge("decline_insufficient_funds")
    error = caught.value
    assert (error.http_status, error.code) == (402, "card_declined")
    assert error.error.decline_code == "insufficient_funds"
    assert error.user_message == "Your card was declined: the card has insufficient funds."
    intent = error.error.payment_intent
    assert (intent.status, intent.amount_received) == ("requires_payment_method", 0)
    assert intent.last_payment_error.decline_code == "insufficient_funds"
    assert error.error.charge == intent.latest_charge


def test_create__declined__its_charge_has_failed(shop: Shop) -> None:
    with pytest.raises(stripe.CardError) as caught:
        shop.charge("decline_expired_card")
    charge = shop.stripe.v1.charges.retrieve(caught.value.error.charge)
    assert (charge.status, charge.paid, charge.failure_code) == ("failed", False, "expired_card")


def test_create__no_such_method__is_refused_and_makes_nothing(shop: Shop) -> None:
    error = refused(shop, payment_method="pm_nobodys")
    assert (error.http_status, error.code, error.param) == (
        400,
        "resource_missing",
        "payment_method",
    )
    assert shop.stripe.v1.payment_intents.list().data == []


@pytest.mark.parametrize(
    ("change", "param", "code"),
    [
        ({"amount": 0}, "amount", "parameter_invalid_integer"),
        ({"amount": "12.50"}, "amount", "parameter_invalid_integer"),
        ({"amount": 100_000_000}, "amount", "amount_too_large"),
        ({"currency": "xyz"}, "currency", None),
        ({"currency": ""}, "currency", "parameter_missing"),
        ({"currency": "kwd", "amount": 5001}, "amount", None),
        ({"currency": "isk", "amount": 5050}, "amount", None),
        ({"capture_method": "later"}, "capture_method", None),
        ({"confirm": False}, "confirm", None),
        ({"return_url": None}, "return_url", None),
        ({"return_url": "javascript:x"}, "return_url", "url_invalid"),
        ({"colour": {"red": "1"}}, "colour", "parameter_unknown"),
        ({"metadata": {"k" * 41: "v"}}, "metadata", None),
        ({"expand": ["invoice"]}, "expand", None),
    ],
)
def test_create__bad_parameter__is_400_and_names_it(
    shop: Shop, change: dict[str, Any], param: str, code: str | None
) -> None:
    error = refused(shop, **change)
    assert (error.http_status, error.param, error.code) == (400, param, code)


@pytest.mark.parametrize(
    ("currency", "amount", "amount_minor"),
    [
        ("jpy", 5000, 5000),
        ("usd", 5000, 5000),
        ("kwd", 5000, 5000),
        ("isk", 5000, 50),
        ("ugx", 5000, 50),
        ("mga", 5000, 500_000),
    ],
)
def test_money__is_counted_as_stripe_does_and_kept_as_iso_does(
    shop: Shop, currency: str, amount: int, amount_minor: int
) -> None:
    intent = shop.charge(amount=amount, currency=currency)
    assert (intent.amount, intent.amount_received) == (amount, amount)
    ((charge, _),) = shop.processor.engine.record()
    assert (charge.amount_minor, charge.currency) == (amount_minor, currency.upper())


def test_capture__of_a_part__releases_the_rest(shop: Shop) -> None:
    intent = shop.charge(manual=True)
    captured = shop.capture(intent.id, amount_to_capture=3000)
    assert (captured.status, captured.amount_received, captured.amount_capturable) == (
        "succeeded",
        3000,
        0,
    )
    assert shop.intent(intent.id).amount_received == 3000


def test_capture__no_amount__is_of_all(shop: Shop) -> None:
    assert shop.capture(shop.charge(manual=True).id).amount_received == 5000


def test_capture__of_more_than_is_authorized__is_refused(shop: Shop) -> None:
    intent = shop.charge(manual=True)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        shop.capture(intent.id, amount_to_capture=5001)
    assert (caught.value.code, caught.value.param) == ("amount_too_large", "amount_to_capture")


@pytest.mark.parametrize("move", ["capture", "cancel"])
def test_move__of_what_is_captured__is_refused_and_shows_the_payment_intent(
    shop: Shop, move: str
) -> None:
    intent = shop.charge()
    with pytest.raises(stripe.InvalidRequestError) as caught:
        getattr(shop, move)(intent.id)
    assert caught.value.code == "payment_intent_unexpected_state"
    assert caught.value.error.payment_intent.status == "succeeded"


@pytest.mark.parametrize("move", ["capture", "cancel", "refund", "intent"])
def test_move__of_no_payment_intent__is_404(shop: Shop, move: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        getattr(shop, move)("pi_nobody")
    assert (caught.value.http_status, caught.value.code) == (404, "resource_missing")


def test_capture__that_the_bank_declines__is_a_card_error_and_stays_authorized(shop: Shop) -> None:
    intent = shop.charge("approve__capture_decline_account_closed", manual=True)
    with pytest.raises(stripe.CardError) as caught:
        shop.capture(intent.id)
    assert caught.value.error.decline_code == "account_closed"
    assert caught.value.error.payment_intent.status == "requires_capture"


def test_capture__pending__is_processing_until_it_ends(shop: Shop, clock: HandClock) -> None:
    intent = shop.charge("approve__capture_pending", manual=True)
    assert shop.capture(intent.id).status == "processing"
    clock.pass_by(60)
    assert shop.intent(intent.id).status == "succeeded"


@pytest.mark.parametrize("waiting", ["approve", "requires_action"])
def test_cancel__of_what_waits__is_canceled_with_its_reason(shop: Shop, waiting: str) -> None:
    intent = shop.charge(waiting, manual=True)
    canceled = shop.cancel(intent.id, cancellation_reason="abandoned")
    assert (canceled.status, canceled.cancellation_reason) == ("canceled", "abandoned")
    assert (canceled.amount_received, canceled.canceled_at) == (0, NOON)


def test_hold__not_captured_in_time__is_canceled_by_nobody(shop: Shop, clock: HandClock) -> None:
    intent = shop.charge(manual=True)
    clock.pass_by(7 * 86_400)
    found = shop.intent(intent.id)
    assert (found.status, found.cancellation_reason) == ("canceled", "automatic")


@pytest.mark.parametrize("behaviour", ["other_amount", "other_currency", "other_id"])
def test_capture__told_otherwise__is_told_so_by_the_payment_intent(
    shop: Shop, behaviour: str
) -> None:
    intent = shop.charge(f"approve__capture_{behaviour}", manual=True)
    captured = shop.capture(intent.id)
    told = (captured.amount_received, captured.currency, captured.metadata.payment_id)
    assert (
        told
        == {
            "other_amount": (5001, "usd", "pay_1"),
            "other_currency": (5000, "eur", "pay_1"),
            "other_id": (5000, "usd", "pay_somebody_elses"),
        }[behaviour]
    )
    assert shop.intent(intent.id).to_dict() == captured.to_dict()


def test_charge__of_a_payment_intent__tells_what_became_of_it(shop: Shop) -> None:
    intent = shop.charge()
    shop.refund(intent.id, amount=2000)
    charge = shop.stripe.v1.charges.retrieve(intent.latest_charge)
    assert (charge.payment_intent, charge.status) == (intent.id, "succeeded")
    assert (charge.amount_captured, charge.amount_refunded, charge.refunded) == (5000, 2000, False)


def test_charge__refunded_whole__says_so(shop: Shop) -> None:
    intent = shop.charge()
    shop.refund(intent.id)
    assert shop.stripe.v1.charges.retrieve(intent.latest_charge).refunded is True


def test_list__newest_first_in_pages(shop: Shop, clock: HandClock) -> None:
    made = []
    for number in range(5):
        made.append(shop.charge(key=f"pay_{number}").id)
        clock.pass_by(1)
    first = shop.stripe.v1.payment_intents.list({"limit": 2})
    assert ([each.id for each in first.data], first.has_more) == ([made[4], made[3]], True)
    assert [each.id for each in first.auto_paging_iter()] == made[::-1]
    before = shop.stripe.v1.payment_intents.list({"limit": 2, "ending_before": made[1]})
    assert ([each.id for each in before.data], before.has_more) == ([made[3], made[2]], True)


@pytest.mark.parametrize(
    ("window", "numbers"),
    [
        ({"gte": NOON + 1, "lte": NOON + 3}, [3, 2, 1]),
        ({"gt": NOON + 1, "lt": NOON + 3}, [2]),
        (NOON + 4, [4]),
        ({"gte": NOON + 5}, []),
    ],
)
def test_list__of_a_window__holds_what_was_created_then(
    shop: Shop, clock: HandClock, window: Any, numbers: list[int]
) -> None:
    for number in range(5):
        shop.charge(key=f"pay_{number}")
        clock.pass_by(1)
    found = shop.stripe.v1.payment_intents.list({"created": window})
    assert [each.metadata.operation_id for each in found.data] == [f"pay_{n}" for n in numbers]


@pytest.mark.parametrize("move", ["intent", "capture", "cancel", "refund"])
def test_charge__of_another_face__is_none_of_stripes(shop: Shop, client: Client, move: str) -> None:
    charge_id = client.charged(manual=move != "refund").json["id"]
    with pytest.raises(stripe.InvalidRequestError) as caught:
        getattr(shop, move)(charge_id)
    assert (caught.value.http_status, caught.value.code) == (404, "resource_missing")


def test_list__of_another_face__holds_nothing_of_it(shop: Shop, client: Client) -> None:
    client.charged()
    assert shop.stripe.v1.payment_intents.list().data == []


@pytest.mark.parametrize(
    "query", [{"limit": 101}, {"starting_after": "pi_nobody"}, {"created": {"gte": "soon"}}]
)
def test_list__bad_parameter__is_refused(shop: Shop, query: Any) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        shop.stripe.v1.payment_intents.list(query)
