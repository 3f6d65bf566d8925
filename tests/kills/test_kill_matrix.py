"""A part of the kill matrix, in every run of the tests: a third of each scenario's calls, and proof
that the matrix notices what is wrong. `make kill-matrix` is all of it.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from oncepay.domain.operation import Operation
from oncepay.processors.simulated import SimulatedProcessor
from ops.simulated.records import DisputeStatus
from ops.simulated.requests import ChargeRequest
from tests.kills.matrix import AFTERMATHS, FIRST, SCENARIOS, Case, plain_cases, run
from tests.kills.scenarios import APPROVE
from tests.kills.stage import Stage, open_stage
from tests.kills.story import Aftermath, Story
from tests.kills.verdict import judge
from tests.kills.workers import Stop, When
from tests.thoroughness import every_third

RETRY, SWEEP = AFTERMATHS[0], AFTERMATHS[1]


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with open_stage() as opened:
        yield opened


def problems_of(stage: Stage, case: Case) -> list[str]:
    result = run(stage, case)
    assert result.reached
    return result.problems


PART = [
    name
    for name in SCENARIOS
    if name in FIRST or not re.match("create manual|capture part|refund part|refund settled", name)
]
"""Of what goes on after a request's beginning, one of each kind."""


@pytest.mark.parametrize("name", PART)
def test_kill__every_third_call_of_each_scenario__everything_is_done_once(
    stage: Stage, name: str
) -> None:
    first, *others = plain_cases(SCENARIOS[name])
    plain = [first, *(case for case in others if case.behaviour == first.behaviour)]
    points = len(run(stage, first).calls)
    wrong = {}
    for point in every_third(range(1 + PART.index(name) % 3, points + 1)):
        case = replace(plain[point % len(plain)], stop=Stop(point, list(When)[point % 3]))
        wrong[str(case)] = problems_of(stage, case)
    assert {name: problems for name, problems in wrong.items() if problems} == {}


@pytest.mark.parametrize("name", sorted(FIRST))
def test_zombie__each_call_of_each_request__wakes_and_changes_nothing(
    stage: Stage, name: str
) -> None:
    plain = [case for case in plain_cases(SCENARIOS[name]) if case.behaviour == APPROVE]
    wrong = {}
    for point in range(1, len(run(stage, plain[0]).calls) + 1):
        stop = Stop(point, (When.BEFORE, When.EFFECT)[point % 2])
        case = replace(plain[point % len(plain)], stop=stop, sleeps=True)
        wrong[str(case)] = problems_of(stage, case)
    assert {name: problems for name, problems in wrong.items() if problems} == {}


def test_kill_matrix__declares_absent_what_is_on_its_way__is_noticed(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Operation, "absence_decides", lambda self, now: True)
    case = Case("create", "lands_later", SWEEP)
    assert "declined, and ch_1 is succeeded" in problems_of(stage, case)


def test_kill_matrix__dead_worker_forgotten__is_noticed(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.kills.story.Story.sweep", lambda self: None)
    case = Case("capture", "timeout_before", SWEEP, Stop(3, When.EFFECT))
    # Until the client asks again, nobody else finishes it.
    monkeypatch.setattr("tests.kills.story.Story.ask_until_answered", lambda self: None)
    found = problems_of(stage, case)
    assert any("is still open" in problem for problem in found)
    assert "a record is still IN_PROGRESS" in found


def test_kill_matrix__key_changes_with_each_send__is_noticed(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    send = SimulatedProcessor.send
    sends = iter(range(1_000))

    def send_under_another_key(self: SimulatedProcessor, operation: Operation) -> Any:
        return send(self, replace(operation, id=f"{operation.id}{next(sends)}"))

    monkeypatch.setattr(SimulatedProcessor, "send", send_under_another_key)
    case = Case("create", APPROVE, RETRY, Stop(2, When.EFFECT))
    assert any("its charges are ['ch_1', 'ch_" in problem for problem in problems_of(stage, case))


def story_of_a_payment(stage: Stage) -> Story:
    story = Story(stage, outcome="done", events=AFTERMATHS[2].events)
    SCENARIOS["create"].prepare(story, APPROVE)
    SCENARIOS["create"].act(story)
    story.clear_up(Aftermath(retries=True))
    return story


def judged(story: Story) -> list[str]:
    return judge(story, SCENARIOS["create"], must_be_done=True)


def test_judge__payment_that_is_right__has_nothing_to_say(stage: Stage) -> None:
    assert judged(story_of_a_payment(stage)) == []


def test_judge__second_charge_at_the_processor__is_found(stage: Stage) -> None:
    story = story_of_a_payment(stage)
    again = ChargeRequest(
        amount_minor=5_000,
        currency="USD",
        payment_method="pm_approve",
        is_manual=False,
        payment_id=story.payment_id,
    )
    story.world.processor.engine.send(again, key="another", path="/v1/charges")
    assert judged(story) == [
        "external:simulated is -5000, the processor holds 10000",
        "succeeded, and its charges are ['ch_1', 'ch_3']",
    ]


def test_judge__dispute_that_nobody_heard_of__is_found(stage: Stage) -> None:
    story = story_of_a_payment(stage)
    dispute = story.world.processor.engine.open_dispute("ch_1", 2_000)
    story.dispute_ids.append(dispute.id)
    assert judged(story) == [
        "disputed is 0, the processor says 2000",
        f"the processor's disputes are [('{dispute.id}', 'open')], ours []",
    ]


def test_judge__lost_dispute_that_nobody_heard_of__is_found(stage: Stage) -> None:
    story = story_of_a_payment(stage)
    dispute = story.world.processor.engine.open_dispute("ch_1", 2_000)
    story.world.processor.engine.close_dispute(dispute.id, DisputeStatus.LOST)
    story.dispute_ids.append(dispute.id)
    assert judged(story) == [
        "external:simulated is -5000, the processor holds 3000",
        f"the processor's disputes are [('{dispute.id}', 'lost')], ours []",
    ]


def test_judge__client_told_otherwise__is_found(stage: Stage) -> None:
    story = story_of_a_payment(stage)
    told = story.asked["charge"].replies[0]
    story.asked["charge"].replies.append(replace(told, body=told.body.replace("5000", "5001")))
    (problem,) = judged(story)
    assert problem.startswith("charge was answered differently: ")
