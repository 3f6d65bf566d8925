"""How soon it is as before, and whether it gets slower."""

import pytest

from loadtests.outcomes import classify
from loadtests.over_time import drift, p95_between, recovery_seconds
from loadtests.scenario_spike import findings, phases
from loadtests.scenarios import Settings
from loadtests.tally import Figures

BEFORE = (0, 10)


def timeline(*parts: tuple[int, float]) -> dict[int, Figures]:
    """Each part so many seconds of so many milliseconds, ten requests in each."""
    made: dict[int, Figures] = {}
    for seconds, ms in parts:
        for _ in range(seconds):
            figures = made.setdefault(len(made), Figures())
            for _ in range(10):
                figures.add(ms, classify(200))
    return made


def test_p95__of_some_seconds__leaves_the_others_out() -> None:
    told = timeline((10, 20), (5, 900), (10, 30))
    assert p95_between(told, 0, 10) == 20
    assert p95_between(told, 10, 15) == 900
    assert p95_between(told, 15, 25) == 30


def test_p95__of_seconds_without_requests__is_not_known() -> None:
    assert p95_between(timeline((3, 20)), 5, 9) is None


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ([(20, 100)], 0.0),
        ([(20, 150)], 0.0),
        ([(20, 151)], None),
        ([(4, 500), (16, 100)], 4.0),
        ([(15, 500), (5, 100)], 15.0),
        ([(16, 500), (4, 100)], None),
    ],
    ids=["at once", "within one and a half", "just not", "after 4", "at the very end", "too late"],
)
def test_recovery__is_counted_from_the_end_of_the_burst(
    after: list[tuple[int, float]], expected: float | None
) -> None:
    told = timeline((10, 100), (5, 2_000), *after)
    assert recovery_seconds(told, before=BEFORE, ended=15, until=35) == expected


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ([(5, 100), (25, 4_000)], None),
        ([(5, 100), (5, 4_000), (20, 100)], 10.0),
        ([(10, 100), (2, 4_000), (9, 100)], 12.0),
        ([(14, 100), (1, 4_000), (15, 100)], 0.0),
    ],
    ids=["good once", "a lull", "soon slow again", "one slow second much later"],
)
def test_recovery__one_good_window_is_none(
    after: list[tuple[int, float]], expected: float | None
) -> None:
    told = timeline((10, 100), (5, 2_000), *after)
    until = 15 + sum(seconds for seconds, _ in after)
    assert recovery_seconds(told, before=BEFORE, ended=15, until=until) == expected


@pytest.mark.parametrize(("after_ms", "expected"), [(75, 0.0), (75.1, None)])
def test_recovery__before_was_faster_than_noise__is_held_against_noise(
    after_ms: float, expected: float | None
) -> None:
    told = timeline((10, 5), (5, 2_000), (20, after_ms))
    assert recovery_seconds(told, before=BEFORE, ended=15, until=35) == expected


def test_recovery__nothing_before_the_burst__is_not_known() -> None:
    assert recovery_seconds(timeline((40, 20)), before=(90, 99), ended=15, until=35) is None


def test_recovery__nobody_came_after_the_burst__is_not_known() -> None:
    told = timeline((15, 20))
    assert recovery_seconds(told, before=BEFORE, ended=15, until=35) is None


def test_drift__last_fifth_is_slower__says_how_many_times() -> None:
    assert drift(timeline((20, 100), (60, 500), (20, 250)), 100) == {
        "first_fifth_p95_ms": 100,
        "last_fifth_p95_ms": 250,
        "drift": 2.5,
    }


def test_drift__the_very_first_seconds_are_slow__is_not_made_of_them() -> None:
    assert drift(timeline((5, 9_000), (95, 100)), 100)["drift"] == 1.0


def test_drift__both_are_noise__is_none_to_speak_of() -> None:
    assert drift(timeline((50, 10), (50, 40)), 100)["drift"] == 0.8


def test_drift__nobody_came_at_the_end__is_not_known() -> None:
    assert drift(timeline((50, 10)), 100)["drift"] is None


def test_spike__five_times_as_many_twice_and_nobody_between_is_left_out() -> None:
    settings = Settings(users=1, seconds=120, rate=10)
    assert [(phase.seconds, phase.rate) for phase in phases(settings)] == [
        (30, 10), (10, 50), (30, 10), (10, 50), (40, 10),
    ]  # fmt: skip


def test_spike__second_burst_hurts_longer__its_recovery_is_that_of_the_run() -> None:
    told = timeline((30, 20), (10, 300), (2, 200), (28, 20), (10, 400), (6, 200), (34, 20))
    found = findings(Settings(users=1, seconds=120, rate=10), told, {})
    assert (found["before_p95_ms"], found["burst_1_p95_ms"], found["burst_2_p95_ms"]) == (
        20, 300, 400,
    )  # fmt: skip
    assert (found["recovery_1_seconds"], found["recovery_2_seconds"]) == (2, 6)
    assert found["recovery_seconds"] == 6


def test_spike__never_as_before_after_one_of_them__has_not_recovered() -> None:
    told = timeline((30, 20), (10, 300), (30, 20), (10, 400), (40, 200))
    found = findings(Settings(users=1, seconds=120, rate=10), told, {})
    assert (found["recovery_1_seconds"], found["recovery_seconds"]) == (0, None)
