"""Figures of many requests."""

from collections import Counter

import pytest

from loadtests.outcomes import classify
from loadtests.tally import Figures, percentile, three_digits, together


def figures(*answers: tuple[float, int]) -> Figures:
    made = Figures()
    for ms, status in answers:
        made.add(ms, classify(status))
    return made


@pytest.mark.parametrize(
    ("share", "expected"), [(0.5, 50.0), (0.95, 95.0), (0.99, 99.0), (1.0, 100.0)]
)
def test_percentile__is_the_least_time_that_holds_the_share(share: float, expected: float) -> None:
    assert percentile(Counter(float(ms) for ms in range(1, 101)), share) == expected


def test_percentile__of_nothing__is_0() -> None:
    assert percentile(Counter(), 0.95) == 0.0


@pytest.mark.parametrize(("ms", "kept"), [(0.12345, 0.123), (12.345, 12.3), (12_345.0, 12_300.0)])
def test_time__is_kept_to_three_digits(ms: float, kept: float) -> None:
    assert three_digits(ms) == kept


def test_json__counts_what_is_documented_apart_from_errors() -> None:
    told = figures((10, 201), (20, 402), (30, 503), (40, 0)).as_json(2.0)
    assert told == {
        "count": 4,
        "done": 1,
        "documented": {"402": 1},
        "given_up": 0,
        "errors": 2,
        "errors_by_label": {"503": 1, "no answer": 1},
        "per_second": 2.0,
        "p50_ms": 20.0,
        "p95_ms": 40.0,
        "p99_ms": 40.0,
        "max_ms": 40.0,
    }


def test_hanging_up__says_nothing_of_how_fast_it_is() -> None:
    made = figures((10, 201))
    made.add(5_000, classify(0, given_up=True))
    told = made.as_json(1.0)
    assert (told["given_up"], told["errors"], told["max_ms"]) == (1, 0, 10.0)


def test_together__is_the_sum() -> None:
    told = together([figures((10, 201)), figures((30, 500), (20, 201))]).as_json(1.0)
    assert (told["count"], told["errors"], told["p50_ms"], told["max_ms"]) == (3, 1, 20.0, 30.0)
