"""How CloudWatch is asked for what the functions used, and what is made of its answers."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from botocore.parsers import ResponseParserError

from oncepay.domain.errors import StorageUnavailable
from oncepay.domain.measured_period import Period
from oncepay.storage import usage_metrics
from oncepay.storage.usage_metrics import MAX_PAGES, read_use

START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
PERIOD = Period(start=START, end=START + timedelta(hours=2), step_seconds=60)
FUNCTIONS = {"query": "oncepay-dev-query", "sweep": "oncepay-dev-sweep"}


class CloudWatch:
    """Answers by a script, and keeps what it was asked."""

    def __init__(self, *pages: Any) -> None:
        self._pages: Iterator[Any] = iter(pages)
        self.asked: list[dict[str, Any]] = []

    def get_metric_data(self, **request: Any) -> Any:
        self.asked.append(dict(request))
        page = next(self._pages)
        if isinstance(page, Exception):
            raise page
        return page


def a_result(number: int, *values: float, status: str = "Complete") -> dict[str, Any]:
    return {"Id": f"m{number}", "Values": list(values), "StatusCode": status}


def a_page(*results: dict[str, Any], token: str | None = None) -> dict[str, Any]:
    return {"MetricDataResults": list(results)} | ({"NextToken": token} if token else {})


def ask(monkeypatch: pytest.MonkeyPatch, *pages: Any) -> tuple[Any, CloudWatch]:
    cloudwatch = CloudWatch(*pages)
    monkeypatch.setattr(usage_metrics, "_client", lambda: cloudwatch)
    return read_use(FUNCTIONS, PERIOD), cloudwatch


def test_request__is_one_for_all_functions_and_metrics(monkeypatch: pytest.MonkeyPatch) -> None:
    _, cloudwatch = ask(monkeypatch, a_page())
    (request,) = cloudwatch.asked
    assert (request["StartTime"], request["EndTime"]) == (PERIOD.start, PERIOD.end)
    asked = [
        (
            query["MetricStat"]["Metric"]["Dimensions"],
            query["MetricStat"]["Metric"]["MetricName"],
        )
        for query in request["MetricDataQueries"]
    ]
    assert asked == [
        ([{"Name": "function", "Value": name}], metric)
        for name in FUNCTIONS.values()
        for metric in ("Calls", "Milliseconds", "WriteUnits", "ReadUnits")
    ]


def test_query__is_of_sums_in_the_period_s_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    _, cloudwatch = ask(monkeypatch, a_page())
    assert cloudwatch.asked[0]["MetricDataQueries"][0] == {
        "Id": "m0",
        "MetricStat": {
            "Metric": {
                "Namespace": "Oncepay",
                "MetricName": "Calls",
                "Dimensions": [{"Name": "function", "Value": "oncepay-dev-query"}],
            },
            "Period": 60,
            "Stat": "Sum",
        },
    }


def test_values__are_added_up_by_function(monkeypatch: pytest.MonkeyPatch) -> None:
    results = [a_result(0, 2, 3), a_result(1, 40.0), a_result(3, 0.5, 1.5), a_result(6, 7)]
    (query, sweep), _ = ask(monkeypatch, a_page(*results))
    assert (query.function, query.calls, query.milliseconds) == ("query", 5, 40)
    assert (query.write_units, query.read_units) == (0, Decimal("2.0"))
    assert (sweep.function, sweep.calls, sweep.write_units) == ("sweep", 0, 7)


def test_answer_in_parts__is_asked_for_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    first = a_page(a_result(0, 1, status="PartialData"), token="more")
    (query, _), cloudwatch = ask(monkeypatch, first, a_page(a_result(0, 2)))
    assert query.calls == 3
    assert [request.get("NextToken") for request in cloudwatch.asked] == [None, "more"]


@pytest.mark.parametrize("status", ["InternalError", "Forbidden"])
def test_metric_that_is_not_told__is_no_zero(monkeypatch: pytest.MonkeyPatch, status: str) -> None:
    with pytest.raises(StorageUnavailable):
        ask(monkeypatch, a_page(a_result(0, status=status)))


def test_answer_without_end__is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(StorageUnavailable):
        ask(monkeypatch, *[a_page(token="more")] * MAX_PAGES)


@pytest.mark.parametrize(
    "error",
    [
        ClientError({"Error": {"Code": "AccessDenied", "Message": ""}}, "GetMetricData"),
        EndpointConnectionError(endpoint_url="https://monitoring.example"),
        ResponseParserError("no such form"),
        UnicodeDecodeError("utf-8", b"\xff", 0, 1, "no text"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_cloudwatch__that_does_not_answer__is_unavailable(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    with pytest.raises(StorageUnavailable):
        ask(monkeypatch, error)
