"""The swarm: a process of its own in which locust's users run, told what to do by its standard
input. What it finds goes into the folder of the report, and nowhere else.

It writes down its figures every few seconds, so that they are there even if it is killed.
"""

import csv
import importlib
import json
import signal
import sys
from datetime import UTC, datetime
from time import perf_counter
from typing import Any, Final

import gevent
from gevent.event import Event
from locust import User
from locust.env import Environment
from locust.html import get_html_report
from locust.stats import PERCENTILES_TO_REPORT, StatsCSV, stats_history

from loadtests.plan import Plan, read_plan
from loadtests.record import REQUESTS_FILE, RecordWriter
from loadtests.running import FIGURES_FILE
from loadtests.scenarios import scenario_of
from loadtests.tally import together
from loadtests.thresholds import ALL
from loadtests.ticking import ticking
from loadtests.users.calls import CallingUser, World

HTML_FILE: Final = "report.html"
CSV_FILE: Final = "stats.csv"

STOP_SECONDS: Final = 40.0
"""A user may end what it has begun: longer than the longest answer."""

FIGURES_EVERY_SECONDS: Final = 2.0


def main() -> None:
    """Run a plan."""
    swarm(read_plan(sys.stdin.read()))


def swarm(plan: Plan) -> None:
    """Run all users of a plan, from the first to the last."""
    scenario = scenario_of(plan.scenario)
    with RecordWriter(plan.folder / REQUESTS_FILE) as record:
        world = World(plan=plan, record=record)
        CallingUser.world = world
        environment = Environment(
            user_classes=[_user_class(name) for name in scenario.users],
            shape_class=ticking(scenario.shape(plan.settings)),
            host=plan.api_url,
            stop_timeout=STOP_SECONDS,
        )
        runner = environment.create_local_runner()
        log = _Log(plan, world, environment)
        environment.events.test_stop.add_listener(log.stopped)  # type: ignore[no-untyped-call]
        for number in (signal.SIGTERM, signal.SIGINT):
            gevent.signal_handler(number, log.told_to_end)
        gevent.spawn(stats_history, runner)
        gevent.spawn(log.keep_writing)
        runner.start_shape()
        log.has_stopped.wait()
        log.write()
        html = get_html_report(environment)  # type: ignore[no-untyped-call]
        (plan.folder / HTML_FILE).write_text(html, encoding="utf-8")
        with (plan.folder / CSV_FILE).open("w", encoding="utf-8", newline="") as out:
            StatsCSV(environment, PERCENTILES_TO_REPORT).requests_csv(csv.writer(out))


class _Log:
    """What is known of a run so far."""

    def __init__(self, plan: Plan, world: World, environment: Environment) -> None:
        self._plan, self._world, self._environment = plan, world, environment
        self._began_at = datetime.now(UTC)
        self._ended: float | None = None
        self._was_told_to_end = False
        self.has_stopped = Event()

    def stopped(self, **_: Any) -> None:
        """The last user has ended; until then requests were answered, and count."""
        self._ended = perf_counter()
        self.has_stopped.set()

    def told_to_end(self) -> None:
        """By a signal, before the time."""
        if not self._was_told_to_end and self._environment.runner is not None:
            self._was_told_to_end = True
            self._environment.runner.stop()

    def keep_writing(self) -> None:
        """For as long as the run goes on."""
        while True:
            gevent.sleep(FIGURES_EVERY_SECONDS)
            self.write()

    def write(self) -> None:
        """Replace the figures by those of now."""
        path = self._plan.folder / FIGURES_FILE
        draft = path.with_suffix(".new")
        draft.write_text(json.dumps(self._figures()), encoding="utf-8")
        draft.replace(path)

    def _figures(self) -> dict[str, Any]:
        world, runner = self._world, self._environment.runner
        seconds = (self._ended or perf_counter()) - world.began
        of_api = [each for name, each in world.figures.items() if name not in world.pages]
        return {
            "started_at": self._began_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "seconds": round(seconds, 1),
            "users": world.born,
            "has_stopped": self.has_stopped.is_set(),
            "was_told_to_end": self._was_told_to_end,
            "requests": {
                ALL: together(of_api).as_json(seconds),
                **{name: each.as_json(seconds) for name, each in sorted(world.figures.items())},
            },
            "timeline": [
                {
                    "second": second,
                    "count": each.count,
                    "errors": each.as_json(1)["errors"],
                    "p95_ms": each.as_json(1)["p95_ms"],
                }
                for second, each in sorted(world.timeline.items())
            ],
            "kinds": {**world.kinds, **world.caused},
            "findings": self._findings(),
            "exceptions": [
                {"count": each["count"], "said": each["msg"]}
                for each in (runner.exceptions.values() if runner is not None else ())
            ],
        }

    def _findings(self) -> dict[str, float | None]:
        world, scenario = self._world, scenario_of(self._plan.scenario)
        if scenario.findings is None:
            return dict(world.noted)
        return dict(scenario.findings(self._plan.settings, world.timeline, world.noted))


def _user_class(name: str) -> type[User]:
    module, _, named = name.partition(":")
    found: type[User] = getattr(importlib.import_module(module), named)
    return found


if __name__ == "__main__":
    main()
