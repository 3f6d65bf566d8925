"""What rows come to: by currency without payouts, by batch with them, rejected rows counted."""

import io
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncepay.domain.settlement_formats import tally
from oncepay.domain.settlement_formats.file import SettlementFile
from oncepay.domain.settlement_formats.format import Batch, Totals
from oncepay.domain.settlement_formats.native import NativeReader
from oncepay.domain.settlement_formats.row import (
    FileRefused,
    RejectedRow,
    RowKind,
    SettlementRow,
)
from oncepay.domain.settlement_formats.tally import Tally, prove
from tests.dropped_files import a_file, a_line


def a_row(gross_minor: int, cost_minor: int = 0, **overrides: Any) -> SettlementRow:
    values: dict[str, Any] = {
        "number": 1,
        "line": 2,
        "row_id": "txn_1",
        "kind": RowKind.PAYMENT,
        "payment_id": None,
        "reference": None,
        "own_reference": None,
        "gross_minor": gross_minor,
        "cost_minor": cost_minor,
        "fee_minor": None,
        "currency": "USD",
        "batch": "po_1",
        "occurred_at": datetime(2026, 1, 5, tzinfo=UTC),
    }
    return SettlementRow(**(values | overrides))


REJECTED = RejectedRow(number=1, line=2, column=None, rule="must be a row", value=None)


def totals_of(*rows: SettlementRow | RejectedRow) -> Totals:
    found = Tally()
    for row in rows:
        found.add(row)
    return found.totals()


def test_totals__of_nothing__are_empty() -> None:
    assert totals_of() == Totals(rows=0, gross_minor={}, cost_minor={}, batches={})


def test_totals__gross_and_cost__are_sums_by_currency() -> None:
    totals = totals_of(
        a_row(2_500, 103), a_row(-1_000, kind=RowKind.REFUND), a_row(700, 7, currency="EUR")
    )
    assert totals.gross_minor == {"USD": 1_500, "EUR": 700}
    assert totals.cost_minor == {"USD": 103, "EUR": 7}


def test_totals__payout__is_in_its_batch_and_in_no_sum() -> None:
    totals = totals_of(a_row(2_500, 103), a_row(-2_397, kind=RowKind.PAYOUT))
    assert totals.gross_minor == {"USD": 2_500}
    assert totals.cost_minor == {"USD": 103}
    assert totals.batches == {("po_1", "USD"): Batch(net_minor=2_397, payout_minor=2_397)}


def test_totals__batches__are_of_one_name_and_currency() -> None:
    totals = totals_of(a_row(10), a_row(20, batch="po_2"), a_row(30, currency="EUR"), a_row(-5, 1))
    assert totals.batches == {
        ("po_1", "USD"): Batch(net_minor=4, payout_minor=None),
        ("po_2", "USD"): Batch(net_minor=20, payout_minor=None),
        ("po_1", "EUR"): Batch(net_minor=30, payout_minor=None),
    }


def test_totals__batch_below_zero__is_kept() -> None:
    assert totals_of(a_row(-40, kind=RowKind.REFUND)).batches == {
        ("po_1", "USD"): Batch(net_minor=-40, payout_minor=None)
    }


def test_totals__payout_without_its_rows__is_a_batch_of_nothing() -> None:
    assert totals_of(a_row(-5, kind=RowKind.PAYOUT)).batches == {
        ("po_1", "USD"): Batch(net_minor=0, payout_minor=5)
    }


def test_totals__payout_that_came_back__is_taken_off() -> None:
    totals = totals_of(a_row(-9, kind=RowKind.PAYOUT), a_row(9, kind=RowKind.PAYOUT))
    assert totals.batches == {("po_1", "USD"): Batch(net_minor=0, payout_minor=0)}


def test_totals__rows_of_no_batch__are_in_none() -> None:
    totals = totals_of(a_row(10, batch=""))
    assert (totals.batches, totals.gross_minor) == ({}, {"USD": 10})


def test_tally__rejected_row__is_counted_and_in_no_sum() -> None:
    found = Tally()
    found.add(REJECTED)
    found.add(a_row(5))
    assert (found.rows, found.rejected) == (2, 1)
    assert found.totals().rows == 2
    assert found.totals().gross_minor == {"USD": 5}


def test_tally__more_batches_than_may_be__are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tally, "MAX_SUMS", 2)
    found = Tally()
    found.add(a_row(1))
    found.add(a_row(1, currency="EUR"))
    with pytest.raises(FileRefused) as refused:
        found.add(a_row(1, batch="po_2"))
    assert refused.value.reason == "the file has more than 2 batches and payouts; split it"


ROWS = st.just(REJECTED) | st.builds(
    a_row,
    st.integers(-(10**9), 10**9),
    st.integers(-999, 999),
    kind=st.sampled_from([RowKind.PAYMENT, RowKind.PAYMENT, RowKind.PAYOUT]),
    currency=st.sampled_from(["USD", "USD", "EUR"]),
    batch=st.sampled_from(["po_1", "po_1", "po_2", ""]),
    fee_minor=st.none() | st.integers(0, 99),
)


@given(st.lists(st.lists(ROWS, max_size=5), max_size=4))
def test_tally__rows_added_many_at_once__come_to_what_they_come_to_one_by_one(
    parts: list[list[SettlementRow | RejectedRow]],
) -> None:
    singly, together = Tally(), Tally()
    for part in parts:
        together.add_all(part)
        for row in part:
            singly.add(row)
    assert (together.rows, together.rejected) == (singly.rows, singly.rejected)
    assert together.totals() == singly.totals()
    assert together.fee_minor == singly.fee_minor


@pytest.mark.parametrize("kind", [RowKind.PAYMENT, RowKind.PAYOUT])
def test_tally__rows_of_one_batch_added_together__are_summed_by_hand(kind: RowKind) -> None:
    found = Tally()
    found.add_all(
        [a_row(70, 7, fee_minor=3), a_row(-20, 1, kind=kind, fee_minor=4), REJECTED, a_row(5)]
    )
    is_payout = kind is RowKind.PAYOUT
    assert found.totals() == Totals(
        rows=4,
        gross_minor={"USD": 75 if is_payout else 55},
        cost_minor={"USD": 7 if is_payout else 8},
        batches={
            ("po_1", "USD"): Batch(
                net_minor=68 if is_payout else 47, payout_minor=21 if is_payout else None
            )
        },
    )
    assert (found.rejected, found.fee_minor) == (1, {"USD": 7})


PAYPAL = b"""\
"RH",2026/01/06 02:44:19 -0800,"A","MERCH0000001",009,
"FH",01
"SH",2026/01/05 00:00:00 -0800,2026/01/05 23:59:59 -0800,"MERCH0000001",""
"CH","Transaction ID","Invoice ID","PayPal Reference ID","PayPal Reference ID Type",\
"Transaction Event Code","Transaction Initiation Date","Transaction Completion Date",\
"Transaction Debit or Credit","Gross Transaction Amount","Gross Transaction Currency",\
"Fee Debit or Credit","Fee Amount","Fee Currency","Custom Field"
"SB","5AA1","pay_01","","","T0006",2026/01/05 09:00:00 -0800,2026/01/05 09:00:00 -0800,\
"CR",2500,"USD","DR",103,"USD","pay_01"
"SB","5AA2","pay_01","5AA1","TXN","T1107",2026/01/05 11:00:00 -0800,2026/01/05 11:00:00 -0800,\
"DR",1000,"USD","CR",0,"USD","pay_01"
"SF","USD",2500,1000,0,103,"CR",0,"CR",1397,"CR",0,"CR",1397,"CR",0,"CR",0,2
"SC",2
"""


def test_prove__file_that_agrees_with_its_own_totals__has_its_sums() -> None:
    totals = prove(SettlementFile(io.BytesIO(PAYPAL))).totals()
    assert (totals.rows, totals.gross_minor, totals.cost_minor) == (
        2,
        {"USD": 1_500},
        {"USD": 103},
    )


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        pytest.param(b'"SF","USD",2500', b'"SF","USD",2501', id="sum"),
        pytest.param(b'"SC",2', b'"SC",3', id="count"),
        pytest.param(b'"SC",2\n', b"", id="cut_off"),
        pytest.param(b'"DR",1000', b'"DR"x,1000', id="row_that_is_no_record"),
    ],
)
def test_prove__file_that_does_not_agree_with_its_own_totals__is_refused(
    right: bytes, wrong: bytes
) -> None:
    with pytest.raises(FileRefused):
        prove(SettlementFile(io.BytesIO(PAYPAL.replace(right, wrong))))


def test_prove__native_file__has_its_sums() -> None:
    found = prove(
        SettlementFile(
            io.BytesIO(
                a_file(
                    a_line("pay_a", 5_000, 100),
                    a_line("pay_a", 2_000, 0, type_="refund"),
                    a_line("pay_b", 700, 7, currency="EUR"),
                    a_line("pay_c", "12.50"),
                )
            )
        )
    )
    assert (found.rows, found.rejected) == (4, 1)
    assert found.totals().gross_minor == {"USD": 3_000, "EUR": 700}
    assert dict(found.fee_minor) == {"USD": 100, "EUR": 7}


def test_prove__file_at_its_end__is_held_against_all_its_rows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    proved: list[Totals] = []
    monkeypatch.setattr(NativeReader, "prove", lambda reader, totals: proved.append(totals))
    prove(SettlementFile(io.BytesIO(a_file(a_line("pay_a"), "short", a_line("pay_b")))))
    assert proved == [
        Totals(rows=3, gross_minor={"USD": 10_000}, cost_minor={"USD": 0}, batches={})
    ]
