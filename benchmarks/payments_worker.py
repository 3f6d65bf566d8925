"""How is a design's handler called and timed? In a process of its own, in process, from an event of
API Gateway to its answer. Each line that it reads says what to do, each line that it writes what
came of it.

    python -m benchmarks.payments_worker <file of the paying function> <file of the listing one>

What a function logs goes nowhere; all designs log a line for each request.
"""

import gc
import importlib.util
import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.payments_events import deposit_event, list_event, payment_body, payment_event

type Handler = Callable[[dict[str, Any], Any], dict[str, Any]]

CREATED, FOUND = 201, 200


class UnexpectedAnswerError(Exception):
    """A handler did not answer as it has to; its figures are worth nothing."""


class Context:
    """As much of Lambda's context as functions look at."""

    function_name = "payments"
    function_version = "1"
    memory_limit_in_mb = 1024
    invoked_function_arn = "arn:aws:lambda:us-east-1:000000000000:function:payments"
    aws_request_id = "benchmark"

    def get_remaining_time_in_millis(self) -> int:
        """Each call begins with all of its time."""
        return 25_000


class Calls:
    """A design's handlers, and what they answered.

    Args:
        pay: handler of payments.
        list_newest: handler of lists.
    """

    def __init__(self, pay: Handler, list_newest: Handler) -> None:
        self._pay, self._list = pay, list_newest
        self._body = payment_body()
        self._answers: dict[str, Any] = {}

    def do(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """One task.

        Raises:
            UnexpectedAnswerError: see there.
        """
        tasks = {
            "deposit": self._deposit,
            "pay": self._pay_each,
            "replay": self._replay_each,
            "list": self._list_often,
            "pay_for": self._pay_for,
        }
        return tasks[asked["do"]](asked)

    def _deposit(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        event = deposit_event(asked["merchant_id"], "funds", asked["amount_minor"])
        _expect(self._pay(event, Context()), CREATED)
        return {}

    def _pay_each(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        keys = _keys(asked)
        events = [payment_event(asked["merchant_id"], key, self._body) for key in keys]
        told, answers = timed(self._pay, events)
        for key, answer in zip(keys, answers, strict=True):
            self._answers[key] = _expect(answer, CREATED)
        return told

    def _replay_each(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        keys = _keys(asked)
        events = [payment_event(asked["merchant_id"], key, self._body) for key in keys]
        told, answers = timed(self._pay, events)
        for key, answer in zip(keys, answers, strict=True):
            if _expect(answer, CREATED) != self._answers[key]:
                raise UnexpectedAnswerError(f"{key} was answered otherwise than before: {answer}")
        return told

    def _list_often(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        events = [list_event(asked["merchant_id"]) for _ in range(asked["count"])]
        told, answers = timed(self._list, events)
        for answer in answers:
            if len(_expect(answer, FOUND)["data"]) != asked["expected"]:
                raise UnexpectedAnswerError("a page has not as many payments as it has to")
        return told

    def _pay_for(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """As many as there are in some seconds, from a moment on that several processes share."""
        prefix, count, context = asked["prefix"], 0, Context()
        event = payment_event(asked["merchant_id"], "", self._body)
        time.sleep(max(0.0, asked["begin_at"] - time.monotonic()))
        ends_at = time.monotonic() + asked["seconds"]
        while time.monotonic() < ends_at:
            key = f"{prefix}-{count}"
            headers = event["headers"] | {"Idempotency-Key": key}
            many = event["multiValueHeaders"] | {"Idempotency-Key": [key]}
            paid = self._pay(event | {"headers": headers, "multiValueHeaders": many}, context)
            if paid["statusCode"] != CREATED:
                raise UnexpectedAnswerError(f"{paid}")
            count += 1
        return {"count": count, "ended_at": time.monotonic()}


def timed(
    handler: Handler, events: Iterable[dict[str, Any]]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What each call took by the clock, and all of them of a processor, in milliseconds; and what
    they answered.
    """
    context, answers, walls = Context(), [], []
    gc.collect()
    began = time.process_time()
    for event in events:
        started = time.perf_counter()
        answers.append(handler(event, context))
        walls.append((time.perf_counter() - started) * 1000)
    used = (time.process_time() - began) * 1000
    return {"wall_ms": [round(wall, 4) for wall in walls], "cpu_ms": used / len(walls)}, answers


def load(path: Path) -> Any:
    """A function, as Lambda imports it."""
    spec = importlib.util.spec_from_file_location(f"{path.parent.name}_app", path)
    if spec is None or spec.loader is None:
        raise SystemExit(f"{path} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    # PynamoDB's models and dataclasses look their module up.
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def _keys(asked: Mapping[str, Any]) -> list[str]:
    return [f"{asked['prefix']}-{number}" for number in range(asked["count"])]


def _expect(answer: Mapping[str, Any], status: int) -> Any:
    if answer["statusCode"] != status:
        raise UnexpectedAnswerError(f"{answer['statusCode']} instead of {status}: {answer['body']}")
    return json.loads(answer["body"])


def main(argv: list[str]) -> None:
    """Do what each line says."""
    told = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    paying = load(Path(argv[0]))
    listing = paying if argv[1] == argv[0] else load(Path(argv[1]))
    if hasattr(listing, "cursor_secret"):
        # Read once in five minutes; there is no Secrets Manager beside an engine.
        listing.cursor_secret = lambda: b"of this benchmark"
    calls = Calls(paying.handler, listing.handler)
    for line in sys.stdin:
        try:
            done = calls.do(json.loads(line))
        except UnexpectedAnswerError as error:
            done = {"failed": str(error)[:500]}
        told.write(json.dumps(done) + "\n")
        told.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
