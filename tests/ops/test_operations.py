"""What is not finished is listed, with why; and the sweep is run by its function."""

import io
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from oncepay.services.add_merchant import add_merchant
from oncepay.services.grow_shards import grow_shards
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from ops import operations
from ops.command_line import AsJson, Region, StackFile, StackName
from ops.operations import read_work
from ops.stack import Stack, StackError
from tests.ops.operators_stack import a_stack
from tests.processor_world import ProcessorWorld, running_world


@pytest.fixture
def world(database: Database) -> Iterator[ProcessorWorld]:
    with running_world(database) as running:
        yield running


def states(world: ProcessorWorld) -> list[tuple[str, str, int]]:
    return [
        (work.kind, work.state, work.attempts) for work in read_work(world.database, world.clock())
    ]


def list_work(
    monkeypatch: pytest.MonkeyPatch, world: ProcessorWorld, tables: dict[str, str], *words: str
) -> Result:
    """Run the command, at the world's time."""

    class Clock(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return world.clock()

    monkeypatch.setattr(operations, "datetime", Clock)
    monkeypatch.setattr(operations, "choose_stack", lambda **_: a_stack(tables))
    app = typer.Typer()

    @app.command()
    def command(
        stack_file: StackFile = None,
        stack_name: StackName = None,
        region: Region = None,
        as_json: AsJson = False,
        everything: bool = typer.Option(False, "--all"),
    ) -> None:
        operations.operations_command(stack_file, stack_name, region, as_json, everything)

    return CliRunner().invoke(app, list(words))


def test_nothing_unfinished__is_said(
    monkeypatch: pytest.MonkeyPatch, world: ProcessorWorld, tables: dict[str, str]
) -> None:
    world.charge()
    world.charge("decline_expired_card", key="b")
    result = list_work(monkeypatch, world, tables)
    assert (result.exit_code, result.stdout) == (0, "nothing is unfinished\n")


def test_work__outcome_not_known__is_unknown(world: ProcessorWorld) -> None:
    world.charge("timeout_after")
    assert states(world) == [("authorize", "unknown", 0)]


def test_work__nothing_was_sent__is_never_sent(world: ProcessorWorld) -> None:
    assert world.charge("rate_limited").status == 502
    assert states(world) == [("authorize", "never sent", 0)]


def test_work__waits_for_the_payer__is_at_the_processor(world: ProcessorWorld) -> None:
    world.charge("requires_action")
    assert states(world) == [("authorize", "at the processor", 0)]


def test_work__a_worker_died__is_in_work_until_its_lease_ends(world: ProcessorWorld) -> None:
    class Death(BaseException):
        pass

    def die(name: str, call: Any) -> Any:
        if name.startswith("POST "):
            raise Death
        return call()

    world.calls = die
    with pytest.raises(Death):
        world.charge()
    assert states(world) == [("authorize", "in work", 0)]
    world.advance(60)
    assert states(world) == [("authorize", "unknown", 0)]


def test_work__refund_and_capture__are_named_with_payment_and_amount(
    world: ProcessorWorld,
) -> None:
    paid = world.charge("approve__refund_pending").payment_id
    world.refund(paid, 1_200)
    held = world.charge("approve__capture_timeout_after", manual=True, key="b").payment_id
    world.capture(held, 3_000)
    found = {
        (work.kind, work.payment_id, work.amount_minor, work.currency, work.state)
        for work in read_work(world.database, world.clock())
        if work.kind != "authorization"
    }
    assert found == {
        ("refund", paid, 1_200, "USD", "at the processor"),
        ("capture", held, 3_000, "USD", "unknown"),
    }


def test_work__an_answer_that_does_not_fit__says_what(
    monkeypatch: pytest.MonkeyPatch, world: ProcessorWorld, tables: dict[str, str]
) -> None:
    payment_id = world.charge("other_amount").json["id"]
    world.deliver_events()
    result = list_work(monkeypatch, world, tables, "--json")
    found = json.loads(result.stdout)
    problem = "another amount_minor: 5001, not 5000"
    event_id = found[1]["id"]
    assert [(one["kind"], one["payment_id"], one["state"], one["why"]) for one in found] == [
        ("authorize", payment_id, "does not fit", problem),
        ("event", payment_id, "unmatched", f"{event_id}, charge.succeeded: {problem}"),
    ]
    assert event_id.startswith("simulated:evt_")
    shown = list_work(monkeypatch, world, tables).stdout
    assert "does not fit" in shown
    assert "another amount_minor: 5001, not 5000" in shown


def test_authorization__is_shown_on_demand_only(
    monkeypatch: pytest.MonkeyPatch, world: ProcessorWorld, tables: dict[str, str]
) -> None:
    payment_id = world.charge(manual=True).payment_id
    few = list_work(monkeypatch, world, tables)
    assert few.stdout == "nothing is unfinished\n"
    assert few.stderr == "and 1 authorized payments, not captured yet: --all shows them\n"
    found = json.loads(list_work(monkeypatch, world, tables, "--all", "--json").stdout)
    assert [(one["kind"], one["id"], one["state"]) for one in found] == [
        ("authorization", payment_id, "authorized")
    ]
    shown = list_work(monkeypatch, world, tables, "--all").stdout
    assert "in 7 d" in shown


def test_work__longest_due_first(world: ProcessorWorld) -> None:
    first = world.charge("timeout_after").json["id"]
    world.advance(30)
    second = world.charge("timeout_after", key="b").json["id"]
    found = [work.payment_id for work in read_work(world.database, world.clock())]
    assert found == [first, second]


def test_merchant_with_shards__is_no_unfinished_work(world: ProcessorWorld) -> None:
    now, budget = world.clock(), Budget(9)
    merchant = add_merchant(
        name="Hot", fee_basis_points=None, database=world.database, now=now, budget=budget
    )
    grow_shards(merchant.id, 4, database=world.database, now=now, budget=budget)
    assert read_work(world.database, now) == []


class Lambda:
    """In the place of the service, which moto runs in Docker only."""

    def __init__(self, payload: bytes, error: str | None = None) -> None:
        self.payload, self.error, self.invoked = payload, error, ""

    def invoke(self, *, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803
        self.invoked = FunctionName
        answer: dict[str, Any] = {"Payload": io.BytesIO(self.payload)}
        return answer if self.error is None else {**answer, "FunctionError": self.error}


def sweep(monkeypatch: pytest.MonkeyPatch, service: Lambda, *words: str) -> Result:
    monkeypatch.setattr(operations, "choose_stack", lambda **_: a_stack({}))
    monkeypatch.setattr(Stack, "client", lambda _self, name: {"lambda": service}[name])
    app = typer.Typer()

    @app.command()
    def command(as_json: AsJson = False) -> None:
        operations.sweep_command(None, None, None, as_json)

    return CliRunner().invoke(app, list(words))


SWEPT = b'{"due": 5, "ended": 3, "waiting": 1, "failed": {"service_unavailable": 1}, "left": true}'


def test_sweep__invokes_the_function__and_says_what_it_did(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    service = Lambda(SWEPT)
    result = sweep(monkeypatch, service)
    assert service.invoked == "oncepay-test-sweep"
    assert (result.exit_code, result.stdout) == (
        0,
        "5 were due: 3 ended, 1 wait; 1 failed with service_unavailable;"
        " no time was left for the rest: run it again\n",
    )


def test_sweep__for_a_script__is_json(monkeypatch: pytest.MonkeyPatch) -> None:
    result = sweep(monkeypatch, Lambda(SWEPT), "--json")
    assert json.loads(result.stdout) == json.loads(SWEPT)


@pytest.mark.parametrize(
    ("service", "said"),
    [
        (Lambda(b'{"errorMessage": "no room"}', "Unhandled"), "no room"),
        (Lambda(b"null"), "null"),
        (Lambda(b"<html>"), "<html>"),
        (Lambda(b"{}"), "{}"),
    ],
    ids=["the function failed", "no answer", "no JSON", "another answer"],
)
def test_sweep__failed__is_one_line(
    monkeypatch: pytest.MonkeyPatch, service: Lambda, said: str
) -> None:
    result = sweep(monkeypatch, service)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        f"oncepay sweep: the function oncepay-test-sweep failed: {said}; see its log\n"
    )


def test_run_sweep__the_function_failed__raises(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Stack, "client", lambda _self, _name: Lambda(b"{}", "Unhandled"))
    with pytest.raises(StackError):
        operations.run_sweep(a_stack({}))
