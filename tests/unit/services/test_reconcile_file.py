"""A settlement file, from its announcement to the end of its run."""

from typing import Any

import pytest

from oncepay.domain.settlement import BreakKind, SettlementStatus
from oncepay.services.get_payment import get_payment
from oncepay.services.reconcile_file import Ending
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from tests.books import Books
from tests.builders import MERCHANT, World, id_of
from tests.dropped_files import Drop, a_file, a_line


@pytest.fixture
def drop(database: Database, tables: dict[str, str]) -> Drop:
    return Drop(database, tables)


@pytest.fixture
def three(world: World) -> list[str]:
    """pay_A, pay_B and pay_C: 5000 USD each, fee 100."""
    world.deposit()
    return [id_of(world.pay(key=f"order-{n}")) for n in "ABC"]


def payment_of(world: World, payment_id: str) -> Any:
    return get_payment(MERCHANT, payment_id, database=world.database, budget=world.budget)


def test_reconcile__worked_example__every_row_has_its_place(drop: Drop, three: list[str]) -> None:
    a, b, c = three
    run = drop.settle(
        a_line(a, row_id="r1"),
        a_line(b, 5007, row_id="r2"),
        a_line(c, 5000, 90, row_id="r3"),
        a_line(a, row_id="r4"),
        a_line("pay_nobody", row_id="r5"),
        a_line(a, "12.50", row_id="r6"),
    )
    assert run.status is SettlementStatus.COMPLETED
    assert (run.booked, run.matched, run.breaks, run.rejected) == (6, 1, 5, 1)
    assert drop.breaks(run.id) == [
        (2, "amount_mismatch"),
        (3, "fee_mismatch"),
        (4, "duplicate_row"),
        (5, "missing_in_ledger"),
        (6, "rejected_row"),
    ]
    assert run.breaks_by_kind == {
        BreakKind.AMOUNT_MISMATCH: 1,
        BreakKind.FEE_MISMATCH: 1,
        BreakKind.DUPLICATE_ROW: 1,
        BreakKind.MISSING_IN_LEDGER: 1,
        BreakKind.REJECTED_ROW: 1,
    }
    assert run.totals is not None
    assert run.totals.gross_minor == {"USD": 25_007}
    assert run.totals.fee_minor == {"USD": 490}


def test_reconcile__matched__payment_is_marked_and_nothing_is_posted(
    drop: Drop, three: list[str], world: World, books: Books
) -> None:
    ledger = books.items("ledger")
    run = drop.settle(a_line(three[0]))
    payment = payment_of(world, three[0]).payment
    assert (payment.settlement_id, payment.version) == (run.id, 2)
    assert payment.settled_at == payment.updated_at > payment.created_at
    assert payment_of(world, three[1]).payment.settlement_id is None
    assert books.items("ledger") == ledger


def test_reconcile__stored_run__is_what_was_answered(drop: Drop, three: list[str]) -> None:
    run = drop.settle(a_line(three[0]), a_line("pay_nobody"))
    assert drop.run(run.id) == run


def test_reconcile__announced_again__writes_nothing(drop: Drop, three: list[str]) -> None:
    source = drop.put(a_file(a_line(three[0]), a_line("pay_nobody")))
    drop.take(source)
    before = drop.everything()
    assert drop.take(source).ending is Ending.DONE
    assert drop.everything() == before


def test_reconcile__same_content_under_another_name__is_a_copy_that_books_nothing(
    drop: Drop, three: list[str], world: World
) -> None:
    content = a_file(a_line(three[0]), a_line("pay_nobody"))
    original = drop.take(drop.put(content)).run
    copy = drop.take(drop.put(content, "incoming/again.csv")).run
    assert copy.status is SettlementStatus.COMPLETED
    assert copy.duplicate_of == original.id
    assert (copy.booked, drop.breaks(copy.id)) == (0, [])
    assert copy.totals is not None
    assert original.totals is not None
    assert copy.totals.sha256 == original.totals.sha256
    assert payment_of(world, three[0]).payment.settlement_id == original.id


def test_reconcile__same_name_other_content__is_another_run(drop: Drop, three: list[str]) -> None:
    first = drop.settle(a_line(three[0]))
    second = drop.settle(a_line(three[0], row_id="again"))
    assert second.id != first.id
    assert drop.breaks(second.id) == [(1, "already_settled")]


def test_reconcile__equal_refunds__nth_row_settles_nth_refund(
    drop: Drop, three: list[str], world: World
) -> None:
    ids = [id_of(world.refund(three[0], 300, key=f"refund-{n}")) for n in range(2)]
    row = a_line(three[0], 300, 0, type_="refund")
    run = drop.settle(row, row, row)
    assert drop.breaks(run.id) == [(3, "duplicate_row")]
    refunds = payment_of(world, three[0]).refunds
    assert {r.id: (r.settlement_id, r.version) for r in refunds} == {
        ids[0]: (run.id, 2),
        ids[1]: (run.id, 2),
    }


def test_reconcile__payment_and_its_refund__are_settled_by_one_write(
    drop: Drop, three: list[str], world: World
) -> None:
    world.refund(three[0])
    run = drop.settle(a_line(three[0]), a_line(three[0], 5000, 0, type_="refund"))
    assert (run.matched, run.breaks) == (2, 0)


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        pytest.param({"amount_minor": 300}, "orphan_refund", id="no_refund_at_all"),
        pytest.param({"amount_minor": 301, "refunded": 300}, "amount_mismatch", id="other_amount"),
        pytest.param(
            {"amount_minor": 300, "refunded": 300, "fee_minor": 6}, "fee_mismatch", id="fee"
        ),
        pytest.param(
            {"amount_minor": 300, "refunded": 300, "currency": "EUR"},
            "currency_mismatch",
            id="currency",
        ),
    ],
)
def test_reconcile__refund_row_that_differs__is_a_break(
    row: dict[str, Any], kind: str, drop: Drop, three: list[str], world: World
) -> None:
    if "refunded" in row:
        world.refund(three[0], row["refunded"])
    line = a_line(
        three[0],
        row["amount_minor"],
        row.get("fee_minor", 0),
        type_="refund",
        currency=row.get("currency", "USD"),
    )
    assert drop.breaks(drop.settle(line).id) == [(1, kind)]


def test_reconcile__declined_payment__is_a_status_mismatch(drop: Drop, world: World) -> None:
    declined = id_of(world.pay())
    assert drop.breaks(drop.settle(a_line(declined)).id) == [(1, "status_mismatch")]


def test_reconcile__currency_differs__is_a_currency_mismatch(drop: Drop, three: list[str]) -> None:
    run = drop.settle(a_line(three[0], currency="EUR"))
    assert drop.breaks(run.id) == [(1, "currency_mismatch")]


def test_reconcile__header_only__is_completed_without_rows(drop: Drop) -> None:
    run = drop.settle()
    assert (run.status, run.booked, run.percent) == (SettlementStatus.COMPLETED, 0, 100)


def test_reconcile__file_refused__is_quarantined_with_its_reason(
    drop: Drop, three: list[str], world: World
) -> None:
    run = drop.take(drop.put(a_file(a_line(three[0]), '"open,payment'))).run
    assert run.status is SettlementStatus.QUARANTINED
    assert run.reason == "a quote opened in line 3 is never closed"
    assert drop.run(run.id) == run
    assert payment_of(world, three[0]).payment.version == 1


def test_reconcile__quarantined__lets_go_of_nothing_and_is_not_tried_again(drop: Drop) -> None:
    source = drop.put(b"nonsense")
    drop.take(source)
    before = drop.everything()
    drop.take(source)
    assert drop.everything() == before


def test_reconcile__deleted_before_it_is_read__fails_with_its_reason(drop: Drop) -> None:
    source = drop.put(a_file())
    drop.delete(source)
    run = drop.take(source).run
    assert run.status is SettlementStatus.FAILED
    assert run.reason is not None
    assert run.reason.startswith("the file is gone")


def test_reconcile__overwritten_before_it_is_read__reads_the_version_announced(
    drop: Drop, three: list[str]
) -> None:
    source = drop.put(a_file(a_line(three[0])))
    drop.put(b"another content")
    assert drop.take(source).run.matched == 1


def test_reconcile__overwritten_where_no_versions_are_kept__fails_with_its_reason(
    drop: Drop,
) -> None:
    source = drop.put(a_file())
    drop.put(b"another content")
    without_version = type(source)(
        bucket=source.bucket, key=source.key, version_id=None, etag=source.etag
    )
    run = drop.take(without_version).run
    assert run.status is SettlementStatus.FAILED
    assert run.reason == "the file was overwritten before it was read to its end"


def test_reconcile__row_id_like_a_card_number__is_matched_and_never_shown(
    drop: Drop, three: list[str]
) -> None:
    card = "4111111111111111"
    run = drop.settle(
        a_line(three[0], row_id=card),
        a_line(three[1], 1, row_id=card),
    )
    assert (run.matched, drop.breaks(run.id)) == (1, [(2, "amount_mismatch")])
    [shown] = [raw["reason"]["S"] for raw in drop.items(run.id, "break#")]
    assert card not in shown


def test_reconcile__no_time_left__is_carried_on_later(drop: Drop, three: list[str]) -> None:
    source = drop.put(a_file(a_line(three[0])))
    assert drop.take(source, budget=Budget(0)).ending is Ending.UNFINISHED
    assert drop.take(source).run.matched == 1


def test_reconcile__unknown_payment_ids_of_any_form__are_missing(drop: Drop) -> None:
    run = drop.settle(
        a_line("pay_" + "a" * 26), a_line("nobody"), a_line("x" * 100, type_="refund")
    )
    assert run.breaks_by_kind == {BreakKind.MISSING_IN_LEDGER: 3}
