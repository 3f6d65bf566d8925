"""Which load tests are there? Each is a file of its own, `scenario_<name>.py`, with its SCENARIO.

Everything here and in those files is read by the command as well as by the swarm, and so imports no
locust: users are named, and loaded by the swarm alone.
"""

import importlib
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from loadtests.shapes import Shape
from loadtests.tally import Figures
from loadtests.thresholds import Threshold

if TYPE_CHECKING:
    from loadtests.preparing import Preparation

NAMES: Final = ("pay", "checkout", "webhooks", "burst", "sustained", "spike", "soak")
"""In the order in which they are shown."""

REGIONS: Final = "regions"
"""A comparison of runs, with a command of its own."""


type Findings = Callable[
    [Settings, Mapping[int, Figures], Mapping[str, float]], Mapping[str, float | None]
]


class ScenarioError(Exception):
    """There is no such scenario, or it cannot be run there; the message is one clear line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a run may choose.

    Attributes:
        users: how many at once, at most.
        seconds: how long.
        rate: requests a second that are offered, by all users together.
        seed: of all that is drawn.
        processor: that of charges and checkout sessions.
    """

    users: int
    seconds: float
    rate: float
    seed: int = 1
    processor: str = "simulated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A load test.

    Attributes:
        name: of the command line.
        title: what it does, in a line.
        users: the classes of its users, as `module:class`; locust's `weight` and `fixed_count` say
            how many of each there are.
        shape: of a run with these settings.
        default_users, default_seconds: unless other ones are asked for.
        local_rate, deployed_rate: requests a second, likewise; what a local AWS can take, and AWS.
        local_thresholds, deployed_thresholds: what must be met. A local stack shares the machine
            with its users and is no AWS: it has thresholds of its own.
        is_paced: whether the rate means anything to its users.
        scaled: how the rate was chosen for a local stack and why, in a sentence.
        local_users: of a local stack, if they must be fewer there: each that is busy keeps some
            processes of it busy, and each process has to be started first.
        merchants: how many are made for it on a local stack.
        deposit_minor: what each has on its balance before it begins, in USD.
        warm: routes that a local stack's workers are started with, before anybody is counted: on
            two cores so many cold starts at once would be the load, and nothing else.
        prepare: makes what else must be there, and puts back afterwards what must not stay so;
            what it yields is the swarm's `extra`.
        findings: what else the swarm has found, by name, for the summary and for thresholds: from
            the figures of each second, and from what its users have noted.
        needs_local: whether it can only be run on a local stack.
        needs_stripe_secret: whether its events are signed as Stripe signs them.
    """

    name: str
    title: str
    users: tuple[str, ...]
    shape: Callable[[Settings], Shape]
    default_users: int
    default_seconds: float
    local_rate: float
    deployed_rate: float
    local_thresholds: tuple[Threshold, ...]
    deployed_thresholds: tuple[Threshold, ...]
    scaled: str
    is_paced: bool = True
    local_users: int | None = None
    merchants: int = 8
    deposit_minor: int = 100_000_000
    warm: tuple[str, ...] = ()
    prepare: "Callable[[Preparation], AbstractContextManager[Mapping[str, Any]]] | None" = None
    findings: Findings | None = None
    needs_local: bool = False
    needs_stripe_secret: bool = False

    def thresholds(self, *, is_local: bool) -> tuple[Threshold, ...]:
        """What must be met there."""
        return self.local_thresholds if is_local else self.deployed_thresholds

    def users_there(self, *, is_local: bool) -> int:
        """How many there are, unless another number is asked for."""
        fewer = self.local_users if is_local else None
        return self.default_users if fewer is None else fewer

    def rate(self, *, is_local: bool) -> float:
        """Requests a second there, unless another rate is asked for."""
        return self.local_rate if is_local else self.deployed_rate


def scenario_of(name: str) -> Scenario:
    """The scenario of that name.

    Raises: ScenarioError if there is none.
    """
    if name not in NAMES:
        there = ", ".join((*NAMES, REGIONS))
        raise ScenarioError(f"there is no scenario {name!r}; there are: {there}")
    found = importlib.import_module(f"loadtests.scenario_{name}").SCENARIO
    if not isinstance(found, Scenario):
        raise TypeError(f"loadtests.scenario_{name} has no SCENARIO")
    return found
