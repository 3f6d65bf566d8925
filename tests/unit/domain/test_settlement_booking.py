"""What some rows of a settlement file change together: how many of them one transaction bears, what
is marked, known again and posted, and that planning changes nothing.
"""

import itertools
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from oncepay.domain.ledger import EntryKind, ItemKey
from oncepay.domain.payment import Payment, Refund
from oncepay.domain.settlement import (
    BreakKind,
    FileTotals,
    Settlement,
    SettlementStatus,
    accept,
    begin,
)
from oncepay.domain.settlement_booking import (
    MAX_ACTIONS,
    MAX_WRITE_BYTES,
    Books,
    Plan,
    Reading,
    Row,
    plan_rows,
)
from oncepay.domain.settlement_formats.row import RowKind, SettlementRow
from tests.builders import MERCHANT, NOW
from tests.stored_settlements import a_source, some_totals
from tests.unit.domain.test_settlement_matching import (
    PAYMENT,
    REFUND,
    a_native_row,
    a_row,
)

RUN = begin(a_source(), NOW).id
STRIPES = Reading(processor="stripe")
OURS = Reading(processor=None)


def a_run(rows: int = 10_000, gross_minor: int = 10**12) -> Settlement:
    """One whose file has so many rows, the first of which come next."""
    totals: FileTotals = some_totals(rows=rows, gross_minor={"USD": gross_minor})
    return accept(begin(a_source(), NOW), totals, NOW)


def planned(
    rows: Sequence[Row],
    books: Books | None = None,
    *,
    run: Settlement | None = None,
    reading: Reading = STRIPES,
) -> Plan:
    ids = itertools.count(1)
    return plan_rows(
        rows,
        books or Books(),
        run=run or a_run(),
        reading=reading,
        now=NOW,
        new_entry_id=lambda: f"le_{next(ids)}",
    )


def numbered(rows: Sequence[SettlementRow]) -> list[SettlementRow]:
    return [row._replace(number=n, line=n + 1) for n, row in enumerate(rows, start=1)]


def payments(count: int, **changes: Any) -> list[Payment]:
    """Payments from a balance, pay_1 and so on, which move nothing when they are settled."""
    values: dict[str, Any] = {"processor": None, "processor_reference": None, "pending_minor": 0}
    return [replace(PAYMENT, id=f"pay_{n}", **(values | changes)) for n in range(1, count + 1)]


def books_of(some: Sequence[Payment], **others: Any) -> Books:
    return Books(payments={payment.id: payment for payment in some}, **others)


def rows_of(some: Sequence[Payment]) -> list[SettlementRow]:
    """A native row of each."""
    return numbered([a_native_row(payment_id=payment.id) for payment in some])


def test_plan__of_rows_that_move_nothing__has_as_many_as_there_are_actions() -> None:
    some = payments(MAX_ACTIONS + 5)
    plan = planned(rows_of(some), books_of(some), reading=OURS)
    assert len(plan.settled) == MAX_ACTIONS == 79
    assert plan.after.booked == MAX_ACTIONS
    assert plan.entries == []


@pytest.mark.parametrize(("ledgers", "rows"), [(1, 77), (2, 75), (26, 27), (30, 26)])
def test_plan__of_rows_of_several_ledgers__has_room_for_their_entries(
    ledgers: int, rows: int
) -> None:
    # An entry is two actions: with one for each row, 26 fill it.
    shares = payments(100, processor="stripe", pending_minor=4_900)
    some = [replace(payment, merchant_id=f"mer_{n % ledgers}") for n, payment in enumerate(shares)]
    plan = planned(rows_of(some), books_of(some), reading=OURS)
    assert (len(plan.settled), len(plan.entries)) == (rows, min(ledgers, rows))
    assert len(plan.settled) + 2 * len(plan.entries) <= MAX_ACTIONS


def test_plan__of_large_payments__has_as_many_as_one_transaction_bears() -> None:
    # Four bytes for each of 100,000 characters, and 3,000 for the rest of the item.
    some = payments(20, description="x" * 100_000)
    plan = planned(rows_of(some), books_of(some), reading=OURS)
    assert len(plan.settled) == MAX_WRITE_BYTES // 403_000 == 7


def test_plan__of_one_row_that_is_too_large__has_it() -> None:
    some = payments(2, description="x" * 10**6)
    plan = planned(rows_of(some), books_of(some), reading=OURS)
    assert [item.id for item in plan.settled] == ["pay_1"]


def test_plan__of_breaks__counts_each_as_an_action() -> None:
    rows = numbered([a_native_row(payment_id=f"pay_{n}") for n in range(100)])
    plan = planned(rows, reading=OURS)
    assert len(plan.breaks) == MAX_ACTIONS
    assert plan.after.breaks_by_kind == {BreakKind.MISSING_IN_LEDGER: MAX_ACTIONS}


def test_plan__of_no_rows__ends_a_file_that_has_none() -> None:
    plan = planned([], run=a_run(rows=0, gross_minor=0))
    assert plan.after.status is SettlementStatus.COMPLETED


def test_payment__settled_by_a_row__is_a_duplicate_for_the_next_one_of_the_plan() -> None:
    rows = rows_of([PAYMENT, PAYMENT])
    plan = planned(rows, books_of([PAYMENT]), reading=OURS)
    assert plan.settled == [PAYMENT]
    (found,) = plan.breaks
    assert (found.row, found.kind) == (2, BreakKind.DUPLICATE_ROW)
    (entry,) = plan.entries
    assert {each.account: each.amount_minor for each in entry.postings} == {
        "pending": -4_900, "available": 4_900,
    }  # fmt: skip


def test_refunds__of_one_amount__are_settled_one_by_one() -> None:
    second = replace(REFUND, id="re_2", processor_reference="re_there_2")
    rows = numbered([a_row(RowKind.REFUND)] * 3)
    books = books_of([PAYMENT], refunds={"pay_1": [REFUND, second]})
    plan = planned(rows, books)
    assert plan.settled == [REFUND, second]
    assert [(each.row, each.kind) for each in plan.breaks] == [(3, BreakKind.DUPLICATE_ROW)]


@pytest.mark.parametrize("reference", ["reference", "own_reference"])
def test_payment__named_by_the_processor_alone__is_found(reference: str) -> None:
    names: dict[str, Any] = {"reference": None, "own_reference": None}
    row = a_row(payment_id=None, **(names | {reference: "pi_1"}))
    plan = planned([row], books_of([PAYMENT], references={"pi_1": "pay_1"}))
    assert plan.settled == [PAYMENT]


def test_payment__named_by_us_and_unknown__is_found_by_the_processors_name() -> None:
    row = a_row(payment_id="pay_other")
    plan = planned([row], books_of([PAYMENT], references={"pi_1": "pay_1"}))
    assert plan.settled == [PAYMENT]


def test_payment__named_by_both__is_the_one_that_we_name() -> None:
    other = replace(PAYMENT, id="pay_2")
    plan = planned([a_row()], books_of([PAYMENT, other], references={"pi_1": "pay_2"}))
    assert plan.settled == [PAYMENT]


def test_break__of_a_payment_that_the_processor_named__says_which_it_is() -> None:
    row = a_row(payment_id=None, gross_minor=5_007)
    plan = planned([row], books_of([PAYMENT], references={"pi_1": "pay_1"}))
    (found,) = plan.breaks
    assert (found.payment_id, found.ledger_id) == ("pay_1", f"{MERCHANT}#USD#0")


def test_entry__is_of_the_run_and_of_no_payment() -> None:
    plan = planned([a_row()], books_of([PAYMENT]))
    (entry,) = plan.entries
    assert (entry.id, entry.kind, entry.item) == (
        "le_1", EntryKind.SETTLEMENT, ItemKey(RUN, "run"),
    )  # fmt: skip
    assert (entry.ledger_id, entry.currency) == (f"{MERCHANT}#USD#0", "USD")
    assert (entry.payment_id, entry.created_at) == (None, NOW)


def test_plan__goes_on_from_what_the_run_had() -> None:
    run = replace(
        a_run(),
        matched=5,
        breaks_by_kind={BreakKind.FEE_MISMATCH: 2},
        matched_minor={"USD": 100},
        broken_minor={"EUR": 7},
    )
    plan = planned([a_row()], books_of([PAYMENT]), run=run)
    assert (plan.after.matched, plan.after.breaks) == (6, 2)
    assert (plan.after.matched_minor, plan.after.broken_minor) == ({"USD": 5_100}, {"EUR": 7})


def test_last_rows__that_come_to_the_files_sum__end_the_run() -> None:
    run = a_run(rows=1, gross_minor=5_000)
    plan = planned([a_row()], books_of([PAYMENT]), run=run)
    assert plan.after.status is SettlementStatus.COMPLETED


def test_last_rows__that_do_not_come_to_the_files_sum__are_no_plan() -> None:
    run = a_run(rows=1, gross_minor=5_001)
    with pytest.raises(ValueError, match="do not come to what the first reading found"):
        planned([a_row()], books_of([PAYMENT]), run=run)


def test_settled__are_as_they_were_read() -> None:
    plan = planned([a_row()], books_of([PAYMENT]))
    (item,) = plan.settled
    assert item is PAYMENT
    assert isinstance(item, Payment | Refund)
    assert item.settlement_id is None
