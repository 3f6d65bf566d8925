"""What the services really write satisfies verify: two readings of docs/data-model.md agree."""

import contextlib
from functools import partial
from typing import Any

from oncepay.domain.errors import RateLimited, StorageUnavailable
from oncepay.domain.settlement import Settlement
from oncepay.processors.stripe_event import read_event
from oncepay.services.apply_event import receive_processor_event
from oncepay.services.reconcile_file import Ending
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from ops.verify.command import verify
from ops.verify.findings import Rule
from ops.verify.report import Read, Report
from tests.builders import NOW, World, id_of
from tests.dropped_files import Drop, a_file, a_line
from tests.processor_world import running_world
from tests.stripe_events import an_event_of_stripe


def proved(tables: dict[str, str], dynamodb: Any) -> Report:
    report = verify(tables, client=dynamodb)
    assert [one.line() for one in report.findings] == []
    assert report.is_clean
    return report


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
    report = proved(tables, dynamodb)
    assert report.checked[Rule.ITEM_ENTRIES] == 5
    assert report.sums["USD"].held_minor == 100_000 - 100 - 1


def settle_everything(world: World, drop: Drop) -> Settlement:
    """A file with a row of every kind that a test can make, between refunds."""
    world.deposit(100_000)
    paid = [id_of(world.pay(key=f"order-{n}", now=drop.clock())) for n in range(4)]
    poor = id_of(world.pay(10_000_000, key="poor"))
    world.refund(paid[0], 2_000, key="before", now=drop.clock())
    run = drop.settle(
        a_line(paid[0]),
        a_line(paid[0], 2_000, 0, type_="refund"),
        a_line(paid[0], 2_000, 0, type_="refund"),
        a_line(paid[0], 77, 0, type_="refund"),
        a_line(paid[1], 5_007),
        a_line(paid[2], 5_000, 90),
        a_line(paid[2], currency="EUR"),
        a_line(poor, 10_000_000, 200_000),
        a_line("pay_nobody"),
        a_line(paid[1], "12.50"),
        a_line(paid[3]),
        a_line(paid[3]),
    )
    world.refund(paid[0], 500, key="after", now=drop.clock())
    return run


def test_verify__settled_files__are_clean(
    dynamodb: Any, tables: dict[str, str], database: Database, budget: Budget
) -> None:
    world, drop = World(database, budget), Drop(database, tables)
    first = settle_everything(world, drop)
    assert (first.matched, first.breaks) == (3, 9)
    copy = drop.settle(
        *drop.s3.get_object(Bucket=first.source.bucket, Key=first.source.key)["Body"]
        .read()
        .decode()
        .splitlines()[1:],
        key="incoming/copy.csv",
    )
    assert copy.duplicate_of == first.id
    again = drop.settle(
        a_line(id_of(world.pay(700, key="new", now=drop.clock())), 700, 14), key="incoming/a.csv"
    )
    assert again.id != first.id
    drop.take(drop.put(b"nonsense\n", "incoming/bad.csv"))
    gone = drop.put(a_file(a_line("pay_x")), "incoming/gone.csv")
    drop.delete(gone)
    drop.take(gone)
    assert proved(tables, dynamodb).read == Read(
        runs=5, breaks=9, settled_payments=3, settled_refunds=1
    )


def test_verify__file_that_is_half_booked__is_clean(
    dynamodb: Any, tables: dict[str, str], database: Database, budget: Budget
) -> None:
    world, drop = World(database, budget), Drop(database, tables)
    world.deposit(100_000)
    paid = id_of(world.pay())
    source = drop.put(a_file(a_line(paid), *[a_line("pay_nobody")] * 200))
    for looks in range(1, 100):
        # The time is up when the worker has looked at its clock so often.
        moments = iter(range(1_000))
        short = Budget(looks, clock=partial(next, moments), sleep=lambda _: None)
        # Of a worker that got nothing done in its time, the message comes again.
        with contextlib.suppress(RateLimited, StorageUnavailable):
            ending = drop.take(source, budget=short).ending
        proved(tables, dynamodb)
        if drop.run(source.settlement_id).booked:
            break
    assert ending is Ending.UNFINISHED
    assert 0 < drop.run(source.settlement_id).booked < 201
    assert proved(tables, dynamodb).read.settled_payments == 1


def test_verify__events_of_stripe__are_clean(
    dynamodb: Any, tables: dict[str, str], database: Database
) -> None:
    bodies = (
        an_event_of_stripe(),
        an_event_of_stripe(id="evt_2", livemode=None, created=None),
        an_event_of_stripe(id="evt_3", created="2026-11-21T12:00:00.1234567+01:00", livemode=True),
        an_event_of_stripe(id="evt_4", note="Łódź \u2028"),
    )
    with running_world(database) as shop:
        for body in bodies:
            told = read_event(body.encode(), received_at=NOW)
            receive_processor_event(told, shop.tools())
    assert proved(tables, dynamodb).read.events == 4
