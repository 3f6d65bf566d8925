"""What the services really write satisfies verify: two readings of docs/data-model.md agree."""

from typing import Any

from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from ops.verify.command import verify
from ops.verify.findings import Rule
from tests.builders import World, id_of


def test_verify__what_the_services_write__is_clean(
    dynamodb: Any, tables: dict[str, str], database: Database, budget: Budget
) -> None:
    world = World(database, budget)
    world.deposit(100_000)
    payment_id = id_of(world.pay(5_000))
    world.pay(5_000)
    world.refund(payment_id, 2_000, key="a")
    world.refund(payment_id, key="b")
    world.pay(1, key="no-fee")
    world.pay(10_000_000, key="too-much")
    report = verify(tables, client=dynamodb)
    assert [one.line() for one in report.findings] == []
    assert report.checked[Rule.ITEM_ENTRIES] == 5
    assert report.sums["USD"].held_minor == 100_000 - 100 - 1
