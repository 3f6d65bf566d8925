"""What the services really write of disputes, of refunds that come back, and of payments on a page
satisfies verify, after each step.
"""

import itertools
import json
from collections.abc import Iterator
from typing import Any

import pytest

from oncepay.processors.simulated_event import read_event
from oncepay.services.apply_event import receive_processor_event
from oncepay.storage.database import Database
from ops.simulated.records import DisputeStatus
from ops.simulated.wire import write
from ops.verify.findings import Rule
from tests.dropped_files import Drop, a_line
from tests.ops.verify.test_verify_card_writers import HOUR, Story, usd_of
from tests.processor_world import running_world

OPENED, WON, LOST = "dispute.opened", "dispute.won", "dispute.lost"
STATUSES = {OPENED: "open", WON: "won", LOST: "lost"}


@pytest.fixture
def story(dynamodb: Any, tables: dict[str, str], database: Database) -> Iterator[Story]:
    """A story that begins."""
    with running_world(database) as world:
        yield Story(world, tables, dynamodb)


def tell(story: Story, type: str, subject: dict[str, Any]) -> None:
    """An event, worded as the processor words it; the books are proved after it."""
    ((charge, _), *_) = story.world.processor.engine.record()
    body = {
        "id": f"evt_{type}_{subject['id']}",
        "object": "event",
        "type": type,
        "created": "2026-11-21T12:00:00.000000Z",
        "data": {"object": subject, "charge": write(charge, story.world.processor.url)},
    }
    event = read_event(json.dumps(body).encode(), received_at=story.world.clock())
    story.step(lambda: receive_processor_event(event, story.world.tools()))


def tell_of_dispute(story: Story, type: str, **changes: Any) -> None:
    """An event of a dispute of the only charge."""
    ((charge, _),) = story.world.processor.engine.record()
    dispute = {
        "id": "dp_there_1",
        "object": "dispute",
        "status": STATUSES[type],
        "charge_id": charge.id,
        "amount_minor": 2_000,
        "currency": "USD",
        "reason": "fraudulent",
        "payment_id": charge.payment_id,
        "created_at": "2026-11-21T12:00:00.000000Z",
    }
    tell(story, type, dispute | changes)


def tell_of_refund(story: Story, status: str, **changes: Any) -> None:
    """An event of a refund of the only charge."""
    ((charge, _),) = story.world.processor.engine.record()
    refund = {
        "id": "rf_there_1",
        "object": "refund",
        "status": status,
        "charge_id": charge.id,
        "amount_minor": 1_000,
        "currency": "USD",
        "payment_id": charge.payment_id,
        "idempotency_key": None,
        "failure": {"code": "lost_card", "message": "lost"} if status == "failed" else None,
        "created_at": "2026-11-21T12:00:00.000000Z",
    }
    tell(story, f"refund.{status}", refund | changes)


def ours(story: Story) -> dict[str, Any]:
    """The only refund that we asked for, in the processor's words."""
    ((_, (movement, *_)),) = story.world.processor.engine.record()
    return write(movement, story.world.processor.url)


@pytest.mark.parametrize("end", [WON, LOST])
@pytest.mark.parametrize("order", [(0, 1), (1, 0), (1, 1), (0, 0, 1, 1)], ids=str)
def test_verify__dispute_in_any_order__is_clean_at_every_step(
    story: Story, order: tuple[int, ...], end: str
) -> None:
    story.world.charge()
    for which in order:
        tell_of_dispute(story, (OPENED, end)[which])

    report = story.prove()
    assert report.checked[Rule.DISPUTE] == 1
    assert usd_of(report).held_minor == (4_900 if end == WON else 2_900)


def test_verify__disputes_that_the_processor_has__are_clean(story: Story) -> None:
    world = story.world
    id_ = story.step(world.charge).payment_id
    ((charge, _),) = world.processor.engine.record()
    for _ in range(2):
        dispute = world.processor.engine.open_dispute(charge.id, 1_500, "fraudulent")
        story.step(world.deliver_events)
        assert story.step(lambda: world.refund(id_)).status == 409
        world.processor.engine.close_dispute(dispute.id, DisputeStatus.WON)
        story.step(world.deliver_events)
    assert story.step(lambda: world.refund(id_)).status == 201
    assert story.prove().checked[Rule.DISPUTE] == 2


def test_verify__dispute_of_a_refunded_payment__is_clean(story: Story) -> None:
    world = story.world
    id_ = story.step(lambda: world.charge("approve__refund_pending")).payment_id
    story.step(lambda: world.refund(id_, 1_000))
    tell_of_dispute(story, OPENED, amount_minor=5_000)
    world.advance(61)
    story.step(world.deliver_events)
    tell_of_dispute(story, LOST, amount_minor=5_000)
    assert usd_of(story.prove()).held_minor == -1_100


def test_verify__dispute_before_its_capture__waits_and_is_clean(story: Story) -> None:
    world = story.world
    story.step(lambda: world.charge("malformed"))
    tell_of_dispute(story, LOST)
    story.step(world.deliver_events)
    world.advance(HOUR)
    story.step(world.sweep)
    assert usd_of(story.prove()).held_minor == 2_900


@pytest.mark.parametrize(
    "order", sorted(set(itertools.permutations(["pending", "succeeded", "failed"]))), ids=str
)
def test_verify__refund_begun_there_that_comes_back__is_clean_at_every_step(
    story: Story, order: tuple[str, ...]
) -> None:
    story.step(story.world.charge)
    for status in (*order, *order):
        tell_of_refund(story, status)
    assert usd_of(story.prove()).held_minor == 4_900


def test_verify__refund_of_ours_that_comes_back__is_clean(story: Story) -> None:
    world = story.world
    id_ = story.step(world.charge).payment_id
    assert story.step(lambda: world.refund(id_, 1_000)).json["status"] == "succeeded"
    failure = {"code": "lost_card", "message": "lost"}
    for _ in range(2):
        tell(story, "refund.failed", ours(story) | {"status": "failed", "failure": failure})
    # What the processor has left can be given back in another way.
    assert story.step(lambda: world.refund(id_, 4_000, key="again")).json["status"] == "succeeded"
    assert usd_of(story.prove()).held_minor == 900


def test_verify__refund_that_came_back_after_the_settlement__is_clean(
    story: Story, tables: dict[str, str], database: Database
) -> None:
    world, drop = story.world, Drop(database, tables)
    id_ = world.charge().payment_id
    tell_of_refund(story, "succeeded")
    drop.now = world.clock()
    story.step(lambda: drop.settle(a_line(id_), a_line(id_, 1_000, 0, type_="refund")))
    tell_of_refund(story, "failed")
    assert usd_of(story.prove()).held_minor == 4_900
