"""From what was measured to the lines of a bill: each function's, the tables', the metrics' own."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from botocore.exceptions import EndpointConnectionError

from oncepay.domain.costs.bill import Used
from oncepay.domain.costs.prices import Line
from oncepay.domain.deployment import Deployment
from oncepay.domain.errors import InternalError, InvalidRequest, StorageUnavailable
from oncepay.domain.function_use import FunctionUse
from oncepay.domain.measured_period import Period
from oncepay.services import measure_costs as module
from oncepay.services.measure_costs import Measured, measure_costs, used_of
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from oncepay.storage.table_sizes import TableSize, read_table_sizes

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
# A tenth of a month of 30 days.
PERIOD = Period(start=NOW - timedelta(days=3), end=NOW, step_seconds=60)
GB = 2**30


def a_deployment(**overrides: object) -> Deployment:
    values: dict[str, object] = {
        "name": "oncepay-dev",
        "region": "us-east-1",
        "architecture": "arm64",
        "memory_mb": 512,
        "tables": (),
        "sampled_one_in": 1,
    }
    return Deployment(**(values | overrides))  # type: ignore[arg-type]


def a_use(
    function: str, *, calls: int = 0, ms: int = 0, writes: str = "0", reads: str = "0"
) -> FunctionUse:
    return FunctionUse(
        function=function,
        calls=Decimal(calls),
        milliseconds=Decimal(ms),
        write_units=Decimal(writes),
        read_units=Decimal(reads),
    )  # fmt: skip


def used(
    *uses: FunctionUse, sizes: tuple[TableSize, ...] = (), deployment: Deployment | None = None
) -> list[Used]:
    return list(used_of(uses, sizes, deployment or a_deployment(), PERIOD))


def of_line(found: list[Used], line: Line) -> list[Decimal]:
    return [one.quantity for one in found if one.line is line]


def test_function_behind_the_api__is_units_calls_time_and_requests_of_the_gateway() -> None:
    found = used(a_use("process_payment", calls=1000, ms=20_000, writes="9000", reads="2.5"))
    assert [(one.line, one.quantity) for one in found if one.line is not Line.METRICS] == [
        (Line.WRITES, 9000),
        (Line.READS, Decimal("2.5")),
        (Line.LAMBDA_REQUESTS, 1000),
        # 20 seconds of half a gigabyte.
        (Line.LAMBDA_ARM64, 10),
        (Line.API_REST, 1000),
    ]


@pytest.mark.parametrize("function", ["authorizer", "sweep", "reconcile"])
def test_function_not_behind_the_api__is_no_request_of_the_gateway(function: str) -> None:
    assert of_line(used(a_use(function, calls=5, ms=50)), Line.API_REST) == []


@pytest.mark.parametrize("function", ["process_payment", "query", "webhook"])
def test_functions_behind_the_api__are_these(function: str) -> None:
    assert of_line(used(a_use(function, calls=5, ms=50)), Line.API_REST) == [5]


def test_function_that_was_not_called__has_no_line() -> None:
    assert used(a_use("query")) == []


def test_time__is_of_the_architecture_that_the_stack_has() -> None:
    found = used(a_use("query", calls=1, ms=1000), deployment=a_deployment(architecture="x86_64"))
    assert of_line(found, Line.LAMBDA_X86_64) == [Decimal("0.5")]
    assert of_line(found, Line.LAMBDA_ARM64) == []


def test_arithmetic__is_told() -> None:
    found = used(a_use("query", calls=1200, ms=30_000, reads="1800.5"))
    assert [one.how for one in found] == [
        "1,800.5 units of 1,200 calls of query",
        "1,200 calls of query",
        "30,000 ms of 1,200 calls of query x 0.5 GB",
        "1,200 calls of query, by the gateway",
        "3 metrics of usage x 3.00 of 30 days",
    ]


def test_sweep__is_there_whatever_the_traffic_but_for_what_it_writes() -> None:
    found = used(a_use("sweep", calls=3, ms=90, writes="8", reads="48"))
    fixed = {one.line for one in found if one.is_fixed}
    assert fixed == {Line.READS, Line.LAMBDA_REQUESTS, Line.LAMBDA_ARM64, Line.METRICS}


def test_tables__are_stored_for_their_part_of_the_month() -> None:
    size = TableSize(items=0, item_bytes=20 * GB, index_entries=0, index_bytes=10 * GB)
    size_with_items = TableSize(
        items=GB // 100, item_bytes=0, index_entries=GB // 100, index_bytes=0
    )
    found = used(sizes=(size, size_with_items))
    # And a hundred bytes of each item and of each index entry: a gigabyte, but for 24 bytes, twice.
    assert of_line(found, Line.STORAGE)[0].quantize(Decimal("0.0001")) == Decimal("3.2")
    assert of_line(found, Line.BACKUPS)[0].quantize(Decimal("0.0001")) == Decimal("2.1")


def test_empty_tables__have_no_line() -> None:
    assert used(sizes=(TableSize(items=0, item_bytes=0, index_entries=0, index_bytes=0),)) == []


def test_metrics__are_those_that_were_reported_for_their_part_of_the_month() -> None:
    found = used(a_use("query", calls=1, ms=1, reads="0.5"), a_use("sweep", calls=1, ms=1))
    assert of_line(found, Line.METRICS) == [Decimal("0.5")]


def measured(monkeypatch: pytest.MonkeyPatch, **overrides: object) -> Measured:
    """As the service does it, on the functions and tables given here."""
    uses = [a_use("process_payment", calls=1_000_000, ms=20_000_000, writes="9000000")]
    monkeypatch.setattr(module, "read_use", lambda *_: uses)
    monkeypatch.setattr(module, "read_table_sizes", lambda *_: [])
    asked: dict[str, object] = {
        "start": PERIOD.start,
        "end": PERIOD.end,
        "region": None,
        "now": NOW,
        "budget": Budget(9),
        "database": None,
    }
    return measure_costs(a_deployment(), **(asked | overrides))  # type: ignore[arg-type]


def test_bill__is_of_the_stack_s_own_region(monkeypatch: pytest.MonkeyPatch) -> None:
    assert measured(monkeypatch).bill.region == "us-east-1"


def test_bill__is_of_another_region_if_that_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    assert measured(monkeypatch, region="eu-west-1").bill.region == "eu-west-1"


def test_region_without_prices__is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InvalidRequest) as refused:
        measured(monkeypatch, region="mars-1")
    assert refused.value.param == "region"


def test_allowances__are_those_of_the_period(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lambda gives a million requests a month, so a tenth of that in a tenth of a month. Source:
    AWS Lambda pricing, free tier, as of 2026-11.
    """
    bill = measured(monkeypatch).bill
    (requests,) = [one for one in bill.lines if one.used.line is Line.LAMBDA_REQUESTS]
    assert requests.price.free == 100_000
    assert bill.given(Line.LAMBDA_REQUESTS) == requests.usd / 10


def test_table_that_does_not_answer__is_unavailable(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise EndpointConnectionError(endpoint_url="https://dynamodb.example")

    monkeypatch.setattr(database._connection, "dispatch", fail)
    with pytest.raises(StorageUnavailable):
        read_table_sizes(["one"], database, Budget(0))


def test_table_that_is_not_there__is_a_wrong_deployment(database: Database) -> None:
    with pytest.raises(InternalError):
        read_table_sizes(["no-such-table"], database, Budget(9))


def test_table_sizes__are_those_that_dynamodb_says(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    described = {
        "ItemCount": 7,
        "TableSizeBytes": 700,
        "GlobalSecondaryIndexes": [
            {"ItemCount": 5, "IndexSizeBytes": 50},
            {"ItemCount": 1, "IndexSizeBytes": 10},
        ],
    }
    monkeypatch.setattr(Database, "describe_table", lambda *_: described)
    assert read_table_sizes(["one"], database, Budget(9)) == [
        TableSize(items=7, item_bytes=700, index_entries=6, index_bytes=60)
    ]
