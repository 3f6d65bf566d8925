"""What a call says of what it used: which calls say it, and for how many of them they speak."""

import time
from typing import Any

import pytest

from oncepay.api.usage_report import UsageReport, report_of_rare_calls
from oncepay.storage.budget import Usage
from tests.events import LambdaContext

AT = 1_795_262_400.123


def said(
    one_in: int, *, draw: float = 0.0, usage: Usage | None = None, seconds: float = 0.0
) -> dict[str, Any]:
    report = UsageReport(one_in, draw=lambda: draw, clock=lambda: AT)
    used = Usage(write_units=9, read_units=1.5) if usage is None else usage
    return report.members(LambdaContext(), time.perf_counter() - seconds, used)


def test_zero__is_left_out() -> None:
    members = said(1, usage=Usage())
    named = members["_aws"]["CloudWatchMetrics"][0]["Metrics"]
    assert {metric["Name"] for metric in named} <= {"Calls", "Milliseconds"}
    assert not {"WriteUnits", "ReadUnits"} & set(members)


def test_call_that_is_asked__says_its_units() -> None:
    members = said(1)
    found = {name: members[name] for name in ("function", "Calls", "WriteUnits", "ReadUnits")}
    assert found == {"function": "function", "Calls": 1, "WriteUnits": 9, "ReadUnits": 1.5}


def test_time_of_the_line__is_in_whole_milliseconds() -> None:
    assert said(1)["_aws"]["Timestamp"] == 1_795_262_400_123


def test_milliseconds__are_rounded_up_as_lambda_counts_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(time, "perf_counter", lambda: 10.0031)
    report = UsageReport(1)
    assert report.members(LambdaContext(), 10.0, Usage())["Milliseconds"] == 4


def test_sampled_call__speaks_for_all_of_them() -> None:
    members = said(10, draw=0.0999)
    found = {name: members[name] for name in ("Calls", "WriteUnits", "ReadUnits")}
    assert found == {"Calls": 10, "WriteUnits": 90, "ReadUnits": 15}


@pytest.mark.parametrize("draw", [0.1, 0.5, 0.999999])
def test_call_that_is_not_sampled__says_nothing(draw: float) -> None:
    assert said(10, draw=draw) == {}


@pytest.mark.parametrize("draw", [0.0, 0.999999])
def test_one_in_one__is_every_call(draw: float) -> None:
    assert said(1, draw=draw)["Calls"] == 1


def test_one_in_none__is_no_call() -> None:
    assert said(0, draw=0.0) == {}


def test_sums_over_all_draws__are_what_there_was() -> None:
    draws = iter([number / 1000 for number in range(1000)])
    report = UsageReport(8, draw=lambda: next(draws))
    lines = [report.members(LambdaContext(), 0.0, Usage(write_units=9)) for _ in range(1000)]
    assert sum(line.get("Calls", 0) for line in lines) == 1000
    assert sum(line.get("WriteUnits", 0) for line in lines) == 9000


def test_call_that_ended_before_it_could_use_anything__is_a_call() -> None:
    members = UsageReport(1).members(LambdaContext(), time.perf_counter(), None)
    assert (members["Calls"], "WriteUnits" in members) == (1, False)


@pytest.mark.parametrize(("one_in", "calls"), [(0, None), (1, 1), (10, 1)])
def test_rare_calls__all_say_it_unless_none_is_to(one_in: int, calls: int | None) -> None:
    report = report_of_rare_calls(one_in)
    assert report.members(LambdaContext(), 0.0, Usage()).get("Calls") == calls
