"""Every condition of a settlement's transactions has a case that only it keeps from harm: `make
conditions` takes each away in turn, and these tests are what notices.
"""

import os
from collections.abc import Callable
from typing import Any

import pytest

from oncepay.domain.idempotency import Answer
from oncepay.domain.settlement import BreakAction, SettlementStatus, Source
from oncepay.services import book_rows, reconcile_file, resolve_break, settle_operation
from oncepay.services.reconcile_file import STANDSTILL, Ending
from oncepay.storage import resolution_writes
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from oncepay.storage.transactions import Refusal, Transaction
from tests import conditions
from tests.books import Books
from tests.builders import DAY, World, a_request, id_of
from tests.dropped_files import Drop, a_file, a_line
from tests.processor_files import stripe_file, stripe_row
from tests.processor_world import running_world
from tests.unit.services.test_reconcile_interrupted import Disturbed

# A worker's writes: it begins, claims the content, books the rows.
CLAIM, ROWS = 2, 3
FEE = stripe_row("fee", 0, 70)


@pytest.fixture
def drop(database: Database, tables: dict[str, str]) -> Drop:
    return Drop(database, tables)


@pytest.fixture
def paid(world: World) -> str:
    world.deposit()
    return id_of(world.pay())


def take_while(drop: Drop, source: Source, at: int, event: Callable[[], Any]) -> Any:
    """A worker takes the file, and before its n-th write something happens."""
    return drop.take(source, database=Disturbed(drop.database, at, event, "before"))


def test_claim__of_a_run_that_another_worker_ended__is_refused(drop: Drop, paid: str) -> None:
    source = drop.put(a_file(a_line(paid)))

    def another_finds_it_gone() -> None:
        drop.delete(source)
        drop.take(source)

    taken = take_while(drop, source, CLAIM, another_finds_it_gone)
    assert taken.ending is Ending.DONE
    run = drop.run(source.settlement_id)
    assert (run.status, run.matched, run.version) == (SettlementStatus.FAILED, 0, 2)


def test_claim__that_was_let_go__is_taken_by_one_of_two_copies(drop: Drop, paid: str) -> None:
    content = a_file(a_line(paid))
    original = drop.put(content)
    # It claims its content, and is gone before a row of it is booked.
    deleted = Disturbed(drop.database, CLAIM, lambda: drop.delete(original), "after")
    assert drop.take(original, database=deleted).run.status is SettlementStatus.FAILED
    one, other = drop.put(content, "incoming/one.csv"), drop.put(content, "incoming/other.csv")
    # Its first claim is refused; with the second it would take over what was let go.
    taken = take_while(drop, one, CLAIM + 1, lambda: drop.take(other))
    assert taken.run.duplicate_of == other.settlement_id
    assert (drop.run(other.settlement_id).matched, taken.run.booked) == (1, 0)


def test_end__of_a_run_that_a_copy_completed__changes_nothing(drop: Drop, paid: str) -> None:
    content = a_file(a_line(paid))
    original, copy = drop.put(content), drop.put(content, "incoming/copy.csv")

    def a_copy_carries_on() -> None:
        drop.now += STANDSTILL
        drop.take(copy)

    # The file is gone before its second reading: the run would be ended as failed.
    deleted = Disturbed(drop.database, CLAIM, lambda: drop.delete(original), "after")
    taken = drop.take(original, database=Disturbed(deleted, ROWS, a_copy_carries_on, "before"))
    assert taken.ending is Ending.DONE
    run = drop.run(original.settlement_id)
    assert (run.status, run.matched, run.reason) == (SettlementStatus.COMPLETED, 1, None)


def test_end__of_a_run_that_another_worker_quarantined__is_written_once(drop: Drop) -> None:
    source = drop.put(b"no header of ours\n")
    taken = take_while(drop, source, CLAIM, lambda: drop.take(source))
    assert taken.ending is Ending.DONE
    # Begun, quarantined, and its results put.
    assert drop.run(source.settlement_id).version == 3


def test_rows__payment_whose_status_changed_meanwhile__is_decided_anew(
    drop: Drop, paid: str, books: Books
) -> None:
    source = drop.put(a_file(a_line(paid)))
    stored = books.raw("payments", id=paid, part="payment")
    changed = {"status": {"S": "declined"}, "version": {"N": "2"}}
    taken = take_while(drop, source, ROWS, lambda: books.copy("payments", stored, **changed))
    assert drop.breaks(taken.run.id) == [(1, "status_mismatch")]
    assert "settlement_id" not in books.raw("payments", id=paid, part="payment")


def test_rows__refund_whose_status_changed_meanwhile__is_decided_anew(
    drop: Drop, paid: str, books: Books, world: World
) -> None:
    part = f"refund#{id_of(world.refund(paid, 300))}"
    source = drop.put(a_file(a_line(paid, 300, 0, type_="refund")))
    stored = books.raw("payments", id=paid, part=part)
    changed = {"status": {"S": "failed"}, "version": {"N": "2"}}
    taken = take_while(drop, source, ROWS, lambda: books.copy("payments", stored, **changed))
    assert drop.breaks(taken.run.id) == [(1, "status_mismatch")]
    assert "settlement_id" not in books.raw("payments", id=paid, part=part)


def test_refund_settled_by_another_file_meanwhile__is_already_settled(
    drop: Drop, paid: str, world: World
) -> None:
    world.refund(paid, 300)
    row = a_line(paid, 300, 0, type_="refund")
    source = drop.put(a_file(row))
    other_row = a_line(paid, 300, 0, type_="refund", row_id="other")
    taken = take_while(drop, source, ROWS, lambda: drop.settle(other_row, key="incoming/other.csv"))
    assert drop.breaks(taken.run.id) == [(1, "already_settled")]


def test_rows__row_of_no_payment_that_another_file_books_meanwhile__is_already_settled(
    drop: Drop, books: Books
) -> None:
    source = drop.put(stripe_file(FEE))
    other = drop.put(stripe_file(FEE, stripe_row("fee", 0, 1, row_id="t2")), "incoming/other.csv")
    taken = take_while(drop, source, ROWS, lambda: drop.take(other))
    assert drop.breaks(taken.run.id) == [(1, "already_settled")]
    (entry,) = books.entries()
    assert entry["item_id"] == other.settlement_id


def test_rows__entry_whose_id_is_taken__takes_another(
    drop: Drop, database: Database, books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = iter(["le_taken", "le_taken", "le_z"])
    for module in (settle_operation, book_rows):
        monkeypatch.setattr(module, "new_entry_id", lambda _now: next(ids))
    with running_world(database) as shop:
        payment_id = shop.charge().payment_id
    assert drop.settle(a_line(payment_id)).matched == 1
    assert [entry["kind"] for entry in books.entries()] == ["capture", "settlement"]


@pytest.mark.skipif(
    conditions.VARIABLE in os.environ, reason="it would notice each that is gone, by its name"
)
def test_conditions__of_every_transaction_are_known_to_the_tool(
    drop: Drop, paid: str, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (reconcile_file, book_rows):
        for function, name in conditions.SETTLEMENT_WRITES.items():
            if hasattr(module, function):
                noting = conditions.noting(name, getattr(module, function))
                monkeypatch.setattr(module, function, noting)
    noting = conditions.noting(conditions.RESOLUTION, resolution_writes.write_resolution)
    monkeypatch.setattr(resolve_break, "write_resolution", noting)
    found: set[str] = set()
    write = Database.write

    def recorded(self: Database, transaction: Transaction, budget: Budget) -> Refusal | None:
        requests = (*transaction.puts(), *transaction.updates())
        for label, request in zip(transaction.labels, requests, strict=True):
            kind = conditions.kind_of(label)
            name = f"{conditions.writing()}:{kind}"
            # What becomes available is added to a balance, whatever it is; what is taken from
            # one is seen in test_shards_of_steps.
            if kind != "balance":
                has_condition = "ConditionExpression" in request
                assert has_condition == (name not in conditions.UNCONDITIONAL)
                found.add(name)
        return write(self, transaction, budget)

    world.refund(paid, 300)
    with running_world(drop.database) as shop:
        through_processor = shop.charge().payment_id
        another = shop.charge(key="another").payment_id
    monkeypatch.setattr(Database, "write", recorded)
    drop.take(drop.put(b"no header of ours\n", "incoming/bad.csv"))
    drop.take(drop.put(stripe_file(FEE), "incoming/fee.csv"))
    run = drop.settle(
        a_line(paid),
        a_line(paid, 300, 0, type_="refund"),
        a_line("pay_nobody"),
        a_line(through_processor, 5_007),
        a_line(another),
    )
    for row in (3, 4):
        correct(drop, run.id, row)
    known = {name.partition(".")[0] for name in (*conditions.CONDITIONS, *conditions.IMPLIED)}
    ours = {*conditions.SETTLEMENT_WRITES.values(), conditions.RESOLUTION}
    conditional = {name for name in known if name.partition(":")[0] in ours}
    conditional -= {"rows:balance", "resolve:balance"}
    assert found == conditional | conditions.UNCONDITIONAL


def correct(drop: Drop, run_id: str, row: int) -> None:
    """A person corrects the break of a row."""
    now = drop.clock()
    resolve_break.resolve_break(
        resolve_break.ResolveBreak(
            settlement_id=run_id,
            break_id=f"brk_{run_id.removeprefix('set_')}_{row}",
            action=BreakAction.CORRECT,
            reason="the bank says so",
        ),
        request=a_request(key=f"correct-{row}"),
        by="key_1",
        present=lambda _: Answer(200, ""),
        retention=DAY,
        database=drop.database,
        now=now,
        budget=Budget(60, sleep=lambda _: None),
    )
