"""The bill of a processor's events, from items that the services really wrote, against the requests
that they really made.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest

from oncepay.domain.capacity import RawItem
from oncepay.storage.database import Database
from ops.demo import event_costs, processor_costs
from ops.demo.costs import Cost, MissingItemError
from tests.builders import MERCHANT
from tests.processor_world import ProcessorWorld, running_world

PROCESSORS_CALLS = ("GET ", "POST ")
ITS_PUT_AND_ITS_PLACE = 4 + 1
"""It is of more than one KB; only its keys are listed."""


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


def units_of(cost: Cost) -> tuple[Decimal | int, Decimal]:
    return cost.write_units, cost.read_units


def the_event(world: ProcessorWorld) -> RawItem:
    """The one that the processor has sent."""
    [delivery] = world.processor.outbox.deliveries()
    return event_costs.read_event(world.database, f"simulated#{delivery.event.id}")


def test_event__that_ends_a_charge__two_reads_and_all_that_ends_it(
    world: ProcessorWorld, requests: Counter[str]
) -> None:
    assert world.charge("error_after").status == 202
    requests.clear()
    assert world.deliver_events() == 1
    assert requests == {"BatchGetItem": 1, "Query": 1, "TransactWriteItems": 1}
    left = processor_costs.read_left_by_operation(
        world.database,
        merchant_id=MERCHANT,
        currency="USD",
        path="/v1/payments",
        key="charge-1",
        prefix="pay",
    )
    assert left.payment["status"] == {"S": "succeeded"}
    cost = event_costs.cost_of_settling_event(the_event(world), left)
    # Record, payment, operation, entry, pointer, balance; listed, no longer due, and waiting for a
    # settlement file.
    assert units_of(cost) == (ITS_PUT_AND_ITS_PLACE + 6 * 2 + 3, Decimal(2))
    assert cost.requests == 3


def test_event__of_what_is_known__two_reads_and_a_put(
    world: ProcessorWorld, requests: Counter[str]
) -> None:
    payment_id = world.charge().payment_id
    requests.clear()
    assert world.deliver_events() == 1
    assert requests == {"BatchGetItem": 1, "Query": 1, "TransactWriteItems": 1}
    cost = event_costs.cost_of_known_event(world.database, the_event(world), payment_id)
    assert units_of(cost) == (ITS_PUT_AND_ITS_PLACE, Decimal(2))
    assert cost.requests == 3


def test_event__that_is_there__one_read(world: ProcessorWorld, requests: Counter[str]) -> None:
    world.charge()
    world.deliver_events()
    [delivery] = world.processor.outbox.deliveries()
    requests.clear()
    world.deliver(delivery)
    assert requests == {"BatchGetItem": 1}
    cost = event_costs.cost_of_same_event(the_event(world))
    assert units_of(cost) == (0, Decimal(1))
    assert cost.requests == 1


@pytest.mark.parametrize(
    ("payload_bytes", "write_units"), [(500, 2 + 1), (1_024, 4 + 1), (2_500, 6 + 1)]
)
def test_event__of_a_payout__is_a_look_and_two_puts_and_its_keys_are_listed(
    payload_bytes: int, write_units: int
) -> None:
    event: RawItem = {
        "id": {"S": "stripe#evt_1"},
        "list_bucket": {"S": "operator#2026-11"},
        "list_position": {"S": "2026-11-21T00:00:00.000000Z#stripe#evt_1"},
        "payload": {"S": "x" * payload_bytes},
    }
    payout: RawItem = {"id": {"S": "payout#stripe#po_1"}, "part": {"S": "payout"}}
    cost = event_costs.cost_of_payout_event(event, payout)
    assert (units_of(cost), cost.requests) == ((write_units + 2, Decimal(1)), 2)


def test_event__not_there__is_named(database: Database) -> None:
    with pytest.raises(MissingItemError, match="stripe#evt_1"):
        event_costs.read_event(database, "stripe#evt_1")
