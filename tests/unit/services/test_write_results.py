"""The results of a settlement in the bucket: these bytes, whatever stands in a file, and once more
the same if nobody knows whether they were put.
"""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any, BinaryIO

import pytest
from botocore.exceptions import ClientError

from oncepay.api.settlement_results import settlement_result_json
from oncepay.domain.errors import InternalError, StorageUnavailable
from oncepay.domain.settlement import Settlement, SettlementStatus
from oncepay.services.reconcile_file import Ending
from oncepay.services.write_results import write_results
from oncepay.storage import database as database_module
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from oncepay.storage.objects import ObjectStore
from tests.booked_files import BookedFiles
from tests.books import Books
from tests.builders import World, id_of
from tests.dropped_files import BUCKET, Drop, a_file, a_line
from tests.processor_files import stripe_file, stripe_row
from tests.stored_settlements import StoredSettlements, a_break
from tests.unit.services.test_reconcile_interrupted import Disturbed, Killed, kill

HEADER = (
    "break_id,kind,row,line,payment_id,amount_minor,currency,expected,found,reason,correction\r\n"
)


@pytest.fixture
def files(database: Database, tables: dict[str, str], books: Books) -> BookedFiles:
    return BookedFiles(Drop(database, tables), books)


@pytest.fixture
def drop(files: BookedFiles) -> Drop:
    return files.drop


@pytest.fixture
def paid(world: World) -> str:
    world.deposit()
    return id_of(world.pay())


def result(drop: Drop, run_id: str, name: str) -> bytes:
    body: bytes = drop.s3.get_object(Bucket=BUCKET, Key=f"results/{run_id}/{name}")["Body"].read()
    return body


def results(drop: Drop) -> dict[str, bytes]:
    """All there are, by key."""
    listed = drop.s3.list_objects_v2(Bucket=BUCKET, Prefix="results/").get("Contents", [])
    return {
        each["Key"]: drop.s3.get_object(Bucket=BUCKET, Key=each["Key"])["Body"].read()
        for each in listed
    }


def test_breaks__of_a_completed_run__are_these_bytes(drop: Drop, paid: str) -> None:
    run = drop.settle(
        a_line(paid, 5_007, row_id="r1"),
        a_line("pay_nobody", row_id="r2"),
        a_line(paid, "12.50", row_id="r3"),
        a_line(paid, row_id="r4"),
    )
    assert run.matched == 1
    of_run = f"brk_{run.id.removeprefix('set_')}"
    assert result(drop, run.id, "breaks.csv").decode() == HEADER + (
        f"{of_run}_1,amount_mismatch,1,2,{paid},5007,USD,amount_minor: 5000,amount_minor: 5007,"
        '"line 2, row r1: amount_minor is 5007 in the file and 5000 in the books",'
        "external:bank -7; suspense +7\r\n"
        f"{of_run}_2,missing_in_ledger,2,3,pay_nobody,5000,USD,,"
        "amount_minor: 5000; currency: USD; fee_minor: 100; type: payment,"
        '"line 3, row r2: there is no such payment",'
        "external:bank -5000; suspense +5000\r\n"
        f"{of_run}_3,rejected_row,3,4,,,,"
        '"rule: must be a whole number of minor units, 0 to 1000000000000000, in digits only",'
        "column: amount_minor; line: 4; value: 12.50,"
        '"line 4: column amount_minor must be a whole number of minor units, 0 to 1000000000000000,'
        " in digits only; it is '12.50'\",\r\n"
    )


def test_breaks__of_a_run_without_any__are_the_names_of_the_columns(drop: Drop, paid: str) -> None:
    run = drop.settle(a_line(paid))
    assert result(drop, run.id, "breaks.csv").decode() == HEADER


def test_summary__is_what_is_told_of_the_run_in_lines(drop: Drop, paid: str) -> None:
    run = drop.settle(a_line(paid))
    written = result(drop, run.id, "summary.json").decode()
    assert json.loads(written) == settlement_result_json(run, [])
    assert written.startswith(f'{{\n  "id": "{run.id}",\n  "object": "settlement",\n')
    assert written.endswith("}\n")


def test_summary__names_the_file_as_it_is(drop: Drop, paid: str) -> None:
    run = drop.settle(a_line(paid), key="incoming/für Käse.csv")
    assert '"key": "incoming/für Käse.csv"' in result(drop, run.id, "summary.json").decode()


@pytest.mark.parametrize(
    ("name", "type_"),
    [("breaks.csv", "text/csv; charset=utf-8"), ("summary.json", "application/json")],
)
def test_result__says_of_what_type_it_is(drop: Drop, paid: str, name: str, type_: str) -> None:
    run = drop.settle(a_line(paid))
    head = drop.s3.head_object(Bucket=BUCKET, Key=f"results/{run.id}/{name}")
    assert head["ContentType"] == type_


def rows_of(drop: Drop, run_id: str) -> list[dict[str, str]]:
    """As a spreadsheet reads it."""
    text = result(drop, run_id, "breaks.csv").decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


FORMULAS = ["=1+1", "+1", "-1+1", "@SUM(A1)", "|cmd", "%0", '=HYPERLINK("http://evil","x")']


@pytest.mark.parametrize("formula", FORMULAS)
@pytest.mark.parametrize("column", ["payment_id", "reason"])
def test_cell__that_a_spreadsheet_would_take_for_a_formula__is_text(
    drop: Drop, database: Database, budget: Budget, formula: str, column: str
) -> None:
    stored = StoredSettlements(database, budget)
    begun = stored.accept(stored.begin(), rows=1, gross_minor={})
    run = stored.book(begun, breaks=(a_break(begun.id, 1, **{column: formula}),))
    write(run, drop, database)
    (row,) = rows_of(drop, run.id)
    assert row[column].startswith("'")
    # A pipe is escaped besides.
    assert row[column].removeprefix("'").replace("\\|", "|") == formula


def test_cells_of_a_file__like_formulas__are_none_in_its_results(drop: Drop) -> None:
    run = drop.settle(a_line("=cmd"), a_line("pay_nobody", row_id="=1+1"), a_line("a", "=1+1"))
    found = rows_of(drop, run.id)
    assert len(found) == 3
    cells = [cell for row in found for cell in row.values()]
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "|", "%"))] == []


def test_amount__below_zero__is_a_number(files: BookedFiles) -> None:
    run = files.book(stripe_file(stripe_row("refund", -900, intent="pi_unknown")))
    (row,) = rows_of(files.drop, run.id)
    assert (row["amount_minor"], row["currency"]) == ("-900", "USD")
    assert row["correction"] == "external:simulated +900; suspense -900"


def write(run: Settlement, drop: Drop, database: Database) -> None:
    write_results(
        run,
        summarize=settlement_result_json,
        objects=drop.objects,
        database=database,
        budget=Budget(60, sleep=lambda _: None),
    )


def test_breaks__are_in_the_order_of_their_rows(drop: Drop) -> None:
    run = drop.settle(*(a_line("pay_nobody", row_id=f"r{n}") for n in range(1, 13)))
    assert [row["row"] for row in rows_of(drop, run.id)] == [str(n) for n in range(1, 13)]


def test_run__quarantined__has_a_summary_with_its_reason_and_no_breaks(drop: Drop) -> None:
    run = drop.take(drop.put(b"nonsense")).run
    summary = json.loads(result(drop, run.id, "summary.json"))
    assert (summary["status"], summary["reason"]) == ("quarantined", run.reason)
    assert result(drop, run.id, "breaks.csv").decode() == HEADER
    assert drop.run(run.id).reported_at is not None


def test_copy__has_no_results_of_its_own(drop: Drop, paid: str) -> None:
    content = a_file(a_line(paid))
    original = drop.take(drop.put(content)).run
    copy = drop.take(drop.put(content, "incoming/copy.csv")).run
    assert copy.duplicate_of == original.id
    assert drop.run(copy.id).reported_at is None
    assert {key.split("/")[1] for key in results(drop)} == {original.id}


def test_failed_run__has_no_results(drop: Drop) -> None:
    source = drop.put(a_file())
    drop.delete(source)
    assert drop.take(source).run.status is SettlementStatus.FAILED
    assert results(drop) == {}


def test_run__knows_when_its_results_were_put(drop: Drop, paid: str) -> None:
    run = drop.settle(a_line(paid))
    assert run.completed_at is not None
    assert run.reported_at is not None
    assert run.reported_at == run.updated_at > run.completed_at
    assert drop.run(run.id) == run


def test_results__once_put__are_not_put_again(drop: Drop, paid: str) -> None:
    source = drop.put(a_file(a_line(paid)))
    run = drop.take(source).run
    drop.s3.delete_object(Bucket=BUCKET, Key=f"results/{run.id}/summary.json")
    assert drop.take(source).ending is Ending.DONE
    assert list(results(drop)) == [f"results/{run.id}/breaks.csv"]


# Begin, claim and one chunk.
COMPLETED = 3


def test_worker__killed_between_the_end_and_the_results__leaves_them_to_the_next(
    drop: Drop, paid: str
) -> None:
    source = drop.put(a_file(a_line(paid), a_line("pay_nobody")))
    with pytest.raises(Killed):
        drop.take(source, database=Disturbed(drop.database, COMPLETED, kill, "after"))
    stored = drop.run(source.settlement_id)
    assert (stored.status, stored.reported_at) == (SettlementStatus.COMPLETED, None)
    assert results(drop) == {}
    assert drop.take(source).ending is Ending.DONE
    assert len(results(drop)) == 2


def test_results__put_again_since_nobody_knows__are_the_same_bytes(drop: Drop, paid: str) -> None:
    source = drop.put(a_file(a_line(paid), a_line("pay_nobody")))
    with pytest.raises(Killed):
        # They are put, and that is not written any more.
        drop.take(source, database=Disturbed(drop.database, COMPLETED + 1, kill, "before"))
    before = results(drop)
    drop.take(source)
    assert results(drop) == before
    assert len(before) == 2


class Refusing(ObjectStore):
    """A bucket that takes some results, and then no more."""

    def __init__(self, real: ObjectStore, puts: int, error: Exception) -> None:
        self._real, self._left, self._error = real, puts, error

    def open(self, source: Any) -> Any:
        return self._real.open(source)

    def put(self, bucket: str, key: str, content: BinaryIO, content_type: str) -> None:
        self._left -= 1
        if self._left < 0:
            raise self._error
        self._real.put(bucket, key, content, content_type)


@pytest.mark.parametrize("puts", [0, 1])
def test_bucket__that_does_not_answer__is_asked_again_by_the_next(
    drop: Drop, paid: str, puts: int
) -> None:
    source = drop.put(a_file(a_line(paid)))
    refusing = Refusing(drop.objects, puts, StorageUnavailable("the file store did not answer"))
    with pytest.raises(StorageUnavailable):
        drop.take(source, objects=refusing)
    assert drop.run(source.settlement_id).reported_at is None
    assert drop.take(source).run.reported_at is not None
    assert len(results(drop)) == 2


def test_time__is_up_when_the_last_row_is_booked__the_results_are_put_later(
    drop: Drop, paid: str
) -> None:
    source = drop.put(a_file(a_line(paid)))
    clock = [0.0]

    def time_is_up() -> None:
        clock[0] = 100.0

    budget = Budget(50, clock=lambda: clock[0], sleep=lambda _: None)
    disturbed = Disturbed(drop.database, COMPLETED, time_is_up, "after")
    taken = drop.take(source, database=disturbed, budget=budget)
    assert (taken.ending, taken.run.status) == (Ending.UNFINISHED, SettlementStatus.COMPLETED)
    assert results(drop) == {}
    assert drop.take(source).ending is Ending.DONE
    assert len(results(drop)) == 2


@pytest.fixture
def refused_by_s3(drop: Drop) -> Iterator[dict[str, Any]]:
    """What S3 answers to a put."""
    answer: dict[str, Any] = {}

    def put_object(**_: Any) -> None:
        said: Any = {
            "Error": {"Code": answer["code"]},
            "ResponseMetadata": {"HTTPStatusCode": answer["status"]},
        }
        raise ClientError(said, "PutObject")

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(drop.objects._client, "put_object", put_object)
        yield answer


@pytest.mark.parametrize(
    ("code", "status", "error"),
    [
        ("SlowDown", 503, StorageUnavailable),
        ("InternalError", 500, StorageUnavailable),
        ("RequestTimeout", 400, StorageUnavailable),
        ("AccessDenied", 403, InternalError),
        ("NoSuchBucket", 404, InternalError),
    ],
)
def test_put__that_s3_refuses__is_tried_again_where_that_may_help(
    drop: Drop, refused_by_s3: dict[str, Any], code: str, status: int, error: type[Exception]
) -> None:
    refused_by_s3.update(code=code, status=status)
    with pytest.raises(error):
        drop.objects.put(BUCKET, "results/x", io.BytesIO(b""), "text/csv")


def test_results__of_a_file_of_several_currencies_and_kinds__are_the_same_for_the_same_file(
    files: BookedFiles, database: Database
) -> None:
    content = stripe_file(
        stripe_row("charge", 900, 30, intent="pi_1"),
        stripe_row("charge", 700, 30, row_id="t2", intent="pi_2", currency="eur"),
        stripe_row("payout_reversal", 100, row_id="t3", source="po_0"),
    )
    run = files.book(content)
    before = results(files.drop)
    write(run, files.drop, database)
    assert results(files.drop) == before


def test_breaks__on_more_pages_than_other_partitions_have__are_all_told(
    drop: Drop, paid: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    query_page = Database.query_page

    def one_item(*args: Any, **options: Any) -> Any:
        return query_page(*args, **(options | {"limit": 1}))

    monkeypatch.setattr(Database, "query_page", one_item)
    monkeypatch.setattr(database_module, "MAX_PAGES", 2)
    run = drop.take(drop.put(a_file(*[a_line(f"pay_nobody{number}") for number in range(5)]))).run
    assert run.is_reported
    assert len(result(drop, run.id, "breaks.csv").splitlines()) == 6
