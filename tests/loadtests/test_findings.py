"""What a scenario finds beside figures of requests, held against limits; and how webhooks go up."""

import pytest

from loadtests.scenario_webhooks import SCENARIO, repeaters, repeating_from
from loadtests.scenarios import NAMES, Settings, scenario_of
from loadtests.thresholds import Measure, Threshold, judge

RECOVERY = Threshold(measure=Measure.FINDING, limit=10, of="recovery_seconds")
WEBHOOKS = Settings(users=50, seconds=120, rate=40)


@pytest.mark.parametrize(
    ("findings", "found", "met"),
    [
        ({"recovery_seconds": 9.9}, 9.9, True),
        ({"recovery_seconds": 10.0}, 10.0, False),
        ({"recovery_seconds": None}, None, False),
        ({}, None, False),
        (None, None, False),
    ],
    ids=["below", "at the limit", "never", "not looked for", "no findings"],
)
def test_finding__is_met_only_below_its_limit(
    findings: dict[str, float | None] | None, found: float | None, met: bool
) -> None:
    (judged,) = judge([RECOVERY], {}, findings)
    assert (judged.found, judged.met) == (found, met)


def test_finding__is_named_without_its_measure() -> None:
    assert RECOVERY.name == "recovery_seconds < 10"


@pytest.mark.parametrize("name", NAMES)
def test_scenario__of_each_name__is_called_so_and_says_how_it_was_scaled(name: str) -> None:
    scenario = scenario_of(name)
    assert scenario.name == name
    assert scenario.scaled.endswith(".")


@pytest.mark.parametrize(
    ("at", "users"),
    [(0, 0), (10, 25), (20, 50), (79, 50), (90, 25), (99.99, 0), (100, 10), (119, 10), (120, None)],
)
def test_webhooks__go_up_and_down_and_then_a_few_repeat_themselves(
    at: float, users: int | None
) -> None:
    assert SCENARIO.shape(WEBHOOKS).users_at(at) == users


def test_webhooks__who_comes_after_the_others_have_gone__repeats() -> None:
    assert repeating_from(WEBHOOKS) == 100
    assert repeaters(WEBHOOKS) == 10


def test_webhooks__of_few_users__two_repeat_so_that_they_meet() -> None:
    assert repeaters(Settings(users=3, seconds=12, rate=5)) == 2


def test_users__of_a_local_stack__are_fewer_where_each_is_a_process() -> None:
    spike, webhooks = scenario_of("spike"), scenario_of("webhooks")
    assert [spike.users_there(is_local=local) for local in (True, False)] == [24, 150]
    assert [webhooks.users_there(is_local=local) for local in (True, False)] == [50, 50]
