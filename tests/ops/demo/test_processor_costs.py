"""The bill of payments through a processor, from items that the services really wrote, against the
requests that they really made.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest

from oncepay.storage.database import Database
from ops.demo import processor_costs
from ops.demo.costs import Cost
from ops.demo.processor_costs import LeftByOperation
from tests.builders import MERCHANT
from tests.processor_world import ProcessorWorld, running_world

PAYMENTS = "/v1/payments"
PROCESSORS_CALLS = ("GET ", "POST ")


@pytest.fixture
def world(database: Database) -> Iterator[ProcessorWorld]:
    with running_world(database) as running:
        yield running


@pytest.fixture
def requests(world: ProcessorWorld) -> Counter[str]:
    """Calls to DynamoDB, by operation."""
    made: Counter[str] = Counter()

    def count(name: str, call: Callable[[], Any]) -> Any:
        made.update([] if name.startswith(PROCESSORS_CALLS) else [name])
        return call()

    world.calls = count
    return made


def left(world: ProcessorWorld, path: str, key: str, prefix: str) -> LeftByOperation:
    return processor_costs.read_left_by_operation(
        world.database,
        merchant_id=MERCHANT,
        currency="USD",
        path=path,
        key=key,
        prefix=prefix,
    )


def units_of(cost: Cost) -> tuple[Decimal | int, Decimal]:
    return cost.write_units, cost.read_units


def test_charge__two_transactions_of_small_items(
    world: ProcessorWorld, requests: Counter[str]
) -> None:
    assert world.charge().status == 201
    assert requests == {"TransactWriteItems": 2}
    cost = processor_costs.cost_of_charge(left(world, PAYMENTS, "charge-1", "pay"))
    # Record, payment, operation; listed, and due. The same, entry, pointer, balance; both again,
    # and the payment waits for a settlement file.
    assert units_of(cost) == ((3 * 2 + 2) + (6 * 2 + 3), Decimal(0))
    assert cost.requests == 2


def test_authorization__no_entry__due_until_it_lapses(
    world: ProcessorWorld, requests: Counter[str]
) -> None:
    world.charge(manual=True)
    assert requests == {"TransactWriteItems": 2}
    cost = processor_costs.cost_of_authorization(left(world, PAYMENTS, "charge-1", "pay"))
    # Of the two that are due, the operation goes and the payment comes.
    assert units_of(cost) == ((3 * 2 + 2) + (4 * 2 + 3), Decimal(0))


def test_capture__a_picture_and_two_transactions(
    world: ProcessorWorld, requests: Counter[str]
) -> None:
    payment_id = world.charge(manual=True).payment_id
    requests.clear()
    assert world.capture(payment_id, 3_000).status == 200
    assert requests == {"TransactGetItems": 1, "TransactWriteItems": 2}
    path = f"{PAYMENTS}/{payment_id}/capture"
    cost = processor_costs.cost_of_capture(left(world, path, "capture-1", "cap"))
    # It goes from what is due to what waits for a settlement file: out of there, and in here.
    assert units_of(cost) == ((3 * 2 + 2) + (6 * 2 + 4), Decimal(3 * 2))
    assert cost.requests == 3


def test_refund__posts_in_both_transactions(world: ProcessorWorld, requests: Counter[str]) -> None:
    payment_id = world.charge().payment_id
    requests.clear()
    assert world.refund(payment_id, 1_000).status == 201
    assert requests == {"TransactGetItems": 1, "TransactWriteItems": 2}
    path = f"{PAYMENTS}/{payment_id}/refunds"
    cost = processor_costs.cost_of_refund(left(world, path, "refund-1", "re"))
    # Record, payment, refund, operation, entry, balance; the same and a pointer.
    assert units_of(cost) == ((6 * 2 + 2) + (7 * 2 + 2), Decimal(3 * 2))
    assert cost.requests == 3
