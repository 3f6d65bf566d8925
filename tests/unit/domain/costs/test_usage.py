"""What a workload uses: units by AWS's rules, bytes, milliseconds; each with its arithmetic."""

from decimal import Decimal
from typing import Any

import pytest

from oncepay.domain.costs.bill import COMPARED, Used, bill_of
from oncepay.domain.costs.calls import CALLS
from oncepay.domain.costs.item_sizes import sizes_with
from oncepay.domain.costs.prices import Line, prices_of
from oncepay.domain.costs.usage import GB, units_of_call, usage_of
from oncepay.domain.costs.workload import Workload

PLAIN = sizes_with(0, event_bytes=1_000, page_bytes=4096)


def used(line: Line, **members: Any) -> list[Used]:
    found = usage_of(Workload.of(members))
    return [one for one in found if one.line is line and not one.is_fixed]


def quantity(line: Line, **members: Any) -> Decimal:
    return sum((one.quantity for one in used(line, **members)), Decimal(0))


@pytest.mark.parametrize(
    ("kind", "units"),
    [
        ("authorizations", (19, 0)),
        ("balance_reads", (0, "1.5")),
        ("break_rows", (3, 2)),
        ("captures", (24, 6)),
        ("charge_rows", (4, 2)),
        ("charges", (23, 0)),
        ("declines", (13, 0)),
        ("deposits", (8, 0)),
        ("events_known", (3, 2)),
        ("events_repeated", (0, 1)),
        ("list_reads", (0, "0.5")),
        ("payment_reads", (0, 2)),
        ("payment_rows", (3, 2)),
        ("payments", (9, 0)),
        ("processor_refunds", (30, 6)),
        ("refund_rows", (2, 2)),
        ("refunds", (11, 6)),
        ("replays", (8, 0)),
        ("settlement_files", (13, 2)),
        ("voids", (19, 6)),
    ],
)
def test_units__of_each_kind(kind: str, units: tuple[int, object]) -> None:
    writes, reads = units
    assert units_of_call(kind, PLAIN) == (writes, Decimal(str(reads)))


def test_long_payment__costs_more_in_table_and_index() -> None:
    sizes = sizes_with(600, event_bytes=1_000, page_bytes=4096)
    assert units_of_call("payments", sizes)[0] == 9 + 2 + 1


def test_longer_answer__costs_more_in_its_record() -> None:
    sizes = sizes_with(1_300, event_bytes=1_000, page_bytes=4096)
    assert units_of_call("payments", sizes)[0] == 9 + 2 + 1 + 2


def test_page__of_five_kilobytes__is_a_whole_unit() -> None:
    sizes = sizes_with(0, event_bytes=1_000, page_bytes=5_000)
    assert units_of_call("list_reads", sizes)[1] == 1


def test_queries_per_payment__are_pages_of_a_list_beside_those_counted() -> None:
    (reads,) = used(Line.READS, payments=10, queries_per_payment="5.2", list_reads=8)[:1]
    assert (reads.quantity, reads.how) == (Decimal(30), "60 pages of a list x 0.5 units")


def test_keys__are_looked_up_once_a_minute_at_most() -> None:
    found = used(Line.READS, payments=43_200 * 999, merchants=1)
    assert [one.how for one in found] == ["43,157 look-ups of a key x 2 units"]


def test_keys__of_rare_callers__are_looked_up_nearly_every_time() -> None:
    found = used(Line.READS, payments=1_000, merchants=1_000)
    assert [one.how for one in found] == ["1,000 look-ups of a key x 2 units"]


def test_storage__is_what_is_kept_after_so_many_months() -> None:
    found = used(Line.STORAGE, payments=30, retention_days=60)
    # Payment and entry, and the payment in the list once more; 100 bytes beside each.
    assert [one.quantity * GB for one in found] == [30 * 2 * 1_731, 30 * 533 / Decimal(30)]


def test_backups__are_of_tables_without_their_indexes() -> None:
    assert quantity(Line.BACKUPS, payments=30, retention_days=30) * GB == 30 * 1_087


def test_backups__switched_off__cost_nothing() -> None:
    assert quantity(Line.BACKUPS, payments=30, backups="false") == 0


def test_functions__time_is_processor_and_waiting() -> None:
    found = used(Line.LAMBDA_ARM64, payments=1_000, memory_mb=1769, cold_percent=0, cpu_ms=2,
                 transaction_ms=8)  # fmt: skip
    assert found[0].quantity == Decimal(1_000) * 10 / 1_000 * 1769 / 1024


def test_functions__with_half_the_memory__take_twice_the_processor_time() -> None:
    whole = used(Line.LAMBDA_ARM64, payments=1, memory_mb=1024, transaction_ms=0, cold_percent=0)
    half = used(Line.LAMBDA_ARM64, payments=1, memory_mb=512, transaction_ms=0, cold_percent=0)
    assert whole[0].quantity == half[0].quantity


def test_architecture__is_a_line_of_its_own() -> None:
    assert not used(Line.LAMBDA_ARM64, payments=1, architecture="x86_64")
    assert used(Line.LAMBDA_X86_64, payments=1, architecture="x86_64")


def test_api__is_rest_or_http() -> None:
    assert quantity(Line.API_REST, payments=3, events_known=2) == 5
    assert quantity(Line.API_HTTP, payments=3, api="http") == 3
    assert quantity(Line.API_REST, payments=3, api="http") == 0


def test_rows__are_booked_by_the_transaction() -> None:
    members = {"settlement_files": 1, "payment_rows": 150}
    assert quantity(Line.WRITES, **members) == 13 + 150 * 3 + 2 * 2


def test_rows__of_many_small_files__are_a_transaction_each() -> None:
    members = {"settlement_files": 10, "charge_rows": 20}
    assert quantity(Line.WRITES, **members) == 10 * 13 + 20 * 4 + 10 * (2 + 4)


def test_rows__without_a_file__are_of_one() -> None:
    assert quantity(Line.WRITES, payment_rows=1) == 13 + 3 + 2


def test_nothing__but_what_time_brings() -> None:
    assert all(one.is_fixed for one in usage_of(Workload()))


def test_million_payments__of_the_claim__are_at_most_nine_dollars() -> None:
    workload = Workload.of(
        {"payments": 1_000_000, "queries_per_payment": "5.2", "retention_days": 90}
    )
    bill = bill_of(usage_of(workload), prices_of("us-east-1"))
    assert bill.usd_of(COMPARED, fixed=False) <= 9


def test_each_kind__has_sizes_for_all_that_it_names() -> None:
    for name, call in CALLS.items():
        named = {*call.transacted, *call.indexed, *call.kept, *call.kept_indexed}
        named |= {item for read in call.reads for item in read.items}
        assert named <= PLAIN.keys(), name
