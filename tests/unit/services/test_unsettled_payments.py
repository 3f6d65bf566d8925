"""A payment that was captured at a processor is waited for until a settlement file settles it; the
sweep has nothing to do with that.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from oncepay.domain.idempotency import Answer
from oncepay.domain.settlement import BreakAction
from oncepay.domain.times import format_time
from oncepay.services.resolve_break import ResolveBreak, resolve_break
from oncepay.services.sweep_due import Swept
from oncepay.storage import payments
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from oncepay.storage.due import due_bucket, due_buckets, settle_bucket, settle_buckets
from ops.operations import read_work
from tests.books import Books
from tests.builders import DAY, NOW, World, a_request, id_of
from tests.dropped_files import Drop, a_line
from tests.processor_world import ProcessorWorld, running_world
from tests.unit.domain.test_break_resolution import a_break
from tests.unit.domain.test_settlement_matching import PAYMENT
from tests.unit.services.test_resolve_break import put

HOUR = timedelta(hours=1)
WEEK_SECONDS = 7 * 24 * 3_600


@pytest.fixture
def shop(database: Database) -> Iterator[ProcessorWorld]:
    with running_world(database) as world:
        yield world


@pytest.fixture
def books(dynamodb: Any, tables: dict[str, str]) -> Books:
    return Books(dynamodb, tables)


def waits(books: Books, payment_id: str) -> tuple[str | None, str | None]:
    """The payment's keys in the index of what is waited for."""
    (item,) = [
        item for item in books.items("payments")
        if (item["id"], item["part"]) == (payment_id, "payment")
    ]  # fmt: skip
    return item.get("due_bucket"), item.get("due_at")


def test_charge__that_succeeds__is_waited_for_since_then(
    shop: ProcessorWorld, books: Books
) -> None:
    captured_at = shop.clock()
    payment_id = shop.charge().payment_id
    bucket = settle_bucket("simulated", payment_id)
    assert waits(books, payment_id) == (bucket, format_time(captured_at))


def test_authorization__is_the_sweep_s__until_it_is_captured(
    shop: ProcessorWorld, books: Books
) -> None:
    payment_id = shop.charge(manual=True).payment_id
    lapses_at = format_time(shop.clock() + timedelta(days=7))
    assert waits(books, payment_id) == (due_bucket(payment_id), lapses_at)
    shop.advance(3_600)
    shop.capture(payment_id, 3_000)
    captured_at = format_time(shop.clock())
    assert waits(books, payment_id) == (settle_bucket("simulated", payment_id), captured_at)


def test_payment__that_takes_no_money__is_not_waited_for(
    shop: ProcessorWorld, books: Books
) -> None:
    declined = shop.charge("decline", key="a").payment_id
    voided = shop.charge(manual=True, key="b").payment_id
    shop.void(voided)
    assert waits(books, declined) == waits(books, voided) == (None, None)


def test_payment__from_the_balance__is_not_waited_for(database: Database, books: Books) -> None:
    world = World(database)
    world.deposit()
    assert waits(books, id_of(world.pay())) == (None, None)


def test_payment__refunded__is_waited_for_as_before(shop: ProcessorWorld, books: Books) -> None:
    payment_id = shop.charge().payment_id
    before = waits(books, payment_id)
    shop.advance(3_600)
    shop.refund(payment_id)
    assert before[0] is not None
    assert waits(books, payment_id) == before


def test_payment__in_a_settlement_file__is_waited_for_no_more(
    shop: ProcessorWorld, books: Books, database: Database, tables: dict[str, str]
) -> None:
    payment_id = shop.charge().payment_id
    assert Drop(database, tables).settle(a_line(payment_id)).matched == 1
    assert waits(books, payment_id) == (None, None)


def test_payment__is_read_back_as_it_was_stored() -> None:
    waiting = replace(PAYMENT, unsettled_since=NOW)
    raw = payments.payment_item(waiting).to_dynamodb_dict()
    assert payments.payment_from_raw(raw | {"version": {"N": "1"}}) == waiting
    # Of an authorization the same attribute says when the sweep looks at it.
    held = replace(PAYMENT, due_at=NOW)
    raw = payments.payment_item(held).to_dynamodb_dict()
    assert payments.payment_from_raw(raw | {"version": {"N": "1"}}) == held


def test_buckets__of_each_processor_are_sixteen_and_none_of_them_the_sweep_s() -> None:
    of_stripe, of_paypal = set(settle_buckets("stripe")), set(settle_buckets("paypal"))
    assert of_stripe == {f"settle#stripe#{number}" for number in range(16)}
    # The first byte of the SHA-256 of pay_1 is 110.
    assert settle_bucket("stripe", "pay_1") == "settle#stripe#14"
    assert not of_stripe & of_paypal
    assert set(due_buckets()) == {f"work#{number}" for number in range(16)}


def test_sweep__looks_at_nothing_that_only_waits_for_a_file(shop: ProcessorWorld) -> None:
    shop.charge()
    shop.advance(WEEK_SECONDS)
    assert shop.sweep() == Swept()


def test_operations__list_nothing_that_only_waits_for_a_file(
    shop: ProcessorWorld, database: Database
) -> None:
    shop.charge()
    assert read_work(database, shop.clock()) == []


def decide(database: Database, budget: Budget, action: BreakAction) -> None:
    found = a_break(opened_at=NOW)
    resolve_break(
        ResolveBreak(
            settlement_id=found.settlement_id, break_id=found.id, action=action, reason="so"
        ),
        request=a_request(key=action.value),
        by="key_1",
        present=lambda after: Answer(200, after.status.value),
        retention=DAY,
        database=database,
        now=NOW + 2 * HOUR,
        budget=budget,
    )


def test_correction__ends_the_waiting__and_begins_it_again_when_it_is_taken_back(
    database: Database, budget: Budget, books: Books
) -> None:
    captured = replace(PAYMENT, unsettled_since=NOW + HOUR)
    put(database, budget, captured, a_break(opened_at=NOW))
    bucket = settle_bucket("stripe", "pay_1")
    assert waits(books, "pay_1") == (bucket, format_time(NOW + HOUR))
    decide(database, budget, BreakAction.CORRECT)
    assert waits(books, "pay_1") == (None, None)
    decide(database, budget, BreakAction.REOPEN)
    # Since it was made: when it was captured is not known any more.
    assert waits(books, "pay_1") == (bucket, format_time(NOW))


def test_correction__of_a_payment_from_the_balance__taken_back__begins_no_waiting(
    database: Database, budget: Budget, books: Books
) -> None:
    paid = replace(PAYMENT, processor=None, processor_reference=None, pending_minor=0)
    put(database, budget, paid, a_break(opened_at=NOW, correction=()))
    decide(database, budget, BreakAction.CORRECT)
    decide(database, budget, BreakAction.REOPEN)
    assert waits(books, "pay_1") == (None, None)
