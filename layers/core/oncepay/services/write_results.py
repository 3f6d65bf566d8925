"""What is told of a run that has ended? Two files beside the one that was dropped, for whoever
works with files: what became of it, and its breaks as a table. Written again they are the same.
"""

import io
import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from oncepay.domain.result_files import BREAKS_NAME, SUMMARY_NAME, results_key
from oncepay.domain.settlement import Break, Settlement
from oncepay.domain.settlement_payouts import PayoutCheck
from oncepay.services.check_payouts import check_payouts
from oncepay.storage import breaks
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from oncepay.storage.objects import ObjectStore

COLUMNS = (
    "break_id",
    "kind",
    "row",
    "line",
    "payment_id",
    "amount_minor",
    "currency",
    "expected",
    "found",
    "reason",
    "correction",
)

MAX_PAGES = 10_000
"""A page of 1 MB has 400 breaks at least: so many are all rows of the largest file."""

type Summarize = Callable[[Settlement, Sequence[PayoutCheck]], dict[str, Any]]


def write_results(
    run: Settlement,
    *,
    summarize: Summarize,
    objects: ObjectStore,
    database: Database,
    budget: Budget,
) -> None:
    """Put the results of a run that has ended.

    Args:
        run: as it ended.
        summarize: says of the run what is told to the outside.
        objects: where its file is.
        database: where its breaks are.
        budget: the time left.

    Raises:
        StorageUnavailable: something did not answer; put them again.
        InternalError: the bucket refuses them.
    """
    bucket = run.source.bucket
    with tempfile.TemporaryFile("w+b") as table:
        _write_table(table, _read_breaks(run.id, database, budget))
        table.seek(0)
        objects.put(bucket, results_key(run.id, BREAKS_NAME), table, "text/csv; charset=utf-8")
    payouts = check_payouts(run.id, database=database, budget=budget)
    summary = json.dumps(summarize(run, payouts), indent=2, ensure_ascii=False) + "\n"
    content = io.BytesIO(summary.encode("utf-8", "replace"))
    objects.put(bucket, results_key(run.id, SUMMARY_NAME), content, "application/json")


def _write_table(file: Any, breaks: Iterator[Break]) -> None:
    # It escapes what a spreadsheet would take for a formula. Loaded by the one function that
    # writes tables, when it does.
    from defusedcsv import csv

    text = io.TextIOWrapper(file, "utf-8", errors="replace", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for found in breaks:
        writer.writerow(
            (
                found.id,
                found.kind.value,
                found.row,
                found.line,
                found.payment_id or "",
                "" if found.currency is None else found.gross_minor,
                found.currency or "",
                _facts(found.expected),
                _facts(found.found),
                found.reason,
                _correction(found),
            )
        )
    text.detach()


def _facts(facts: Any) -> str:
    return "; ".join(f"{name}: {value}" for name, value in sorted(facts.items()))


def _correction(found: Break) -> str:
    return "; ".join(f"{each.account} {each.amount_minor:+d}" for each in found.correction or ())


def _read_breaks(run_id: str, database: Database, budget: Budget) -> Iterator[Break]:
    every_row = breaks.break_range(from_row=1)
    for raw in database.query_all(
        "settlements", run_id, budget, range_condition=every_row, max_pages=MAX_PAGES
    ):
        yield breaks.break_from_raw(raw)
