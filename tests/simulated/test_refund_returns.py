"""A refund that had succeeded comes back: the payer's bank could not take it."""

from typing import Any

import pytest

from tests.simulated.client import Client, HandClock
from tests.simulated.endpoint import running_endpoint
from tests.simulated.settlement_desk import Desk
from tests.simulated.stripe_client import Shop


def refunded(client: Client, amount_minor: int = 5000) -> str:
    charge_id = str(client.charged().json["id"])
    client.moved(charge_id, "refund", key="re_1", amount_minor=amount_minor)
    return charge_id


def fail(client: Client, **body: Any) -> Any:
    return Desk(client).act("operations/re_1/fail", **body)


def test_refund__comes_back__has_failed_and_nothing_is_refunded(client: Client) -> None:
    refunded(client)
    ended = fail(client, code="account_closed")
    assert (ended["status"], ended["failure"]["code"]) == ("failed", "account_closed")
    assert client.found("pay_1")["refunded_minor"] == 0


def test_refund__one_of_two_comes_back__the_other_stays(client: Client) -> None:
    charge_id = refunded(client, 1000)
    client.moved(charge_id, "refund", key="re_2", amount_minor=300)
    fail(client)
    assert client.found("pay_1")["refunded_minor"] == 300


def test_refund__comes_back__the_amount_can_be_refunded_again(client: Client) -> None:
    charge_id = refunded(client)
    fail(client)
    assert client.moved(charge_id, "refund", key="re_2").json["status"] == "succeeded"
    assert client.found("pay_1")["refunded_minor"] == 5000


def test_refund__comes_back__is_told(client: Client) -> None:
    with running_endpoint() as endpoint:
        client.answered("PUT", "/control/webhooks", {"url": endpoint.url})
        refunded(client)
        fail(client)
        client.processor.deliver_due()
    assert endpoint.types == ["charge.succeeded", "refund.succeeded", "refund.failed"]


def test_refund__comes_back_at_stripe__is_told_as_failed(client: Client) -> None:
    shop = Shop(client.processor)
    refund = shop.refund(shop.charge().id)
    Desk(client).act("operations/stripe:re_1/fail", code="lost")
    again = shop.stripe.v1.refunds.retrieve(refund.id)
    assert (again.status, again.failure_reason) == ("failed", "lost")
    types = [event.type for event in shop.stripe.v1.events.list().data]
    assert types[0] == "refund.failed"


@pytest.mark.parametrize("end", ["succeed", "fail"])
def test_refund__came_back_already__is_409(client: Client, end: str) -> None:
    refunded(client)
    fail(client)
    assert client.answered("POST", f"/control/operations/re_1/{end}").code == "not_pending"


def test_refund__succeeded__cannot_succeed_again(client: Client) -> None:
    refunded(client)
    assert client.answered("POST", "/control/operations/re_1/succeed").code == "not_pending"


def test_capture__succeeded__cannot_fail(client: Client) -> None:
    charge_id = client.charged(manual=True).json["id"]
    client.moved(charge_id, "capture", key="cap_1")
    reply = client.answered("POST", "/control/operations/cap_1/fail")
    assert (reply.code, client.found("pay_1")["captured_minor"]) == ("not_pending", 5000)


def test_refund__failed_while_it_was_pending__moved_nothing(
    client: Client, clock: HandClock
) -> None:
    charge_id = client.charged("approve__refund_pending").json["id"]
    client.moved(charge_id, "refund", key="re_1")
    fail(client)
    lines = Desk(client).lines("adyen")
    assert [line.kind for line in lines] == ["Settled", "MerchantPayout"]
