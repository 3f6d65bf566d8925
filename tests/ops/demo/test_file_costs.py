"""The bill of settlement files, from items that the services really wrote."""

from decimal import Decimal

import pytest

from oncepay.storage.database import Database
from ops.demo import file_costs
from ops.demo.bank_file import Line
from ops.demo.costs import Cost, MissingItemError
from ops.demo.settlements import Settled
from tests.builders import World, id_of
from tests.dropped_files import Drop, a_line

KEY = "incoming/day.csv"


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


@pytest.fixture
def drop(database: Database, tables: dict[str, str]) -> Drop:
    return Drop(database, tables)


def units_of(cost: Cost) -> tuple[Decimal, Decimal]:
    return Decimal(cost.write_units), cost.read_units


def a_settled_file(world: World, drop: Drop) -> Settled:
    """A matching payment, a matching refund, and a wrong amount: one chunk."""
    world.deposit()
    paid, refunded, broken = (id_of(world.pay(key=key)) for key in "abc")
    world.refund(refunded, 2_000)
    run = drop.settle(
        a_line(paid),
        a_line(refunded, 2_000, 0, row_id="r2", type_="refund"),
        a_line(broken, 5_007, row_id="r3"),
        key=KEY,
    )
    assert (run.matched, run.breaks) == (2, 1)

    def line(type_: str, payment_id: str, amount_minor: int) -> Line:
        return Line(
            type=type_,
            payment_id=payment_id,
            amount_minor=amount_minor,
            fee_minor=0,
            occurred_at="",
        )

    return Settled(
        key=KEY,
        settlement_id=run.id,
        payment=line("payment", paid, 5_000),
        refund=line("refund", refunded, 2_000),
        broken_id=broken,
    )


def test_file__six_items_written_and_one_listed(world: World, drop: Drop) -> None:
    left = file_costs.read_file(world.database, a_settled_file(world, drop))
    # Run and pointer; then claim, latest file and run; then the run; and the run's place in the
    # list.
    cost = file_costs.cost_of_file(left)
    assert units_of(cost) == (Decimal(6 * 2 + 1), Decimal(0))
    assert cost.requests == 3


def test_rows__each_its_own_item_and_its_share_of_the_progress(world: World, drop: Drop) -> None:
    left = file_costs.read_file(world.database, a_settled_file(world, drop))
    # Three rows in one chunk: the run is written once for them.
    share = Decimal(2) / 3
    payment = file_costs.cost_of_payment_row(left)
    # The payment, and its place in the merchant's list, which shows all of it.
    assert units_of(payment) == (2 + 1 + share, Decimal(2))
    refund = file_costs.cost_of_refund_row(left)
    assert units_of(refund) == (2 + share, Decimal(2))
    found = file_costs.cost_of_break(left)
    # The break, and its place among the open ones.
    assert units_of(found) == (2 + 1 + share, Decimal(2))


def test_file__its_refund_is_not_settled__is_named(world: World, drop: Drop) -> None:
    settled = a_settled_file(world, drop)
    elsewhere = Settled(
        key=KEY,
        settlement_id=settled.settlement_id,
        payment=settled.payment,
        refund=settled.payment,
        broken_id=settled.broken_id,
    )
    with pytest.raises(MissingItemError, match="did not leave the refund"):
        file_costs.read_file(world.database, elsewhere)
