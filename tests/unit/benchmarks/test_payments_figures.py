"""What is told of designs follows from what was measured of them."""

from typing import Any

import pytest

from benchmarks.payments_designs import FIVE_CALLS, OURS, OURS_OVER_BOTOCORE, UTILITY
from benchmarks.payments_figures import (
    Measured,
    Target,
    as_json,
    claims_table,
    processor_chart,
    ratio,
    table,
    targets_of,
    targets_table,
    throughput_chart,
)
from benchmarks.payments_rounds import CALLS, Cost, Timing, in_turn, percentile


def a_cost(requests: int = 1, write_units: int = 9) -> Cost:
    return Cost(
        operations=["TransactWriteItems"] * requests,
        write_units=write_units,
        read_units=0.5,
        parts={"payments": write_units},
        largest_bytes=900,
    )


def a_timing(cpu_ms: list[float]) -> Timing:
    timing = Timing()
    for used in cpu_ms:
        timing.note({"cpu_ms": used, "wall_ms": [used * 2] * 25})
    return timing


def measured(title: str, cpu_ms: list[float], **costs: Any) -> Measured:
    return Measured(
        title=title,
        costs=dict.fromkeys(CALLS, a_cost(**costs)),
        timings={call: a_timing(cpu_ms) for call in CALLS},
        throughput={1: 100.0, 4: 150.0},
    )


FOUND = {
    OURS: measured("Oncepay", [1.0, 2.0, 3.0]),
    OURS_OVER_BOTOCORE: measured("over botocore", [2.0, 4.0, 6.0]),
    UTILITY: measured("peer (a)", [4.0, 5.0, 30.0], requests=3, write_units=3),
    FIVE_CALLS: measured("peer (b)", [8.0, 8.0, 8.0], requests=5, write_units=5),
}


def found_targets() -> dict[str, Target]:
    return {target.what: target for target in targets_of(FOUND)}


def test_ratio__is_the_median_of_the_rounds_ratios() -> None:
    # 1/4, 2/5, 3/30: not 2/5 of the medians.
    assert ratio(FOUND, OURS, UTILITY) == 0.25


def test_targets__are_held_against_what_was_measured() -> None:
    targets = found_targets()
    assert targets["write units of a payment"].found == 9
    assert targets["processor time of a payment / peer (a)"].is_met
    assert targets["processor time over botocore / peer (b)"].found == 0.5
    assert not targets["processor time over botocore / peer (b)"].is_met
    assert targets["p50 of a payment / peer (a)"].found == 0.4


def test_targets__without_peers__are_ours_alone() -> None:
    assert len(targets_of({OURS: FOUND[OURS]})) == 3


def test_targets_table__says_which_are_not_met() -> None:
    told = targets_table(
        [Target(what="one", found=1, at_most=1), Target(what="two", found=2, at_most=1)]
    ).splitlines()
    assert told[0].endswith(" met")
    assert told[1].endswith("NOT MET")


def test_table__has_a_column_for_each_design() -> None:
    lines = table(FOUND).splitlines()
    assert lines[0].split() == [OURS, OURS_OVER_BOTOCORE, UTILITY, FIVE_CALLS]
    assert lines[1].split()[-4:] == ["1", "1", "3", "5"]
    assert lines[-1].split()[-4:] == ["150"] * 4


def test_claims__stand_beside_what_was_measured() -> None:
    created = claims_table(FOUND[OURS]).splitlines()[1]
    assert created.split()[-4:] == ["50", "20,000", "6.00", "250"]


@pytest.mark.parametrize("chart", [processor_chart, throughput_chart])
def test_charts__have_a_series_for_each_design(chart: Any) -> None:
    assert [series.name for series in chart(FOUND, "").series] == [m.title for m in FOUND.values()]


def test_json__keeps_rounds_and_percentiles_and_not_each_call() -> None:
    kept = as_json(FOUND, targets_of(FOUND))["designs"][OURS]
    timing = kept["timings"]["payment"]
    assert timing["cpu_ms"] == [1.0, 2.0, 3.0]
    assert (timing["p50_ms"], timing["p95_ms"]) == (4.0, 6.0)
    assert "wall_ms" not in timing
    assert kept["costs"]["payment"]["requests"] == 1


def test_batch__is_of_the_first_25_calls_of_a_round() -> None:
    timing = Timing()
    timing.note({"cpu_ms": 1.0, "wall_ms": [2.0] * 25 + [100.0]})
    timing.note({"cpu_ms": 1.0, "wall_ms": [2.0] * 24})
    assert timing.batch_ms == [50.0]


@pytest.mark.parametrize(
    ("percent", "value"), [(0, 1), (50, 2), (75, 3), (76, 4), (95, 4), (100, 4)]
)
def test_percentile__is_one_of_the_values(percent: int, value: int) -> None:
    assert percentile([3, 1, 4, 2], percent) == value


def test_percentile__of_nothing__is_refused() -> None:
    with pytest.raises(ValueError, match="nothing"):
        percentile([], 50)


def test_turns__begin_with_another_one_each_time() -> None:
    assert [list(in_turn("abc", number)) for number in range(4)] == [
        ["a", "b", "c"], ["b", "c", "a"], ["c", "a", "b"], ["a", "b", "c"],
    ]  # fmt: skip
