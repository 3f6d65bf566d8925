"""What is met, and what is missed."""

import pytest

from loadtests.thresholds import ERRORS, P95, WEBHOOKS_P95, Measure, Threshold, judge


def figures(**changed: float) -> dict[str, float]:
    return {"count": 200, "errors": 0, "p95_ms": 120.0, "per_second": 40.0} | changed


def is_met(threshold: Threshold, **changed: float) -> bool:
    (judged,) = judge([threshold], {threshold.of: figures(**changed)})
    return judged.met


@pytest.mark.parametrize(("errors", "met"), [(0, True), (1, True), (2, False), (3, False)])
def test_errors__must_stay_below_one_in_a_hundred(errors: int, met: bool) -> None:
    assert is_met(ERRORS, errors=errors) is met


@pytest.mark.parametrize(("p95_ms", "met"), [(4_999.0, True), (5_000.0, False)])
def test_p95__must_stay_below_five_seconds(p95_ms: float, met: bool) -> None:
    assert is_met(P95, p95_ms=p95_ms) is met


@pytest.mark.parametrize(("p95_ms", "met"), [(2_999.0, True), (3_000.0, False)])
def test_webhooks_p95__must_stay_below_three_seconds(p95_ms: float, met: bool) -> None:
    assert is_met(WEBHOOKS_P95, p95_ms=p95_ms) is met


@pytest.mark.parametrize(("per_second", "met"), [(49.9, False), (50.0, True), (51.0, True)])
def test_per_second__must_reach_its_limit(per_second: float, met: bool) -> None:
    threshold = Threshold(measure=Measure.PER_SECOND, limit=50)
    assert is_met(threshold, per_second=per_second) is met


@pytest.mark.parametrize("requests", [{}, {"all": figures(count=0)}])
def test_no_requests__miss_every_threshold(requests: dict[str, dict[str, float]]) -> None:
    (judged,) = judge([ERRORS], requests)
    assert (judged.found, judged.met) == (None, False)


def test_found__is_the_figure_of_the_named_requests() -> None:
    threshold = Threshold(measure=Measure.P95_MS, limit=100, of="POST /v1/payments")
    requests = {"all": figures(p95_ms=10.0), "POST /v1/payments": figures(p95_ms=101.0)}
    (judged,) = judge([threshold], requests)
    assert (judged.found, judged.met) == (101.0, False)


def test_name__says_of_what_and_which_limit() -> None:
    assert ERRORS.name == "all: error_share < 0.01"
    assert Threshold(measure=Measure.PER_SECOND, limit=50).name == "all: per_second >= 50"
