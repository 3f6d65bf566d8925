"""What is told of a measured run follows from what was seen."""

import json
from decimal import Decimal
from typing import Any

from benchmarks.reconcile_figures import Figures, as_json, table
from benchmarks.reconcile_stored import Invocation, read_invocations
from benchmarks.reconcile_units import Counts, Units


def figures(**changes: Any) -> Figures:
    values: dict[str, Any] = {
        "engine": "ministack",
        "format": "stripe",
        "rows": 1_000,
        "file_bytes": 180_000,
        "began_at": "2026-11-21T20:00:00Z",
        "commit": "abc",
        "seconds": 4.0,
        "first_reading_seconds": 0.5,
        "expected": {"matched": 990, "amount_mismatch": 10},
        "found": {"amount_mismatch": 10, "matched": 990},
        "worker_processor_seconds": 0.5,
        "engine_processor_seconds": 1.5,
        "worker_peak_mib": 77.4,
        "invocations": [an_invocation(requests=20), an_invocation(requests=15)],
        "counts": Counts(payments=990, looked_up=1_000, chunks=14, entries=28, breaks=10),
        "units": Units(
            payment=2, payment_indexes=2, run=2, entry=2, balance=2, broken=3, read=Decimal(1)
        ),
        "moments": [],
        "machine": {"cores": 2, "load_average": [1.0, 2.0, 3.0]},
    }
    return Figures(**values | changes)


def an_invocation(**changes: Any) -> Invocation:
    values: dict[str, Any] = {
        "seconds": 2.0,
        "rows": 500,
        "requests": 20,
        "retries": 0,
        "ending": "done",
    }
    return Invocation(**values | changes)


def test_rows_per_second__is_end_to_end() -> None:
    assert figures().rows_per_second == 250.0


def test_requests__of_all_invocations__are_added() -> None:
    assert figures().requests == 35


def test_write_units__of_all_kinds__are_added() -> None:
    assert figures().write_units == 990 * 4 + 14 * 2 + 28 * 4 + 10 * 3


def test_bound__by_whichever_used_more_of_a_processor() -> None:
    bound = [figures(engine_processor_seconds=used).bound for used in (1.5, 0.4)]
    assert bound == ["the local AWS", "our own code"]


def test_expected__in_any_order__is_as_found() -> None:
    assert figures().is_as_expected()


def test_expected__one_row_elsewhere__is_not_as_found() -> None:
    assert not figures(found={"matched": 991, "amount_mismatch": 9}).is_as_expected()


def test_json__has_what_follows_from_the_figures() -> None:
    told = json.loads(json.dumps(as_json(figures())))
    names = ("rows_per_second", "requests_per_row", "write_units_per_row", "read_units_per_row")
    assert [told[name] for name in names] == [250.0, 0.035, 4.13, 1.0]


def test_table__says_rows_per_second() -> None:
    assert "end to end                        250 rows/s, 4.0 s" in table(figures())


def test_log__lines_of_settlements__are_read_and_others_passed_over() -> None:
    said = {
        "message": "settlement",
        "duration_ms": 1500.0,
        "rows": 7,
        "dynamodb_requests": 3,
        "dynamodb_retries": 1,
        "ending": "unfinished",
    }
    lines = ["START RequestId: 1", json.dumps(said), json.dumps({"message": "else"}), "END"]
    assert list(read_invocations(lines)) == [
        Invocation(seconds=1.5, rows=7, requests=3, retries=1, ending="unfinished")
    ]
