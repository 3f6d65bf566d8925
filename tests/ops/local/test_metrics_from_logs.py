"""What the local AWS makes of the functions' lines: the same metrics as CloudWatch does."""

import json
from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import pytest
from ministack.services import cloudwatch_logs

from oncepay.api.usage_report import UsageReport
from oncepay.storage.budget import Usage
from ops.local.metrics_from_logs import MAX_DATA, STORE, add_up, report, take_lines, watch_logs
from tests.events import LambdaContext

MINUTE = 1_795_262_400


def a_line(
    *,
    at_ms: int = MINUTE * 1000,
    function: str = "oncepay-local-query",
    names: Sequence[str] = ("Calls",),
    **values: object,
) -> str:
    directive = {
        "Namespace": "Oncepay",
        "Dimensions": [["function"]],
        "Metrics": [{"Name": name, "Unit": "Count"} for name in names],
    }
    metadata = {"Timestamp": at_ms, "CloudWatchMetrics": [directive]}
    return json.dumps({"message": "request", "_aws": metadata, "function": function, **values})


def a_datum(name: str, function: str, minute: int, *values: float) -> dict[str, Any]:
    return {
        "MetricName": name,
        "Dimensions": [{"Name": "function", "Value": function}],
        "Timestamp": datetime.fromtimestamp(minute, UTC),
        "Unit": "Count",
        "StatisticValues": {
            "SampleCount": len(values),
            "Sum": sum(values),
            "Minimum": min(values),
            "Maximum": max(values),
        },
    }


def test_line__is_a_datum_of_each_metric() -> None:
    line = a_line(names=("Calls", "ReadUnits"), Calls=10, ReadUnits=5.5)
    assert add_up([line]) == {
        "Oncepay": [
            a_datum("Calls", "oncepay-local-query", MINUTE, 10),
            a_datum("ReadUnits", "oncepay-local-query", MINUTE, 5.5),
        ]
    }


def test_lines_of_one_minute__are_one_datum() -> None:
    lines = [a_line(at_ms=MINUTE * 1000 + ms, Calls=1) for ms in (0, 500, 59_999)]
    assert add_up(lines)["Oncepay"] == [a_datum("Calls", "oncepay-local-query", MINUTE, 1, 1, 1)]


def test_lines_of_two_minutes__are_two_data() -> None:
    lines = [a_line(at_ms=(MINUTE + later) * 1000, Calls=1) for later in (59, 60)]
    minutes = [datum["Timestamp"].timestamp() for datum in add_up(lines)["Oncepay"]]
    assert minutes == [MINUTE, MINUTE + 60]


def test_lines_of_two_functions__are_told_apart() -> None:
    lines = [a_line(function=name, Calls=1) for name in ("a", "b")]
    assert [datum["Dimensions"][0]["Value"] for datum in add_up(lines)["Oncepay"]] == ["a", "b"]


def test_line_as_a_function_says_it__is_understood() -> None:
    members = UsageReport(1, clock=lambda: MINUTE).members(
        LambdaContext(), 0.0, Usage(write_units=9)
    )
    names = [datum["MetricName"] for datum in add_up([json.dumps(members)])["Oncepay"]]
    assert names == ["Calls", "Milliseconds", "WriteUnits"]


@pytest.mark.parametrize(
    "line",
    [
        'no json "_aws"',
        '["_aws"]',
        '{"_aws": {}}',
        '{"_aws": {"Timestamp": "now", "CloudWatchMetrics": []}}',
        '{"_aws": {"Timestamp": 1, "CloudWatchMetrics": [{"Namespace": "Oncepay"}]}}',
        a_line(names=("Calls", "Milliseconds"), Calls=1),
        a_line(Calls="many"),
    ],
    ids=range(7),
)
def test_line_that_is_not_in_the_format__says_nothing(line: str) -> None:
    assert add_up([line, a_line(Calls=1)])["Oncepay"] == [
        a_datum("Calls", "oncepay-local-query", MINUTE, 1)
    ]


def a_store() -> tuple[ModuleType, list[Any]]:
    """As much of MiniStack's module as is watched, and what it has stored."""
    module, stored = ModuleType("logs"), []
    setattr(module, STORE, lambda stream, events: stored.append((stream, events)))
    return module, stored


def test_stored_lines__that_may_hold_metrics__are_kept() -> None:
    module, _ = a_store()
    waiting = watch_logs(module)
    getattr(module, STORE)({}, [{"message": "START"}, {"message": a_line(Calls=1)}])
    assert take_lines(waiting) == [a_line(Calls=1)]
    assert take_lines(waiting) == []


def test_stored_lines__are_stored_all_the_same() -> None:
    module, stored = a_store()
    watch_logs(module)
    events = [{"message": "START"}, {"message": a_line(Calls=1)}]
    getattr(module, STORE)({"a": "stream"}, events)
    assert stored == [({"a": "stream"}, events)]


def test_report__is_put_in_parts_that_cloudwatch_takes() -> None:
    lines = [a_line(function=f"f{number}", Calls=1) for number in range(MAX_DATA + 1)]
    put: list[tuple[str, int]] = []
    report(deque(lines), lambda namespace, data: put.append((namespace, len(data))))
    assert put == [("Oncepay", MAX_DATA), ("Oncepay", 1)]


def test_report__of_nothing__puts_nothing() -> None:
    put: list[str] = []
    report(deque(), lambda namespace, _: put.append(namespace))
    assert put == []


def test_ministack__stores_lines_by_the_call_that_is_watched() -> None:
    assert callable(getattr(cloudwatch_logs, STORE))
