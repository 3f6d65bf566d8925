"""The Stripe face, driven by Stripe's own library: refunds, and disputes in their way."""

import pytest
import stripe

from ops.simulated.records import DisputeStatus
from ops.simulated.server import SimulatedProcessor
from tests.simulated.client import Client, HandClock
from tests.simulated.stripe_client import Shop


@pytest.fixture
def shop(processor: SimulatedProcessor) -> Shop:
    return Shop(processor)


def refused(shop: Shop, intent_id: str, **change: object) -> stripe.InvalidRequestError:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        shop.refund(intent_id, key="re_refused", **change)
    return caught.value


def test_refund__of_a_part__succeeds(shop: Shop) -> None:
    intent = shop.charge()
    refund = shop.refund(intent.id, amount=2000, reason="requested_by_customer")
    assert (refund.object, refund.status, refund.amount, refund.currency) == (
        "refund",
        "succeeded",
        2000,
        "usd",
    )
    assert (refund.payment_intent, refund.charge) == (intent.id, intent.latest_charge)
    assert refund.reason == "requested_by_customer"
    assert refund.metadata.to_dict() == {"payment_id": "pay_1", "operation_id": "re_1"}
    assert shop.stripe.v1.refunds.retrieve(refund.id).to_dict() == refund.to_dict()


def test_refund__named_by_the_charge__is_of_what_is_left(shop: Shop) -> None:
    intent = shop.charge()
    shop.refund(intent.id, amount=2000)
    refund = shop.stripe.v1.refunds.create({"charge": intent.latest_charge})
    assert (refund.amount, refund.payment_intent) == (3000, intent.id)


def test_refund__pending__is_followed(shop: Shop, clock: HandClock) -> None:
    intent = shop.charge("approve__refund_pending")
    refund = shop.refund(intent.id)
    assert refund.status == "pending"
    clock.pass_by(60)
    assert shop.stripe.v1.refunds.retrieve(refund.id).status == "succeeded"


def test_refund__that_the_bank_declines__is_failed_with_the_reason(shop: Shop) -> None:
    refund = shop.refund(shop.charge("approve__refund_decline_account_closed").id)
    assert (refund.status, refund.failure_reason) == ("failed", "account_closed")


def test_refund__of_more_than_is_left__is_refused(shop: Shop) -> None:
    intent = shop.charge()
    shop.refund(intent.id, amount=2000)
    assert refused(shop, intent.id, amount=3001).param == "amount"


def test_refund__of_what_is_refunded_already__is_refused_under_a_code_of_its_own(
    shop: Shop,
) -> None:
    intent = shop.charge()
    shop.refund(intent.id)
    assert refused(shop, intent.id, amount=1).code == "charge_already_refunded"


def test_refund__of_what_is_not_captured__is_refused(shop: Shop) -> None:
    error = refused(shop, shop.charge(manual=True).id)
    assert error.code == "payment_intent_unexpected_state"


def test_refund__of_what_is_disputed__is_refused(shop: Shop) -> None:
    intent = shop.charge()
    shop.processor.engine.open_dispute(intent.id)
    assert refused(shop, intent.id).code == "charge_disputed"
    assert shop.stripe.v1.charges.retrieve(intent.latest_charge).disputed is True


def test_refund__of_nothing_named__is_refused(shop: Shop) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        shop.stripe.v1.refunds.create({"amount": 1})
    assert caught.value.code == "parameter_missing"


def test_list__of_a_payment_intent__holds_its_refunds_newest_first(shop: Shop) -> None:
    intent, other = shop.charge(), shop.charge(key="pay_2")
    first = shop.refund(intent.id, amount=1000)
    second = shop.refund(intent.id, amount=1000, key="re_2")
    shop.refund(other.id, key="re_3")
    found = shop.stripe.v1.refunds.list({"payment_intent": intent.id})
    assert [each.id for each in found.data] == [second.id, first.id]
    assert found.has_more is False


def test_list__of_everything__holds_all_refunds(shop: Shop) -> None:
    shop.refund(shop.charge().id)
    shop.refund(shop.charge(key="pay_2").id, key="re_2")
    assert len(shop.stripe.v1.refunds.list().data) == 2


@pytest.mark.parametrize("move", ["cap_1", "void_1"])
def test_retrieve__of_what_is_no_refund__is_404(shop: Shop, move: str) -> None:
    intent = shop.charge(manual=True)
    if move == "cap_1":
        shop.capture(intent.id)
    else:
        shop.cancel(intent.id)
    ((_, (movement,)),) = shop.processor.engine.record()
    with pytest.raises(stripe.InvalidRequestError) as caught:
        shop.stripe.v1.refunds.retrieve(movement.id)
    assert caught.value.http_status == 404


def test_dispute__of_another_face__is_none_of_stripes(shop: Shop, client: Client) -> None:
    dispute = shop.processor.engine.open_dispute(client.charged().json["id"])
    with pytest.raises(stripe.InvalidRequestError) as caught:
        shop.stripe.v1.disputes.retrieve(dispute.id)
    assert caught.value.http_status == 404


@pytest.mark.parametrize("status", [DisputeStatus.WON, DisputeStatus.LOST])
def test_dispute__is_told_until_it_is_decided(shop: Shop, status: DisputeStatus) -> None:
    intent = shop.charge()
    opened = shop.processor.engine.open_dispute(intent.id, 1200, "duplicate")
    dispute = shop.stripe.v1.disputes.retrieve(opened.id)
    assert (dispute.status, dispute.amount, dispute.reason) == ("needs_response", 1200, "duplicate")
    assert (dispute.payment_intent, dispute.charge) == (intent.id, intent.latest_charge)
    shop.processor.engine.close_dispute(opened.id, status)
    assert shop.stripe.v1.disputes.retrieve(opened.id).status == status.value
