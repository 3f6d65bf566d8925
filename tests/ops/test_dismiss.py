"""An event that waits for what will never come is tried no more, once a person says so."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from oncepay.services import dismiss_event
from oncepay.services.get_event import get_event
from oncepay.storage.database import Database
from ops import dismiss
from ops.command_line import Region, StackFile, StackName
from ops.dismiss import dismiss_command
from ops.operations import read_work
from ops.verify.prover import verify
from tests.books import Books
from tests.ops.operators_stack import a_stack
from tests.processor_world import ProcessorWorld, running_world

SIX_MINUTES = 360
MISFIT = "another amount_minor: 5001, not 5000"

type Dismiss = Callable[..., Result]


@pytest.fixture
def world(database: Database) -> Iterator[ProcessorWorld]:
    with running_world(database) as running:
        yield running


@pytest.fixture
def books(dynamodb: Any, tables: dict[str, str]) -> Books:
    return Books(dynamodb, tables)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tables: dict[str, str]) -> Dismiss:
    """The command."""
    monkeypatch.setattr(dismiss, "choose_stack", lambda **_: a_stack(tables))
    app = typer.Typer()

    @app.command()
    def command(
        event: str,
        reason: str = typer.Option(),
        stack_file: StackFile = None,
        stack_name: StackName = None,
        region: Region = None,
    ) -> None:
        dismiss_command(event, reason, stack_file, stack_name, region)

    return lambda event, reason: CliRunner().invoke(app, [event, "--reason", reason])


def misfit(world: ProcessorWorld) -> str:
    """Its id, of one that waits for a person."""
    world.charge("other_amount")
    world.deliver_events()
    (event,) = [work for work in read_work(world.database, world.clock()) if work.kind == "event"]
    return event.id


def test_event__that_does_not_fit__is_tried_no_more_and_is_kept(
    world: ProcessorWorld, run: Dismiss, books: Books, dynamodb: Any, tables: dict[str, str]
) -> None:
    event_id = misfit(world)
    result = run(event_id, "  refunded by\nAnna ")
    why = f"{MISFIT}; dismissed: refunded by Anna"
    assert (result.exit_code, result.stdout) == (0, f"{event_id} is tried no more: {why}\n")
    (stored,) = books.items("events")
    assert (stored["status"], stored["reason"]) == ("dismissed", why)
    assert not {"due_at", "due_bucket", "expires_at"} & stored.keys()
    world.advance(SIX_MINUTES)
    world.sweep()
    assert books.items("events") == [stored]
    assert [work.kind for work in read_work(world.database, world.clock())] == ["authorize"]
    found = [one for one in verify(tables, client=dynamodb).findings if one.table == "events"]
    assert found == []


def test_event__that_was_dismissed__sent_again__is_a_duplicate(
    world: ProcessorWorld, run: Dismiss, books: Books
) -> None:
    world.charge("other_amount")
    (delivery,) = world.take_events()
    assert world.deliver(delivery)
    (stored,) = books.items("events")
    assert run(f"simulated:{stored['event_id']}", "checked").exit_code == 0
    before = books.items("events")
    assert world.deliver(delivery)
    assert books.items("events") == before


def test_event__that_had_its_effect__is_not_dismissed(
    world: ProcessorWorld, run: Dismiss, books: Books
) -> None:
    world.charge()
    world.deliver_events()
    (before,) = books.items("events")
    result = run(f"simulated:{before['event_id']}", "checked")
    assert result.exit_code == 1
    assert result.stderr == (
        "oncepay dismiss: the event is applied; only one that waits is dismissed\n"
    )
    assert books.items("events") == [before]


def test_event__that_is_applied_just_then__stays_applied(
    world: ProcessorWorld, run: Dismiss, books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    event_id = misfit(world)

    def read_it_just_before(*args: Any, **kwargs: Any) -> Any:
        event = get_event(*args, **kwargs)
        books.copy("events", books.raw("events", id=event.id), status={"S": "applied"})
        return event

    monkeypatch.setattr(dismiss_event, "get_event", read_it_just_before)
    result = run(event_id, "checked")
    assert result.exit_code == 1
    assert "look at it again" in result.stderr
    (stored,) = books.items("events")
    assert stored["status"] == "applied"


@pytest.mark.parametrize(
    ("event", "reason", "said"),
    [
        ("stripe:evt_nobody", "checked", "no such event"),
        ("evt_1", "checked", "no such event"),
        ("stripe:evt_1", " \n ", "the reason must have 1 to 500 characters"),
        ("stripe:evt_1", "x" * 501, "the reason must have 1 to 500 characters"),
        ("stripe:evt_1", "\x1b[2Jgone", "the reason must be text that can be printed"),
        ("stripe:evt_1", "\udcff", "the reason must be text that can be printed"),
    ],
)
def test_dismiss__what_cannot_be__is_one_clear_line(
    run: Dismiss, event: str, reason: str, said: str
) -> None:
    result = run(event, reason)
    assert (result.exit_code, result.stderr) == (1, f"oncepay dismiss: {said}\n")
