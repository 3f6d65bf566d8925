"""The back door, against a processor that really runs."""

from collections.abc import Iterator

import pytest

from ops.demo.control import Control, ControlError, approve_on_page
from ops.simulated.server import SimulatedProcessor as Running
from ops.simulated.server import running_simulated_processor
from ops.stack import SimulatedProcessor
from tests.simulated.client import HandClock


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def processor(clock: HandClock) -> Iterator[Running]:
    with running_simulated_processor(clock=clock) as running:
        yield running


@pytest.fixture
def control(processor: Running) -> Control:
    return Control(SimulatedProcessor(url=processor.url, secret=processor.secret))


def test_record__of_a_charge_by_hand__has_it_under_no_key_of_ours(control: Control) -> None:
    charge = control.charge_by_hand("pay_1", 4_000, currency="USD")
    control.charge_by_hand("pay_2", 4_000, currency="USD")
    record = control.record(["pay_1"])
    assert [one["id"] for one in record.charges] == [charge["id"]]
    assert record.statuses_sent("by-hand-pay_1") == [201]
    assert record.statuses_sent("pay_1") == []
    assert len(control.record().charges) == 2


def test_clock__is_moved_by_so_much(control: Control, processor: Running, clock: HandClock) -> None:
    control.advance(61)
    assert (processor.engine.now() - clock.now).total_seconds() == 61


def test_events__are_held_back__and_go_afterwards(control: Control, processor: Running) -> None:
    with control.holding_events_back():
        assert processor.outbox.webhooks.enabled is False
    assert processor.outbox.webhooks.enabled is True


def test_events__are_held_back__and_the_story_breaks__go_afterwards(
    control: Control, processor: Running
) -> None:
    with pytest.raises(ControlError), control.holding_events_back():
        raise ControlError("the story broke")
    assert processor.outbox.webhooks.enabled is True


def test_events__sent_twice__are_two_deliveries_of_one(control: Control) -> None:
    with control.sending_twice():
        control.charge_by_hand("pay_1", 4_000, currency="USD")
    control.charge_by_hand("pay_2", 4_000, currency="USD")
    first, second = control.events("pay_1")
    assert first["event"]["id"] == second["event"]["id"]
    assert len(control.events("pay_2")) == 1
    assert control.flush() == 3


def test_wrong_secret__is_said_in_a_line(processor: Running) -> None:
    control = Control(SimulatedProcessor(url=processor.url, secret="another"))
    with pytest.raises(ControlError, match="answered GET /control/record 401"):
        control.record()


def test_page__without_a_button__is_said_in_a_line(processor: Running, control: Control) -> None:
    charge = control.charge_by_hand("pay_1", 4_000, currency="USD")
    with pytest.raises(ControlError, match="has nothing to approve"):
        approve_on_page(f"{processor.url}/action/{charge['id']}")
