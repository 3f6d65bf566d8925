"""A process of a design that fails says why, and leaves nothing behind."""

from pathlib import Path
from typing import Any

import pytest

from benchmarks.dynamodb_engines import LocalEngine
from benchmarks.payments_designs import Design
from benchmarks.payments_processes import WorkerFailedError, running_workers

ENGINE = LocalEngine(name="ministack", url="http://127.0.0.1:1", why="")
TASK: dict[str, Any] = {
    "do": "pay",
    "merchant_id": "mer_aaaaaaaaaaaaaaaa",
    "prefix": "k",
    "count": 1,
}


def a_design(app: Path, text: str) -> Design:
    app.write_text(text)
    return Design(
        name="test",
        title="a test",
        paying=app,
        listing=app,
        environment={},
        tables={},
        deposits=False,
    )


def test_worker__that_answers__is_timed(tmp_path: Path) -> None:
    answer = (
        'def handler(e, c):\n    print("logged")\n    return {"statusCode": 201, "body": "{}"}\n'
    )
    with running_workers(a_design(tmp_path / "app.py", answer), ENGINE) as (worker,):
        assert len(worker.ask(**TASK)["wall_ms"]) == 1


def test_worker__whose_function_declines__says_what_it_answered(tmp_path: Path) -> None:
    answer = 'def handler(e, c):\n    return {"statusCode": 402, "body": "no money"}\n'
    with (
        running_workers(a_design(tmp_path / "app.py", answer), ENGINE) as (worker,),
        pytest.raises(WorkerFailedError, match="a test: 402 instead of 201: no money"),
    ):
        worker.ask(**TASK)


def test_worker__whose_function_does_not_start__says_why(tmp_path: Path) -> None:
    broken = 'raise SystemExit("a variable is missing")\n'
    with (
        running_workers(a_design(tmp_path / "app.py", broken), ENGINE) as (worker,),
        pytest.raises(WorkerFailedError, match="a test has ended: a variable is missing"),
    ):
        worker.ask(**TASK)
