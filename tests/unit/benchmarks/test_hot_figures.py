"""What is told of payments for one merchant: medians, the ratio, and what no run may show."""

from typing import Any

import pytest

from benchmarks.hot import main
from benchmarks.hot_figures import Figures, Run, as_json, chart, table
from benchmarks.hot_several import main as try_several


def a_run(shards: int, in_time: int, **overrides: Any) -> Run:
    values: dict[str, Any] = {
        "shards": shards,
        "seconds": 4.0,
        "paid": in_time,
        "in_time": in_time,
        "declined": 0,
        "limited": 0,
        "unknown": 0,
        "conflicts": in_time // 2,
        "requests": in_time * 2,
        "retries": in_time,
        "p50_ms": 90.0,
        "p95_ms": 300.0,
        "books": [],
    }
    return Run(**(values | overrides))


def some_figures(*runs: Run) -> Figures:
    return Figures(
        engine="ministack",
        workers=16,
        service_ms=80.0,
        without_rule_per_second=400.0,
        runs=[*runs, a_run(0, 600)],
        machine={"cores": 2},
    )


def test_row__is_the_median_of_its_rounds() -> None:
    figures = some_figures(a_run(4, 40), a_run(4, 120), a_run(4, 80), a_run(1, 8))
    row = figures.row(4)
    assert (row.payments_per_second, row.conflicts_per_payment, row.retries_per_payment) == (
        20.0,
        0.5,
        1.0,
    )


def test_run__payments_after_the_time__count_for_nothing_but_the_conflicts() -> None:
    run = a_run(1, 40, paid=50, conflicts=100)
    assert (run.payments_per_second, run.conflicts_per_payment) == (10.0, 2.0)


def test_ratio__is_that_of_the_most_shards_to_the_fewest() -> None:
    assert some_figures(a_run(32, 480), a_run(1, 48), a_run(4, 100)).ratio == 10.0


@pytest.mark.parametrize(("most", "said"), [(384, "8.0x, target 8x: met"), (380, "NOT met")])
def test_table__says_whether_the_target_is_met(most: int, said: str) -> None:
    assert said in table(some_figures(a_run(1, 48), a_run(32, most))).splitlines()[-1]


def test_table__has_a_line_for_each_number_of_shards() -> None:
    lines = table(some_figures(a_run(32, 480), a_run(1, 48))).splitlines()
    assert [line.split()[:3] for line in lines[2:5]] == [
        ["1", "12.0", "1.0x"],
        ["32", "120.0", "10.0x"],
        ["alone", "150.0", "0.50"],
    ]


def test_mistakes__of_good_runs__are_none() -> None:
    assert some_figures(a_run(1, 48), a_run(32, 480, limited=3)).mistakes == []


def test_mistakes__are_told_with_the_shards() -> None:
    bad = a_run(4, 40, declined=1, unknown=2, books=["7 minor units are left, not 8"])
    assert some_figures(a_run(1, 48), bad).mistakes == [
        "4 shards: 1 payments were declined",
        "4 shards: the outcome of 2 is not known",
        "4 shards: 7 minor units are left, not 8",
    ]


def test_json__has_what_follows_from_the_runs() -> None:
    told = as_json(some_figures(a_run(1, 48), a_run(32, 480)))
    assert (told["ratio"], [row["shards"] for row in told["rows"]]) == (10.0, [1, 32])
    assert told["alone"]["payments_per_second"] == 150.0


def test_chart__shows_payments_and_conflicts_of_each_number_of_shards() -> None:
    drawn = chart(some_figures(a_run(1, 48), a_run(32, 480)))
    assert "payments" in drawn
    assert [f">{value}</text>" in drawn for value in ("12", "120", "6", "60")] == [True] * 4


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--shards", "0,4"], "shards are 1..32"),
        (["--shards", "33"], "shards are 1..32"),
        (["--shards", "few"], "--shards"),
        (["--workers", "0"], "at least 1"),
        (["--seconds", "0"], "above zero"),
        (["--service-ms", "-1"], "above zero"),
    ],
)
def test_bench__bad_input__says_what_is_wrong(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_several__more_shards_than_there_may_be__says_so(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as ended:
        try_several(["--shards", "33"])
    assert ended.value.code == 2
    assert "--shards is 1..32" in capsys.readouterr().err
