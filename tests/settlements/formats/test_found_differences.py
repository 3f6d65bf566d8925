"""What the fuzz once found that the project had otherwise than the oracle, as small as it gets."""

import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from oncepay.domain.settlement_formats.file import SettlementFile
from oncepay.domain.settlement_formats.tally import prove
from tests.settlements.formats import reads_native
from tests.settlements.formats.books import Books
from tests.settlements.formats.files import WRITERS
from tests.settlements.formats.in_memory import Tables
from tests.settlements.formats.layout import Layout
from tests.settlements.formats.oracle import PROCESSORS, expect, read
from tests.settlements.formats.said import Unreadable
from tests.settlements.formats.tellings import Telling
from tests.settlements.world import WorldDispute, WorldPayment, WorldRefund

PAYMENT = WorldPayment(
    id="pay_" + "a" * 26,
    merchant_id="mer_" + "a" * 16,
    amount_minor=5_000,
    fee_basis_points=200,
    fee_minor=100,
    currency="USD",
    status="succeeded",
    created_at="2026-11-01T00:00:00.000000Z",
    processor="stripe",
    reference="pi_1",
    captured_minor=5_000,
    pending_minor=4_900,
)
ROW = Telling(
    kind="payment",
    row_id="1",
    payment_id=PAYMENT.id,
    reference="pi_1",
    own_reference="ch_1",
    gross=5_000,
    cost=175,
    fee=100,
    currency="USD",
    at=datetime(2026, 11, 10, 9, 30, tzinfo=UTC),
)
REFUND_ROW = replace(ROW, kind="refund", own_reference=None, cost=0)
MATCHED = None


def refund(letter: str, amount_minor: int, **changes: str | None) -> WorldRefund:
    made = f"2026-11-02T00:00:0{'abc'.index(letter)}.000000Z"
    one = WorldRefund(id=f"re_{letter}", amount_minor=amount_minor, created_at=made)
    return replace(one, reference=f"re_{letter}", **changes)  # type: ignore[arg-type]


def dispute(letter: str, status: str) -> WorldDispute:
    made = f"2026-11-03T00:00:0{'abc'.index(letter)}.000000Z"
    return WorldDispute(
        id=f"dp_{letter}",
        amount_minor=2_000,
        created_at=made,
        status=status,
        reference=f"dp_{letter}",
    )


def buckets(
    payment: WorldPayment,
    *files: Sequence[Telling],
    file_format: str = "stripe",
    tolerance: int = 0,
) -> tuple[list[list[str | None]], list[list[str | None]]]:
    """Of each row of each file: by the oracle, and by the project."""
    world = {payment.id: payment}
    books, tables = Books(world), Tables(world, {})
    by_oracle: list[list[str | None]] = []
    by_project: list[list[str | None]] = []
    for nth, tellings in enumerate(files):
        totals = "missing" if file_format == "stripe" else "right"
        layout = Layout(totals=totals)
        content = layout.encode(WRITERS[file_format](tellings, layout))
        name = f"file {nth}"
        expected = expect(content, books, file_id=name, tolerance=tolerance)
        by_oracle.append([bucket.kind for bucket in expected.judged.buckets])
        booked = tables.book(content, PROCESSORS, name=name, tolerance=tolerance, chunk_rows=79)
        kinds = {one.row: one.kind.value for one in booked.breaks}
        by_project.append([kinds.get(row.number) for row in expected.rows])
    return by_oracle, by_project


def test_refund_within_the_tolerance__beside_another_one__is_that_refund() -> None:
    payment = replace(PAYMENT, refunds=(refund("a", 3_000), refund("b", 700)))
    rows = [replace(REFUND_ROW, gross=-701)]
    by_oracle, by_project = buckets(payment, rows, tolerance=1)
    assert by_oracle == [[MATCHED]]
    assert by_project == by_oracle


def test_refund_that_came_back__unnamed_beside_an_equal_one__is_the_one_that_did() -> None:
    payment = replace(PAYMENT, refunds=(refund("a", 700), refund("b", 700, status="failed")))
    rows = [replace(REFUND_ROW, kind="refund_failed", gross=700)]
    by_oracle, by_project = buckets(payment, rows)
    assert by_oracle == [[MATCHED]]
    assert by_project == by_oracle


def test_dispute_won__unnamed_beside_an_equal_one__is_the_one_that_was() -> None:
    payment = replace(PAYMENT, disputes=(dispute("a", "lost"), dispute("b", "won")))
    rows = [replace(ROW, kind="dispute_won", own_reference=None, gross=2_000)]
    by_oracle, by_project = buckets(payment, rows)
    assert by_oracle == [[MATCHED]]
    assert by_project == by_oracle


def test_release_of_a_charge__told_twice__is_a_duplicate() -> None:
    payment = replace(PAYMENT, captured_minor=3_000, pending_minor=2_900)
    release = replace(ROW, variant=3, gross=-2_000, cost=0, own_reference="ch_1_release")
    rows = [ROW, release, replace(release, row_id="3")]
    by_oracle, by_project = buckets(payment, rows, [release])
    assert by_oracle == [[MATCHED, MATCHED, "duplicate_row"], ["already_settled"]]
    assert by_project == by_oracle


def test_refund_and_that_it_came_back__in_one_file__agree_with_the_books() -> None:
    payment = replace(PAYMENT, refunds=(refund("a", 700, status="failed"),))
    went = replace(REFUND_ROW, own_reference="re_a", gross=-700)
    came_back = replace(went, row_id="2", kind="refund_failed", gross=700)
    by_oracle, by_project = buckets(payment, [went, came_back])
    assert by_oracle == [[MATCHED, MATCHED]]
    assert by_project == by_oracle


def test_row_without_any_name__in_a_corrected_file__is_not_booked_again() -> None:
    payment = replace(PAYMENT, processor="simulated")
    fee = replace(ROW, kind="fee", payment_id=None, reference=None, own_reference=None, gross=-250)
    by_oracle, by_project = buckets(payment, [ROW, fee], [fee], file_format="adyen")
    # The last row of each file is what was paid out, or carried over.
    assert [rows[:-1] for rows in by_oracle] == [[MATCHED, MATCHED], ["already_settled"]]
    assert by_project == by_oracle


def test_fee_that_names_a_payment__is_the_operators() -> None:
    world = {PAYMENT.id: PAYMENT}
    fee = replace(ROW, kind="fee", gross=-250, cost=0, own_reference="fee_1")
    layout = Layout(totals="missing")
    content = layout.encode(WRITERS["stripe"]([fee], layout))
    expected = expect(content, Books(world), file_id="file")
    booked = Tables(world, {}).book(content, PROCESSORS, name="file", tolerance=0, chunk_rows=79)
    assert expected.judged.changes == {
        ("operator", "USD", "costs"): -250,
        ("operator", "USD", "external:stripe"): 250,
    }
    assert booked.changes == expected.judged.changes


def test_payout_that_came_back__and_is_paid_out_with_the_next__proves_the_batch() -> None:
    text = (
        "automatic_payout_id,balance_transaction_id,created_utc,currency,gross,fee,net,"
        "reporting_category,source_id\n"
        "po_B,txn_1,2026-01-02 10:11:12,usd,25.00,1.00,24.00,charge,ch_1\n"
        "po_B,txn_2,2026-01-02 10:11:12,usd,40.00,0.00,40.00,payout_reversal,po_A\n"
        "po_B,txn_3,2026-01-05 00:00:00,usd,-64.00,0.00,-64.00,payout,po_B\n"
    )
    assert [row.number for row in read(text.encode())[1]] == [1, 2, 3]
    assert prove(SettlementFile(io.BytesIO(text.encode()))).rows == 3


def test_our_own_format__with_a_time_zone_that_there_is_not__is_rejected() -> None:
    row = f"r1,payment,{PAYMENT.id},5000,100,USD,2026-11-20T10:00:00+02:60"
    text = f"{','.join(reads_native.HEADER)}\n{row}\n"
    assert [type(one) for one in read(text.encode())[1]] == [Unreadable]
    assert prove(SettlementFile(io.BytesIO(text.encode()))).rejected == 1
