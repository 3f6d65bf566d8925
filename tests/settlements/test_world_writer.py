"""What is written raw is what the project's own storage reads."""

from typing import Any

from oncepay.storage.payments import PaymentItem, RefundItem, payment_from_raw, refund_from_raw
from tests.settlements.generator import generate
from tests.settlements.world import World, WorldPayment, WorldRefund
from tests.settlements.world_writer import delete_world, payment_items, write_world

MERCHANT = "mer_aaaaaaaaaaaaaaaa"
TIME = "2026-11-20T10:00:00.000000Z"


def a_payment(**changes: Any) -> WorldPayment:
    values: dict[str, Any] = {
        "id": "pay_" + "a" * 26,
        "merchant_id": MERCHANT,
        "amount_minor": 5_000,
        "fee_basis_points": 200,
        "fee_minor": 100,
        "currency": "USD",
        "status": "succeeded",
        "created_at": TIME,
        "refunds": (WorldRefund(id="re_" + "b" * 26, amount_minor=700, created_at=TIME),),
    }
    return WorldPayment(**(values | changes))


def stored(tables: dict[str, str], dynamodb: Any) -> list[dict[str, Any]]:
    pages = dynamodb.get_paginator("scan").paginate(TableName=tables["payments"])
    return [item for page in pages for item in page["Items"]]


def write(world: World, tables: dict[str, str]) -> int:
    return write_world(world, table=tables["payments"], endpoint_url=None, region="us-east-1")


def test_payment__is_read_by_the_projects_storage() -> None:
    payment = payment_from_raw(payment_items(a_payment())[0])
    assert (payment.id, payment.merchant_id) == ("pay_" + "a" * 26, MERCHANT)
    assert (payment.amount_minor, payment.fee_minor, payment.currency) == (5_000, 100, "USD")
    assert (payment.status, payment.captured_minor, payment.refunded_minor) == (
        "succeeded",
        5_000,
        700,
    )
    assert (payment.settlement_id, payment.settled_at, payment.version) == (None, None, 2)


def test_refund__is_read_by_the_projects_storage() -> None:
    refund = refund_from_raw(payment_items(a_payment())[1])
    assert (refund.id, refund.payment_id) == ("re_" + "b" * 26, "pay_" + "a" * 26)
    assert (refund.amount_minor, refund.currency, refund.status) == (700, "USD", "succeeded")


def test_declined_payment__captured_nothing_and_says_why() -> None:
    raw = payment_items(a_payment(status="declined", refunds=()))[0]
    payment = payment_from_raw(raw)
    assert (payment.status, payment.captured_minor) == ("declined", 0)
    assert payment.failure is not None
    assert payment.failure.code == "insufficient_funds"


def test_settled_payment__carries_the_mark_and_one_version_more() -> None:
    payment = payment_from_raw(payment_items(a_payment(refunds=(), settlement_id="set_x"))[0])
    assert (payment.settlement_id, payment.version) == ("set_x", 2)
    assert payment.settled_at is not None


def test_items__use_no_attribute_that_the_layout_does_not_have() -> None:
    case = generate(1, rows=300, merchant_ids=[MERCHANT], broken_share=1.0)
    items = [item for payment in case.world.values() for item in payment_items(payment)]
    known_of_payment = {a.attr_name for a in PaymentItem.get_attributes().values()}
    known_of_refund = {a.attr_name for a in RefundItem.get_attributes().values()}
    for item in items:
        is_payment = item["part"]["S"] == "payment"
        assert item.keys() <= (known_of_payment if is_payment else known_of_refund)


def test_world__written__is_all_there_and_deleted_is_gone(
    tables: dict[str, str], dynamodb: Any
) -> None:
    world = generate(1, rows=60, merchant_ids=[MERCHANT], broken_share=0.5).world
    expected = [item for payment in world.values() for item in payment_items(payment)]
    assert write(world, tables) == len(expected)
    found = stored(tables, dynamodb)
    key = lambda item: (item["id"]["S"], item["part"]["S"])  # noqa: E731
    assert sorted(found, key=key) == sorted(expected, key=key)
    delete_world(world, table=tables["payments"], endpoint_url=None, region="us-east-1")
    assert stored(tables, dynamodb) == []
