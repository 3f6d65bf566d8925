"""2,000 files, in make test 800, of which nobody knows beforehand what is in them: what the project
makes of each is what the oracle says, row by row and to the minor unit.
"""

import io
from collections import Counter
from collections.abc import Mapping

import pytest
from hypothesis import HealthCheck, given, settings

from oncepay.domain.settlement_formats.file import SettlementFile
from oncepay.domain.settlement_formats.row import FileRefused, RejectedRow
from oncepay.domain.settlement_formats.tally import prove
from tests.settlements.formats.books import Books
from tests.settlements.formats.files import FORMATS, Case, cases
from tests.settlements.formats.in_memory import MOST_ACTIONS, Booked, Tables
from tests.settlements.formats.oracle import PROCESSORS, Expected, expect, read
from tests.settlements.formats.said import QuarantinedError, Row, Said, Unreadable
from tests.thoroughness import THOROUGH

FILES_OF_EACH_FORMAT = 500 if THOROUGH else 120
"""Each with a second one that corrects it."""

SETTINGS = settings(
    max_examples=FILES_OF_EACH_FORMAT,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
BREAKS = {
    "rejected_row",
    "missing_in_ledger",
    "amount_mismatch",
    "currency_mismatch",
    "status_mismatch",
    "duplicate_row",
    "already_settled",
    "orphan_refund",
}
KINDS_OF_BREAK = {
    "native": BREAKS | {"fee_mismatch"},
    "stripe": BREAKS | {"payout_total_mismatch"},
    # One unreadable row, and their totals prove nothing.
    "paypal": BREAKS - {"rejected_row"} | {"payout_total_mismatch"},
    "adyen": BREAKS - {"rejected_row"} | {"payout_total_mismatch"},
}


def read_by_project(content: bytes) -> list[Row] | None:
    """Its rows in the oracle's words; None if the file is refused."""
    try:
        rows = list(SettlementFile(io.BytesIO(content)))
        prove(SettlementFile(io.BytesIO(content)))
    except FileRefused:
        return None
    return [
        Unreadable(row.number, row.line)
        if isinstance(row, RejectedRow)
        else Said(
            number=row.number,
            line=row.line,
            kind=row.kind.value,
            row_id=row.row_id,
            payment_id=row.payment_id,
            reference=row.reference,
            own_reference=row.own_reference,
            gross=row.gross_minor,
            cost=row.cost_minor,
            fee=row.fee_minor,
            currency=row.currency,
            batch=row.batch,
            at=row.occurred_at.replace(microsecond=0),
        )
        for row in rows
    ]


def read_by_oracle(content: bytes) -> list[Row] | None:
    try:
        return read(content)[1]
    except QuarantinedError:
        return None


def hold_run_against(booked: Booked, expected: Expected) -> None:
    """The run's own counts and sums: every row in one bucket."""
    run = booked.run
    assert run is not None
    assert run.totals is not None
    assert (run.totals.format, run.totals.rows) == (expected.format, len(expected.rows))
    assert with_money(run.totals.gross_minor) == with_money(expected.gross)
    assert with_money(run.totals.fee_minor) == with_money(expected.kept)
    kinds = Counter(bucket.kind for bucket in expected.judged.buckets if bucket.kind)
    assert {kind.value: count for kind, count in run.breaks_by_kind.items()} == kinds
    assert run.matched + sum(kinds.values()) == len(expected.rows)
    assert with_money(run.matched_minor) == with_money(expected.judged.matched)
    assert with_money(run.broken_minor) == with_money(expected.judged.broken)


def hold_against(booked: Booked, expected: Expected, books: Books) -> None:
    """All that a file did."""
    assert (booked.reason is not None) == expected.is_quarantined, booked.reason
    if expected.is_quarantined:
        return
    hold_run_against(booked, expected)
    wanted = expected.judged
    broken = [(one.row, one.kind, one.payment_id) for one in wanted.buckets if one.kind]
    assert [(one.row, one.kind.value, one.payment_id) for one in booked.breaks] == broken
    assert booked.marked.keys() == {one.settles for one in wanted.buckets if one.settles}
    assert all(len(runs) == 1 for runs in booked.marked.values())
    assert with_money(booked.changes) == with_money(wanted.changes)
    assert booked.most_actions <= MOST_ACTIONS
    corrections = {one.row: one.correction for one in wanted.buckets if one.correction}
    for one in booked.breaks:
        if one.correction is None:
            continue
        assert one.ledger_id is not None
        moves = {posting.account: posting.amount_minor for posting in one.correction}
        assert sum(moves.values()) == 0
        if one.row in corrections:
            assert (one.ledger_id.split("#")[0], moves) == corrections[one.row]


def with_money[K](sums: Mapping[K, int]) -> dict[K, int]:
    return {key: amount for key, amount in sums.items() if amount}


def books_of(case: Case) -> Books:
    return Books(case.world, case.paid)


@pytest.mark.parametrize("file_format", FORMATS)
def test_files__of_any_content__end_as_the_oracle_says(file_format: str) -> None:
    seen: Counter[str] = Counter()

    @SETTINGS
    @given(case=cases(file_format))
    def holds(case: Case) -> None:
        tables, books = Tables(case.world, case.paid), books_of(case)
        for nth, content in enumerate(case.contents):
            assert read_by_project(content) == read_by_oracle(content)
            name, tolerance = f"file {nth}", case.tolerance
            expected = expect(content, books, file_id=name, tolerance=tolerance)
            booked = tables.book(
                content, PROCESSORS, name=name, tolerance=tolerance, chunk_rows=case.chunk_rows
            )
            hold_against(booked, expected, books)
            seen["quarantined" if expected.is_quarantined else "booked"] += 1
            for bucket in expected.judged.buckets:
                seen[bucket.kind or "matched"] += 1

    holds()
    # What never comes up was not proved.
    assert seen["quarantined"] > FILES_OF_EACH_FORMAT // 20
    assert seen["booked"] > FILES_OF_EACH_FORMAT
    assert seen.keys() - {"quarantined", "booked", "matched"} == KINDS_OF_BREAK[file_format]
