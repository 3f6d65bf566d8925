"""What the services really write of payments through a processor satisfies verify, after each step.

The processor is the simulated one, with its faults; the client asks again, the sweep sweeps, events
come late, twice and out of order; and after each of these the books are proved.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from oncepay.domain.lifecycle import PaymentStatus
from oncepay.storage.database import Database
from oncepay.storage.payment_reads import read_family
from ops.simulated.requests import MovementRequest
from ops.verify.command import verify
from ops.verify.findings import Rule
from ops.verify.report import Read, Report
from ops.verify.sums import CurrencySum
from tests.dropped_files import Drop, a_line
from tests.ops.verify.memory_reader import NAMES, MemoryReader
from tests.ops.verify.small_world import Address, Raw
from tests.processor_world import ProcessorWorld, Reply, endless, running_world

HOUR = 3_600
DAYS_8 = 8 * 24 * HOUR

FAULTS = (
    "approve",
    "decline_no",
    "pending",
    "timeout_before",
    "timeout_after",
    "lands_later",
    "error_after",
    "other_amount",
    "rate_limited",
    "never_answers",
)
CHARGES = (
    *((fault, False) for fault in (*FAULTS, "requires_action", "error_before", "malformed")),
    *((fault, True) for fault in ("approve", "requires_action", "lands_later")),
)


class Story:
    """A world in which every step is followed by a proof."""

    def __init__(self, world: ProcessorWorld, tables: dict[str, str], dynamodb: Any) -> None:
        self.world, self.tables, self.dynamodb = world, tables, dynamodb

    def step[Result](self, act: Callable[[], Result]) -> Result:
        """Do something, and prove what it left."""
        result = act()
        self.prove()
        return result

    def prove(self) -> Report:
        """Nothing is wrong. Everything stands still: it is read once, for speed."""
        items: dict[Address, Raw] = {}
        for role, table in self.tables.items():
            for item in self.dynamodb.scan(TableName=table)["Items"]:
                items[role, item["id"]["S"], item.get("part", {}).get("S", "")] = item
        report = verify(NAMES, client=MemoryReader(items))
        assert [one.line() for one in report.findings] == []
        assert report.is_clean
        return report

    def finish(self, ask_again: Callable[[], Reply]) -> Report:
        """Let everything come to its end: retries, sweeps, events, time."""
        for seconds in (40, 400, HOUR):
            self.step(ask_again)
            self.world.advance(seconds)
            self.step(self.world.sweep)
        self.step(self.world.deliver_events)
        return self.prove()

    def at_dashboard(self, kind: str, amount_minor: int | None = None) -> None:
        """Somebody does something to the only charge in the processor's dashboard."""
        ((charge, _),) = self.world.processor.engine.record()
        self.world.processor.engine.move_at_dashboard(
            MovementRequest(
                kind=kind,  # type: ignore[arg-type]
                charge_id=charge.id,
                amount_minor=amount_minor,
                currency=None if amount_minor is None else charge.currency,
                payment_id=None,
            )
        )


def usd_of(report: Report) -> CurrencySum:
    """The sums in USD; of books in which nothing is posted, none."""
    return report.sums.get("USD", CurrencySum())


@pytest.fixture
def story(dynamodb: Any, tables: dict[str, str], database: Database) -> Iterator[Story]:
    """A story that begins."""
    with running_world(database) as world:
        yield Story(world, tables, dynamodb)


@pytest.mark.parametrize(("fault", "manual"), CHARGES)
def test_verify__charge_with_a_fault__is_clean_at_every_step(
    story: Story, fault: str, manual: bool
) -> None:
    def charge() -> Reply:
        return story.world.charge(fault, manual=manual)

    assert story.step(charge).status in (201, 202, 402, 502)
    assert story.finish(charge).checked[Rule.OPERATION] == 1


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("kind", ["capture", "void", "refund"])
def test_verify__operation_with_a_fault__is_clean_at_every_step(
    story: Story, kind: str, fault: str
) -> None:
    world = story.world
    charged = world.charge(f"approve__{kind}_{fault}", manual=kind != "refund")

    def operate() -> Reply:
        if kind == "void":
            return world.void(charged.payment_id)
        if kind == "capture":
            return world.capture(charged.payment_id, 3_000)
        return world.refund(charged.payment_id, 3_000)

    assert story.step(operate).status in (200, 201, 202, 402, 502)
    assert story.finish(operate).checked[Rule.OPERATION] == 2


def test_verify__capture_and_refunds__come_to_exact_sums(story: Story) -> None:
    world = story.world
    id_ = world.charge("approve__refund_pending", manual=True).payment_id
    story.step(lambda: world.capture(id_, 3_000))
    story.step(lambda: world.refund(id_, 1_000, key="a"))
    story.step(lambda: world.refund(id_, 500, key="b"))
    assert story.step(lambda: world.refund(id_, 1_501, key="c")).status == 422
    world.advance(61)
    story.step(world.deliver_events)
    sums = usd_of(story.prove())
    assert (sums.taken_minor, sums.given_back_minor, sums.fees_minor) == (3_000, 1_500, 60)
    assert (sums.held_minor, sums.suspense_minor) == (1_440, 0)


@pytest.mark.parametrize("manual", [False, True], ids=["captured", "only held"])
def test_verify__orphan__is_clean_until_it_is_given_back(story: Story, manual: bool) -> None:
    world = story.world
    id_ = world.charge("timeout_before", manual=manual).payment_id
    world.advance(HOUR)
    story.step(world.sweep)
    # What was sent gets there after all.
    family = read_family(world.database, id_, endless())
    assert family is not None
    assert family.payment.status is PaymentStatus.DECLINED
    world.tools().processors["simulated"].send(family.operations[id_])
    story.step(world.deliver_events)
    assert usd_of(story.prove()).suspense_minor == (0 if manual else 5_000)
    world.advance(HOUR)
    story.step(world.sweep)
    story.step(world.deliver_events)
    sums = usd_of(story.prove())
    taken_minor = 0 if manual else 5_000
    assert (sums.taken_minor, sums.given_back_minor) == (taken_minor, taken_minor)
    assert sums.suspense_minor == 0


def test_verify__what_happens_in_the_dashboard__is_clean(story: Story) -> None:
    world = story.world
    world.charge(manual=True)
    story.at_dashboard("capture", 4_000)
    story.step(world.deliver_events)
    story.at_dashboard("refund", 1_500)
    story.step(world.deliver_events)
    assert usd_of(story.prove()).held_minor == 4_000 - 80 - 1_500


def test_verify__capture_that_is_overtaken__is_clean(story: Story) -> None:
    world = story.world
    id_ = world.charge("approve__capture_timeout_before", manual=True).payment_id
    story.step(lambda: world.capture(id_))
    story.at_dashboard("void")
    story.step(world.deliver_events)
    assert story.step(lambda: world.capture(id_)).status == 409


def test_verify__capture_that_the_processor_tells_of_first__is_clean(story: Story) -> None:
    """Its pointer is one that the operation does not know: it is looked for."""
    world = story.world
    id_ = world.charge("approve__capture_timeout_before", manual=True).payment_id
    story.step(lambda: world.capture(id_, 4_000))
    story.at_dashboard("capture", 4_000)
    story.step(world.deliver_events)
    family = read_family(world.database, id_, endless())
    assert family is not None
    (capture,) = [one for one in family.operations.values() if one.id.startswith("cap_")]
    assert (capture.state.value, capture.reference) == ("succeeded", None)


def test_verify__authorization_that_lapses__is_clean(story: Story) -> None:
    world = story.world
    id_ = world.charge(manual=True).payment_id
    world.advance(DAYS_8)
    story.step(world.sweep)
    story.step(world.deliver_events)
    assert story.step(lambda: world.capture(id_)).status == 409


def test_verify__refunds_around_a_settlement__are_clean(
    story: Story, tables: dict[str, str], database: Database
) -> None:
    """One before, one in the middle of which the payment is settled, one after, one too many."""
    world, drop = story.world, Drop(database, tables)
    id_ = world.charge("approve__refund_pending").payment_id
    story.step(lambda: world.refund(id_, 1_000, key="before"))
    world.advance(61)
    world.deliver_events()
    story.step(lambda: world.refund(id_, 700, key="across"))
    drop.now = world.clock()
    story.step(lambda: drop.settle(a_line(id_), a_line(id_, 1_000, 0, type_="refund")))
    assert story.prove().read == Read(runs=1, settled_payments=1, settled_refunds=1, events=3)
    world.advance(61)
    story.step(world.deliver_events)
    story.step(lambda: world.refund(id_, 3_200, key="after"))
    assert story.step(lambda: world.refund(id_, 100, key="no-funds")).status == 402
    world.advance(61)
    story.step(world.deliver_events)
    assert usd_of(story.prove()).held_minor == 0


def test_verify__refund_that_overdraws_what_is_available__is_clean(
    story: Story, tables: dict[str, str], database: Database
) -> None:
    world, drop = story.world, Drop(database, tables)
    id_ = world.charge().payment_id
    drop.now = world.clock()
    drop.settle(a_line(id_))
    story.at_dashboard("refund", 5_000)
    story.step(world.deliver_events)
    assert usd_of(story.prove()).held_minor == -100


def test_verify__share_below_zero_that_is_settled__is_clean(
    story: Story, tables: dict[str, str], database: Database
) -> None:
    world, drop = story.world, Drop(database, tables)
    id_ = world.charge().payment_id
    story.step(lambda: world.refund(id_))
    drop.now = world.clock()
    story.step(lambda: drop.settle(a_line(id_)))
    assert usd_of(story.prove()).held_minor == -100


def test_verify__events_in_any_order__are_clean(story: Story) -> None:
    world = story.world
    id_ = world.charge("timeout_after", manual=True).payment_id
    ((charge, _),) = world.processor.engine.record()
    world.processor.engine.move_at_dashboard(
        MovementRequest(
            kind="capture",
            charge_id=charge.id,
            amount_minor=5_000,
            currency="USD",
            payment_id=None,
        )
    )
    for delivery in [each for each in reversed(world.take_events()) for _ in range(2)]:
        story.step(lambda delivery=delivery: world.deliver(delivery))  # type: ignore[misc]
    world.advance(HOUR)
    story.step(world.sweep)
    family = read_family(world.database, id_, endless())
    assert family is not None
    assert family.payment.status is PaymentStatus.SUCCEEDED
