"""The bill, from items that the services really wrote."""

from decimal import Decimal
from typing import Any

import pytest

from ops.demo import costs
from ops.demo.costs import Cost, MissingItemError
from ops.demo.scene import expected_fee_minor, money
from tests.builders import MERCHANT, World, id_of

PAYMENTS = "/v1/payments"


@pytest.fixture
def world(database: Any) -> World:
    return World(database)


def left(world: World, path: str, key: str) -> costs.Left:
    return costs.read_left(world.database, merchant_id=MERCHANT, currency="USD", path=path, key=key)


def test_bill__small_bodies__every_item_is_under_a_kilobyte(world: World) -> None:
    world.deposit()
    payment_id = id_of(world.pay(key="paid"))
    world.pay(10**9, key="declined")
    world.refund(payment_id, 1_000)
    paid, declined = left(world, PAYMENTS, "paid"), left(world, PAYMENTS, "declined")
    refunded = left(world, f"{PAYMENTS}/{payment_id}/refunds", "refund-1")
    stored = costs.read_payment(world.database, payment_id)
    # Two units per item of a transaction; one for the payment's place in the list.
    assert costs.cost_of_deposit(left(world, "/v1/deposits", "deposit-1")).write_units == 4 * 2
    assert costs.cost_of_payment(paid).write_units == 4 * 2 + 1
    assert costs.cost_of_replay(paid).write_units == 4 * 2
    # The refused transaction, then record and payment, and its place in the list.
    assert costs.cost_of_decline(paid, declined).write_units == 4 * 2 + 2 * 2 + 1
    # Record, refund, entry, balance and payment; three items read together before.
    refund = costs.cost_of_refund(refunded, stored)
    assert (refund.write_units, refund.read_units) == (5 * 2 + 1, Decimal(3 * 2))


def test_left__a_decline__has_no_entry(world: World) -> None:
    world.deposit()
    world.pay(10**9, key="declined")
    assert left(world, PAYMENTS, "declined").entry is None


def test_left__unknown_key__is_named(world: World) -> None:
    with pytest.raises(MissingItemError, match="idempotency"):
        left(world, PAYMENTS, "never")


def test_look_up__of_two_small_items__is_two_units() -> None:
    item = {"id": {"S": "x"}}
    assert costs.cost_of_look_up(item, item).read_units == 2


def test_dollars__are_units_times_prices() -> None:
    cost = Cost(call="x", write_units=11, read_units=Decimal(6))
    assert cost.usd_per_million == Decimal("7.625")


@pytest.mark.parametrize(
    ("amount", "fee"), [(1, 0), (49, 0), (50, 1), (99, 1), (100, 2), (5_000, 100), (1_234, 24)]
)
def test_expected_fee__is_two_percent_rounded_down(amount: int, fee: int) -> None:
    assert expected_fee_minor(amount) == fee


@pytest.mark.parametrize(
    ("minor", "text"),
    [(0, "0.00 USD"), (5, "0.05 USD"), (100_000, "1,000.00 USD"), (-150, "-1.50 USD")],
)
def test_money__is_written_as_people_do(minor: int, text: str) -> None:
    assert money(minor) == text
