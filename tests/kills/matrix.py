"""Which runs are there, and how is one made? Each has a name that makes it again.

undisturbed             nobody dies
kill 3.effect           the worker dies at its third call, after its effect
zombie 3.before         it sleeps there until everything is finished without it, and goes on
meet 3.before sweep 2.effect   it sleeps there; another worker comes, and sleeps at its second
                        call; the first goes on to its end, then the other
kill 3.effect, then 0:2.before   and the first worker of the aftermath dies, too
"""

import contextlib
import random
import traceback
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import product

from tests.kills.at_paypal import PAYPAL_REQUESTS, paypal_scenarios
from tests.kills.disputes import disputes
from tests.kills.scenarios import APPROVE, DECLINE, REQUESTS, STUCK, Scenario, scenarios
from tests.kills.stage import Stage
from tests.kills.story import Aftermath, Events, Story
from tests.kills.verdict import judge, picture
from tests.kills.workers import Killed, Sleeper, Stop, When, Worker

AFTERMATHS = (
    Aftermath(retries=True),
    Aftermath(retries=False),
    Aftermath(retries=True, events=Events.IN_ORDER),
    Aftermath(retries=False, events=Events.IN_ORDER),
    Aftermath(retries=False, events=Events.REVERSED),
)
FIRST = frozenset(request.name for request in (*REQUESTS, *PAYPAL_REQUESTS))
MEETING = frozenset({APPROVE, DECLINE, "timeout_before", "timeout_after", "requires_action"})
"""Of the processor, where two workers meet."""
GETS_THERE = frozenset({"timeout_after", "lands_later", "error_after", "malformed", "pending"})
"""Behaviours of the processor that do what was asked for, whoever asks again."""

DEATHS_DRAWN = 2
"""Runs with two deaths of each scenario, behaviour and aftermath."""

ONE_IN_PROVED = 4
"""Of the disturbed runs, so many are proved by `oncepay verify`, too; it takes as long as a run."""

LEASE_AND_MORE_SECONDS = 31


@dataclass(frozen=True, slots=True)
class Case:
    """One run."""

    scenario: str
    behaviour: str
    aftermath: Aftermath
    stop: Stop | None = None
    sleeps: bool = False
    rival: str | None = None
    rival_stop: Stop | None = None
    deaths: tuple[tuple[int, Stop], ...] = ()

    @property
    def how(self) -> str:
        """What goes wrong."""
        if self.stop is None:
            return "undisturbed"
        if self.rival is not None:
            return f"meet {self.stop} {self.rival} {self.rival_stop}"
        text = f"{'zombie' if self.sleeps else 'kill'} {self.stop}"
        return ", then ".join([text, *(f"{turn}:{stop}" for turn, stop in self.deaths)])

    def __str__(self) -> str:
        return f"{self.scenario} | {self.behaviour} | {self.how} | {self.aftermath}"


@dataclass(slots=True)
class Result:
    """What came of a run.

    Attributes:
        case: which.
        problems: what was wrong.
        calls: of the worker, by name.
        reached: whether it got where it was to stop.
        rival_calls: of the one that met it.
    """

    case: Case
    problems: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    reached: bool = True
    rival_reached: bool = True


SCENARIOS = {
    scenario.name: scenario for scenario in (*scenarios(), *disputes(), *paypal_scenarios())
}


def run(stage: Stage, case: Case) -> Result:
    """Make a run, and judge it."""
    scenario = SCENARIOS[case.scenario]
    story = Story(
        stage,
        outcome=scenario.outcome_of(case.behaviour),
        events=Events.NONE,
        world_of=scenario.world_of,
    )
    result = Result(case)
    try:
        scenario.prepare(story, case.behaviour)
        story.events = case.aftermath.events
        _play(story, scenario, case, result)
        if result.reached and result.rival_reached:
            # A charge that only the sweep sees is never sent again; what got there is found.
            must_be_done = case.aftermath.retries and case.rival is None and not case.sleeps
            must_be_done = must_be_done or (case.stop is None and case.behaviour in GETS_THERE)
            result.problems += judge(story, scenario, must_be_done=must_be_done)
            if not result.problems:
                result.problems += _later(story, scenario, case, must_be_done=must_be_done)
            if case.stop is None or zlib.crc32(str(case).encode()) % ONE_IN_PROVED == 0:
                result.problems += stage.prove()
    except Exception:
        result.problems.append(traceback.format_exc(limit=-6))
    return result


def _play(story: Story, scenario: Scenario, case: Case, result: Result) -> None:
    act = partial(scenario.act, story)
    if case.stop is None or not (case.sleeps or case.rival):
        worker = Worker(case.stop)
        with contextlib.suppress(Killed):
            story.gate.run(worker, act)
        result.calls, result.reached = worker.calls, case.stop is None or worker.stopped
        if not result.reached:
            return
        for turn, stop in case.deaths:
            story.deaths += [None] * (turn - len(story.deaths)) + [stop]
        story.clear_up(case.aftermath)
        return
    sleeper = Sleeper(story.gate, act, case.stop)
    result.reached = sleeper.start()
    result.calls = sleeper.worker.calls
    if not result.reached:
        sleeper.wake()
    elif case.rival is None:
        story.clear_up(case.aftermath)
        sleeper.wake()
        story.sweep_on()
    else:
        _meet(story, scenario, case, sleeper, result)
        story.clear_up(case.aftermath)


def _meet(story: Story, scenario: Scenario, case: Case, sleeper: Sleeper, result: Result) -> None:
    if case.rival != "rival":
        # Whoever is to take over comes when he may.
        story.world.advance(LEASE_AND_MORE_SECONDS)
    assert case.rival_stop is not None
    other = Sleeper(
        story.gate, partial(dict(scenario.rivals)[str(case.rival)], story), case.rival_stop
    )
    result.rival_reached = other.start()
    sleeper.wake()
    other.wake()


def _later(story: Story, scenario: Scenario, case: Case, *, must_be_done: bool) -> list[str]:
    """Nothing changes any more: neither by the same requests, nor by late events, nor when stored
    answers are forgotten.
    """
    if story.outcome == STUCK:
        return []
    before = picture(story)
    story.deaths = []
    story.ask_all_again()
    for _ in range(3):
        story.bring_events(Events.REVERSED)
        story.world.advance(3600)
        if story.stage.is_due():
            story.sweep()
    problems = judge(story, scenario, must_be_done=must_be_done)
    if picture(story) != before:
        problems.append("asked again, and told late, something moved")
    story.pass_a_day()
    for name in story.answered():
        reply = story.asked[name].send()
        if reply.status in (202, 500, 502, 503):
            problems.append(f"{name}, asked a day later, was answered {reply.status}: {reply.body}")
    if picture(story) != before:
        problems.append("asked a day later, something moved")
    return problems


def plain_cases(scenario: Scenario) -> Iterator[Case]:
    """A scenario with each behaviour and aftermath, with nobody dying."""
    for behaviour in scenario.behaviours:
        for aftermath in _aftermaths(scenario, behaviour):
            yield Case(scenario.name, behaviour, aftermath)


def _aftermaths(scenario: Scenario, behaviour: str) -> tuple[Aftermath, ...]:
    if scenario.needs_events:
        return AFTERMATHS[2:]
    if scenario.name not in FIRST:
        # After what is not the beginning, less is open.
        return AFTERMATHS[0], AFTERMATHS[4]
    return AFTERMATHS if behaviour in MEETING else (AFTERMATHS[0], AFTERMATHS[1], AFTERMATHS[4])


def disturbed(case: Case, points: int) -> Iterator[Case]:
    """Every kill and every zombie of a scenario that makes so many calls.

    To die after a reply is to die before the next call, so that all but the last are left to those
    scenarios that are a request's beginning.
    """
    is_first = case.scenario in FIRST
    for point in range(1, points + 1):
        yield replace(case, stop=Stop(point, When.BEFORE))
        yield replace(case, stop=Stop(point, When.EFFECT))
        if is_first or point == points:
            yield replace(case, stop=Stop(point, When.REPLY))
        if is_first:
            yield replace(case, stop=Stop(point, When.BEFORE), sleeps=True)
        yield replace(case, stop=Stop(point, When.EFFECT), sleeps=True)


def meetings(case: Case, points: int, most: int = 12) -> Iterator[Case]:
    """Every pair of stops of two workers; those that the other one does not get to are no runs."""
    if case.behaviour not in MEETING or case.aftermath != AFTERMATHS[4]:
        return
    for rival, _ in SCENARIOS[case.scenario].rivals:
        for point, other in product(range(1, points + 1), range(1, most + 1)):
            yield replace(
                case,
                stop=Stop(point, When.EFFECT),
                rival=rival,
                rival_stop=Stop(other, When.EFFECT),
            )


def twice(case: Case, points: int, seed: int) -> Iterator[Case]:
    """Two deaths, drawn by chance."""
    chance = random.Random(f"{seed} {case}")
    whens = list(When)
    for _ in range(DEATHS_DRAWN):
        yield replace(
            case,
            stop=Stop(chance.randint(1, points), chance.choice(whens)),
            deaths=((chance.randint(0, 4), Stop(chance.randint(1, 7), chance.choice(whens))),),
        )
